import { expect, test } from '@jest/globals'
import { ORIGIN, originSetup } from '../support/origin.ts'
import { ALWAYS, changeList, HOST, requestsOf } from '../support/step.ts'

test('adds the origin with two requests, and sets the outputs', async () => {
  const { pinata, gateway, allow, origins } = await originSetup()
  const done = await allow()
  expect(done.error).toBeUndefined()
  const [entry] = gateway.allowedHosts
  expect(done.outputs).toEqual({
    origin: ORIGIN,
    'gateway-id': gateway.id,
    'gateway-url': `https://${HOST}`,
    'created-at': entry?.createdAt,
    'expires-at': '',
    created: 'true',
  })
  expect(origins()).toEqual([ORIGIN])
  expect(requestsOf(pinata)).toEqual(['GET gateways', 'POST hosts'])
  expect(JSON.parse(pinata.requests[1]?.body ?? '')).toEqual({ host: ORIGIN })
  expect(done.warnings).toEqual([])
  expect(done.info).toEqual([
    `Added origin ${ORIGIN} to gateway ${HOST}.`,
    'The origin remains until you remove it, because it has no name and revoke is set to never.',
  ])
  expect(done.summary).toContain('### Pinata web origin\n\nPages on this origin now have access.\n')
  expect(done.summary).toMatch(new RegExp(`\\| Origin \\| \`${ORIGIN}\` \\|\\n\\| Added \\| .* UTC \\|`))
})

test("masks the origin's ID, and never shows it", async () => {
  const { gateway, allow, post } = await originSetup({ hosts: ['https://other.example'] })
  const done = await allow({ revoke: 'after-job' })
  const [other = '', id = ''] = gateway.allowedHosts.map(each => each.id)
  expect(done.masks).toEqual(expect.arrayContaining([other, id]))
  const { saved: _saved, masks: _masks, ...visible } = done
  const ended = await post(done, 'success')
  expect(ended?.masks).toContain(id)
  const texts = JSON.stringify([visible, { ...ended, masks: [] }])
  for (const hidden of [id, other]) expect(texts).not.toContain(hidden)
})

test('adds the origin even if the gateway has similar entries', async () => {
  const hosts = ['https://pr-7.example.com/', 'https://PR-7.example.com', '*', 'https://*.example.com']
  const { allow, origins } = await originSetup({ hosts })
  expect((await allow()).outputs.created).toBe('true')
  expect(origins()).toEqual([...hosts, ORIGIN])
})

test('adds nothing if the gateway cannot be read', async () => {
  const { pinata, allow, origins } = await originSetup()
  pinata.fault({ kind: 'status', status: 500, method: 'GET', ...ALWAYS })
  const done = await allow()
  expect(done.error).toMatch(`Could not add the origin ${ORIGIN}. Could not read the gateway: `)
  expect(origins()).toEqual([])
})

test('ignores access controls in an undocumented form, but counts them', async () => {
  const { pinata, allow } = await originSetup()
  changeList(pinata, ({ allowedHosts, allowedIPAddresses }) => {
    allowedHosts.push('https://example.com', { host: 1 })
    allowedIPAddresses.push({ range: '192.0.2.0/24' })
  })
  const done = await allow({ 'first-control': 'fail' })
  expect(done).toMatchObject({ error: undefined, warnings: [], outputs: { created: 'true' } })
})
