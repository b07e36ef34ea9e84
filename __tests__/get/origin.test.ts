import { expect, test } from '@jest/globals'
import { addEntry, ORIGIN, originSetup } from '../support/origin.ts'
import { readable, requestsOf, runOriginStep, runPost, runRevokeStep } from '../support/step.ts'

test('adds the origin with two requests, and hands it over', async () => {
  const { pinata, gateway, given, origins } = await originSetup()
  const done = await runOriginStep(given)
  expect(done.error).toBeUndefined()
  const [entry] = gateway.allowedHosts
  expect(done.outputs).toEqual({
    origin: ORIGIN,
    'gateway-id': gateway.id,
    'gateway-url': 'https://fun-llama-300.mypinata.cloud',
    'created-at': entry?.createdAt,
    'expires-at': '',
    created: 'true',
  })
  expect(origins()).toEqual([ORIGIN])
  expect(requestsOf(pinata)).toEqual(['GET gateways', 'POST hosts'])
  expect(JSON.parse(pinata.requests[1]?.body ?? '')).toEqual({ host: ORIGIN })
  expect(done.warnings).toEqual([])
  expect(done.summary).toContain(`| \`${ORIGIN}\` |`)
})

test('the ID of the origin is masked and in no text', async () => {
  const { gateway, given, env } = await originSetup()
  const done = await runOriginStep({ ...given, name: 'pr-7', revoke: 'after-job' }, { env })
  const id = String(gateway.allowedHosts[0]?.id)
  expect(done.masks).toContain(id)
  const { state: _state, saved: _saved, ...rest } = done
  expect(readable(rest as typeof done)).not.toContain(id)
  expect(JSON.stringify(done.outputs)).not.toContain(id)
  const post = await runPost(done, { ...given, name: 'pr-7' }, 'success', { env })
  expect(gateway.allowedHosts).toEqual([])
  expect(post?.masks).toContain(id)
  expect(readable(post as typeof done)).not.toContain(id)
})

test('neither does the revoke action print it, though its paths are in the debug log', async () => {
  const { gateway, given, origins, inputs } = await originSetup({ hosts: [ORIGIN] })
  const id = String(gateway.allowedHosts[0]?.id)
  const done = await runRevokeStep({ ...inputs, origin: given.origin })
  expect(origins()).toEqual([])
  expect(done.debug.join('\n')).toContain('/hosts/***')
  expect(readable(done)).not.toContain(id)
})

test('an origin that the gateway has is taken, and never removed by this step', async () => {
  const { pinata, given, origins } = await originSetup({ hosts: [ORIGIN] })
  const done = await runOriginStep({ ...given, revoke: 'after-job' })
  expect(done.outputs).toMatchObject({
    origin: ORIGIN,
    created: 'false',
    'created-at': '2024-07-12T15:34:59.786198063Z',
  })
  expect(requestsOf(pinata)).toEqual(['GET gateways'])
  expect(await runPost(done, given, 'failure')).toBeUndefined()
  expect(origins()).toEqual([ORIGIN])
})

test.each(['https://pr-7.example.com/', 'https://PR-7.example.com', '*', 'https://*.example.com'])(
  'an entry %s is another one',
  async value => {
    const { given, origins } = await originSetup({ hosts: [value] })
    const done = await runOriginStep(given)
    expect(done.outputs.created).toBe('true')
    expect(origins()).toEqual([value, ORIGIN])
  },
)

test.each([
  ['never', 'failure', 1],
  ['on-failure', 'success', 1],
  ['on-failure', 'failure', 0],
  ['on-failure', 'cancelled', 0],
  ['after-job', 'success', 0],
] as const)('revoke: %s in a job that ends as %s leaves %d origins', async (revoke, status, left) => {
  const { given, origins } = await originSetup()
  const done = await runOriginStep({ ...given, revoke })
  const post = await runPost(done, given, status)
  expect(origins()).toHaveLength(left)
  expect(post?.warnings ?? []).toEqual([])
})

test('the first access control: warned of, refused, or allowed', async () => {
  const { gateway, given, origins } = await originSetup()
  gateway.keys.length = 0
  const refused = await runOriginStep({ ...given, 'first-control': 'fail' })
  expect(refused.error).toMatch(/^No origin was added, as first-control is fail and gateway .* has no access control/)
  expect(origins()).toEqual([])
  const done = await runOriginStep(given)
  expect(done.warnings).toEqual([
    expect.stringMatching(
      /^Origin https:\/\/pr-7\.example\.com is the first access control of gateway .*: readers that are not pages of it are cut off/,
    ),
  ])
  gateway.allowedHosts.length = 0
  const allowed = await runOriginStep({ ...given, 'first-control': 'allow', revoke: 'after-job' })
  expect(allowed.warnings).toEqual([])
  const post = await runPost(allowed, given, 'success')
  expect(post?.warnings).toEqual([expect.stringMatching(/has no access control any more/)])
})

test('a gateway that cannot be read is an error, and nothing is added', async () => {
  const { pinata, given, origins } = await originSetup()
  pinata.fault({ kind: 'status', status: 500, method: 'GET', times: Number.POSITIVE_INFINITY })
  const done = await runOriginStep(given)
  expect(done.error).toMatch(
    /^No origin was added, as the gateway could not be read\. Pinata failed to read the gateway/,
  )
  expect(origins()).toEqual([])
})

test('an origin that Pinata refuses is an error that names the input', async () => {
  const { pinata, given } = await originSetup()
  pinata.fault({
    kind: 'status',
    status: 400,
    method: 'POST',
    path: 'hosts',
    body: { error: { code: 400, message: 'Invalid host' } },
  })
  const done = await runOriginStep(given)
  expect(done.error).toMatch(
    /^Pinata would not add the origin https:\/\/pr-7\.example\.com\. Check origin, gateway-id and api-url .*"Invalid host"/,
  )
})

test('an origin that Pinata changes is removed, as browsers would not send it', async () => {
  const { pinata, given, origins, gateway } = await originSetup()
  pinata.fault({
    kind: 'body',
    path: 'hosts',
    method: 'POST',
    body: json => ({ data: { ...json.data, value: 'pr-7' } }),
  })
  const done = await runOriginStep(given)
  expect(done.error).toMatch(
    /^Pinata added another origin than .* Origin https:\/\/pr-7\.example\.com, added just before, was removed\.$/,
  )
  expect(origins()).toEqual([])
  expect(gateway.keys).toHaveLength(1)
})

const SAME: [string, string][] = [
  ['a slash at the end', 'https://pr-7.example.com/'],
  ['path, query and fragment', 'https://pr-7.example.com/a/b?c=d#e'],
  ['upper case', 'HTTPS://PR-7.Example.COM'],
  ['the default port', 'https://pr-7.example.com:443'],
]

test.each(SAME)('%s: cut off', async (_name, origin) => {
  const { given, origins } = await originSetup()
  expect((await runOriginStep({ ...given, origin })).outputs.origin).toBe(ORIGIN)
  expect(origins()).toEqual([ORIGIN])
})

test.each([
  ['https://münchen.example', 'https://xn--mnchen-3ya.example'],
  ['https://pr-7.example.com:8443', 'https://pr-7.example.com:8443'],
  ['https://feature_x.example.com', 'https://feature_x.example.com'],
  ['https://[2001:DB8::1]:8443/', 'https://[2001:db8::1]:8443'],
])('%s becomes %s', async (origin, expected) => {
  const { given } = await originSetup()
  expect((await runOriginStep({ ...given, origin })).outputs.origin).toBe(expected)
})

test.each([
  ['', /^origin is empty/],
  ['pr-7.example.com', /^origin "pr-7\.example\.com" is not an https address/],
  ['http://pr-7.example.com', /is plain http/],
  ['https://user:secret@pr-7.example.com', /^origin "\*\*\*@pr-7\.example\.com" has a user name/],
  ['https://*.example.com', /has a wildcard, which is not taken/],
  ['https://user:p/secret@pr-7.example.com', /^origin "\*\*\*@pr-7/],
  ['https://pr-7.example.com.', /has no host name that a browser would send/],
  ['https://pr-7..example.com', /has no host name that a browser would send/],
  ['https://pr-7;example.com', /has no host name that a browser would send/],
  ['*', /is not an https address/],
  ['null', /is not an https address/],
  ['https://', /is not an https address/],
  ['https://a.example, https://b.example', /is not an https address/],
  ['https://a.example\nhttps://b.example', /is not an https address/],
  ['ftp://a.example', /is not an https address/],
] as const)('origin %j is refused before any request', async (origin, message) => {
  const { pinata, given } = await originSetup()
  const done = await runOriginStep({ ...given, origin })
  expect(done.error).toMatch(message)
  expect(done.error).not.toContain('secret')
  expect(pinata.requests).toEqual([])
})

test('expires-in needs a name', async () => {
  const { given } = await originSetup()
  const done = await runOriginStep({ ...given, 'expires-in': '7d' })
  expect(done.error).toMatch(/^expires-in needs name, by which an origin is found again/)
})

test('the revoke action removes every entry of an origin, whoever added it', async () => {
  const { gateway, given, inputs, origins, env } = await originSetup({ hosts: ['https://other.example'] })
  await runOriginStep({ ...given, name: 'pr-7' }, { env })
  addEntry(gateway, ORIGIN)
  const done = await runRevokeStep({ ...inputs, origin: `${ORIGIN}/,https://gone.example` })
  expect(done.error).toBeUndefined()
  expect(origins()).toEqual(['https://other.example'])
  expect(done.outputs).toEqual({ 'revoked-key-ids': '', 'revoked-count': '0', 'removed-origins': ORIGIN })
  expect(done.info).toContain('2 origins of gateway fun-llama-300.mypinata.cloud removed, 1 not on the gateway.')
})

test('the last origin of a gateway: guarded by last-key like the last key', async () => {
  const { gateway, inputs, origins } = await originSetup({ hosts: [ORIGIN] })
  gateway.keys.length = 0
  const refused = await runRevokeStep({ ...inputs, origin: ORIGIN, 'last-key': 'fail' })
  expect(refused.error).toMatch(/^Nothing was revoked, as last-key is fail/)
  expect(origins()).toEqual([ORIGIN])
  const done = await runRevokeStep({ ...inputs, origin: ORIGIN })
  expect(done.warnings).toEqual([expect.stringMatching(/has no access control any more/)])
})
