import { expect, test } from '@jest/globals'
import { namedOriginSetup, ORIGIN } from '../support/origin.ts'
import { githubRequestsOf, killedAt, pinataAndGitHub, recordsOf, requestsOf } from '../support/step.ts'

const NAME = 'fun-llama-300.mypinata.cloud'

/** A step that was killed after it had sent its record, and before the response. */
async function killedStep() {
  const there = await pinataAndGitHub()
  const main = await there.run({ name: 'pr-7' })
  there.pinata.requests.length = 0
  there.github.requests.length = 0
  const post = (more = {}) => there.post(killedAt(main, 'created'), 'cancelled', more)
  return { ...there, id: main.outputs['key-id'], post }
}

test('keeps a key whose record exists and reports the record', async () => {
  const { pinata, github, id, post, keyIds } = await killedStep()
  expect(await post()).toMatchObject({
    warnings: [],
    info: [`Kept key ${id} of gateway ${NAME}: it is recorded under the name pr-7, so other runs may use it.`],
  })
  expect(keyIds()).toEqual([id])
  expect(recordsOf(github)).toHaveLength(1)
  expect([requestsOf(pinata), githubRequestsOf(github)]).toEqual([[], ['GET deployments']])
})

test('keeps an origin whose record exists', async () => {
  const { allow, post, origins } = await namedOriginSetup()
  const done = await post(killedAt(await allow(), 'created'), 'cancelled')
  expect(done?.info.join()).toContain(`Kept origin ${ORIGIN} of gateway `)
  expect(origins()).toEqual([ORIGIN])
})

type Killed = Awaited<ReturnType<typeof killedStep>>

test.each<[string, (killed: Killed) => unknown]>([
  ['the record is missing', ({ github }) => github.deployments.clear()],
  [
    'only another record of the name exists',
    ({ github }) => Object.assign([...github.deployments.values()][0]?.payload ?? {}, { proof: 'another' }),
  ],
  ['GitHub responds with 401', ({ github }) => github.tokens.clear()],
  ['GitHub responds with 403', ({ github }) => github.fault({ kind: 'status', status: 403, method: 'GET' })],
  ['GitHub does not respond', ({ github }) => github.refuse()],
])('revokes the key if %s', async (_name, prepare) => {
  const killed = await killedStep()
  prepare(killed)
  const done = await killed.post()
  expect(done?.warnings).toEqual([])
  expect(done?.info).toContain(`Revoked key ${killed.id} of gateway ${NAME}.`)
  expect(killed.keyIds()).toEqual([])
})

test('revokes the key if github-token is empty, and logs why it could not look', async () => {
  const { id, post, keyIds } = await killedStep()
  const done = await post({ 'github-token': '' })
  expect(done?.info).toEqual([
    expect.stringMatching(/^Could not look for the record of the name pr-7\. github-token is empty/),
    `Revoked key ${id} of gateway ${NAME}.`,
  ])
  expect(keyIds()).toEqual([])
})
