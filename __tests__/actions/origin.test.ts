import { expect, test } from '@jest/globals'
import { jobWith, leaksOf, ORIGIN_ACTION, REVOKE_ACTION } from '../support/job.ts'
import { ORIGIN, originRecords, originSetup } from '../support/origin.ts'

/** A gateway, and jobs that may use it. */
async function setup() {
  const there = await originSetup()
  const { github, jwt, inputs, given } = there
  const { 'github-token': token, 'pinata-jwt': _jwt, ...others } = given
  const start = () => jobWith(jwt, { context: { github: { api_url: github.apiUrl, token: inputs['github-token'] } } })
  return { ...there, start, token, use: { ...others, 'pinata-jwt': '${{ secrets.PINATA_JWT }}' } }
}

test('lets pages of an origin read from the push to the close of a preview', async () => {
  const there = await setup()
  const { jwt, start, use, origins, readFrom } = there
  const { origin: _origin, ...onGateway } = use
  const push = start()
  const step = await push.step({
    action: ORIGIN_ACTION,
    id: 'origin',
    with: { ...use, name: 'pr-7', 'expires-in': '7d' },
  })
  expect(step.outcome).toBe('success')
  expect(step.annotations).toEqual([])
  expect(leaksOf(step, jwt)).toEqual([])
  // An origin is not secret, so it can be a job output.
  expect(push.jobOutputs({ origin: '${{ steps.origin.outputs.origin }}' })).toMatchObject({
    outputs: { origin: ORIGIN },
    skipped: [],
  })
  await push.end()
  expect(await readFrom(ORIGIN)).toBe(200)
  expect(originRecords(there)).toHaveLength(1)
  const close = start()
  const removed = await close.step({ action: REVOKE_ACTION, with: { ...onGateway, name: 'pr-7' } })
  expect(removed.outputs).toEqual({ 'revoked-key-ids': '', 'revoked-count': '0', 'removed-origins': ORIGIN })
  await close.end()
  expect(await readFrom(ORIGIN)).toBe(401)
  expect(origins()).toEqual([])
})

test('removes the origin in the post step of a job that failed, and shows its ID only in the state', async () => {
  const { jwt, start, token, use, origins, gateway } = await setup()
  const job = start()
  const main = await job.step({ action: ORIGIN_ACTION, with: { ...use, revoke: 'on-failure' } })
  const id = String(gateway.allowedHosts[0]?.id)
  const [post] = await job.end({ status: 'failure' })
  expect(origins()).toEqual([])
  expect(post?.exitCode).toBe(0)
  for (const result of [main, post]) {
    expect(result && leaksOf({ ...result, state: {} }, jwt, token, id)).toEqual([])
  }
})
