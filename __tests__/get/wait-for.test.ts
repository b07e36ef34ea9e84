import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { expect, test } from '@jest/globals'
import { listen } from '../support/network.ts'
import { ORIGIN, originSetup } from '../support/origin.ts'
import { namesSetup } from '../support/records.ts'
import { ALWAYS, HOST, pinataWithGateway, readable, until } from '../support/step.ts'

const CID = 'bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi'
const NO_ACCESS = 'The request satisfies no access control. ERR_ID:00024'

type GatewayResponse =
  | { status: number; headers?: Record<string, string>; body?: string }
  | ((response: ServerResponse) => unknown)

/** Starts a gateway that sends these responses in order, and then repeats the last one. */
async function gatewayWith(...responses: GatewayResponse[]) {
  const requests: IncomingMessage[] = []
  const server = createServer((request, response) => {
    requests.push(request)
    const next = responses[Math.min(requests.length, responses.length) - 1]
    if (typeof next === 'function') next(response)
    else response.writeHead(next?.status ?? 500, next?.headers).end(next?.body)
  })
  return { requests, gatewayPort: await listen(server) }
}

/** Runs a step that creates a key and waits for a gateway with these responses. */
async function waitWith(...responses: GatewayResponse[]) {
  const fixture = await pinataWithGateway(1)
  const { gatewayPort, requests } = await gatewayWith(...responses)
  const done = await fixture.run({ 'wait-for': `${CID}/a b.json` }, { gatewayPort })
  return { ...fixture, done, requests, path: `/ipfs/${CID}/a%20b.json` }
}

const secondsIn = (text = '') => Number(/(\d+\.\d) seconds/.exec(text)?.[1])
const idOf = ({ info }: { info: string[] }) => /^Created key (\S+) /.exec(info[0] ?? '')?.[1]

test('reads with the key until the gateway serves the content', async () => {
  const refused = { status: 401, body: NO_ACCESS }
  const { gateway, jwt, done, requests, path } = await waitWith(refused, refused, { status: 500 }, { status: 206 })
  expect(done.error).toBeUndefined()
  const key = gateway.keys[1]
  expect(requests).toHaveLength(4)
  for (const { method, url, headers } of requests) {
    expect([method, url]).toEqual(['GET', path])
    expect(headers).toMatchObject({ host: HOST, accept: '*/*', 'x-pinata-gateway-token': key?.value })
    expect(headers.authorization).toBeUndefined()
  }
  expect(done.pauses).toEqual([375, 750, 1500])
  const line = done.info.find(each => each.startsWith(`Gateway ${HOST} served ${path} with key ${key?.id} after `))
  expect(line).toMatch(/ after [23]\.\d seconds\.$/)
  expect(done.summary).toContain(`| Served | \`${path}\`, after ${secondsIn(line)} seconds |`)
  expect(done.outputs['gateway-key']).toBe(key?.value)
  expect(readable(done)).not.toContain(key?.value)
  expect(readable(done)).not.toContain(jwt)
})

test('does not read the body of a successful response', async () => {
  let sent: ServerResponse | undefined
  const { done } = await waitWith(response => {
    sent = response.writeHead(200)
    sent.write('a')
  })
  expect(done.error).toBeUndefined()
  await until(() => sent?.destroyed === true)
})

const refused = (response: string) =>
  `the gateway refused the request (HTTP ${response}). Check the CID and the path in wait-for.`

test.each<[string, GatewayResponse, string]>([
  [
    'HTML on mypinata.cloud',
    { status: 403, body: `HTML content is not allowed through this gateway. ${'x '.repeat(300)}ERR_ID:00023` },
    `only custom domains, not *.mypinata.cloud, serve HTML (HTTP 403, "HTML content is not allowed through this gateway. ${'x '.repeat(34)}x… ERR_ID:00023"). Set gateway-id to one of the gateway's custom domains, or set wait-for to other content.`,
  ],
  [
    'content that is not pinned',
    { status: 403, headers: { 'content-type': 'text/html' }, body: 'Not pinned. ERR_ID:00006' },
    'the content is not pinned to the gateway\'s account, and no access control is in effect (HTTP 403, "Not pinned. ERR_ID:00006"). Check the CID in wait-for. Run the job again later.',
  ],
  ['a missing path', { status: 404, body: 'no link named "a b"' }, refused('404, "no link named "a b""')],
  ['a body that never ends', response => response.writeHead(404).write('not found'), refused('404, "not found"')],
  ['a request timeout', { status: 408 }, refused('408')],
  [
    'an HTML page',
    { status: 403, headers: { 'content-type': 'text/html' }, body: '<title>Blocked</title>' },
    `${refused('403, "Blocked"')} Also check whether a proxy or firewall is responding instead of the gateway.`,
  ],
  ['a JSON error', { status: 400, body: '{"error":"invalid cid"}' }, refused('400, "invalid cid"')],
  [
    'a redirect',
    { status: 301, headers: { location: `https://other.example/ipfs/${CID}/`, 'content-type': 'text/html' } },
    'the gateway redirected the request to other.example, and the action does not follow redirects (HTTP 301). For a folder, end wait-for with a slash. Otherwise, check gateway-id and https_proxy.',
  ],
])('fails at once after %s, and revokes the key', async (_name, response, why) => {
  const { gateway, done, requests, path } = await waitWith(response)
  const id = idOf(done)
  expect(done.error).toBe(`Could not read ${path} from gateway ${HOST} with key ${id}: ${why} Key ${id} was revoked.`)
  expect(requests).toHaveLength(1)
  expect(gateway.keys).toHaveLength(1)
  expect(done.outputs).toEqual({})
})

test.each<[number, string, string, Record<string, string>]>([
  [401, 'the gateway rejected the key or origin', 'Run the job again later.', {}],
  [429, 'the gateway received too many requests', 'Run the job again later.', { 'retry-after': '20' }],
  [504, 'the gateway failed to serve the content', 'Check that the content exists. Run the job again later.', {}],
])('gives up after two minutes of HTTP %s', async (status, reason, advice, headers) => {
  const { keyIds, done, requests } = await waitWith({ status, body: NO_ACCESS, headers })
  const cause = `${reason} (HTTP ${status}, "${NO_ACCESS}"). ${advice}`
  expect(done.error).toContain(`: ${cause} Key ${idOf(done)} was revoked.`)
  const waitedMs = done.pauses.reduce((sum, each) => sum + each, 0)
  expect(waitedMs).toBeGreaterThan(100_000)
  expect(waitedMs).toBeLessThan(120_000)
  expect(Math.abs(secondsIn(done.error) * 1000 - waitedMs)).toBeLessThan(5_000)
  expect(requests).toHaveLength(done.pauses.length + 1)
  expect(done.info).toContainEqual(expect.stringMatching(/^Gateway: .*\. Waiting until \d\d:\d\d:\d\d UTC\.$/))
  expect(keyIds()).toEqual([])
})

test('retries after network errors, and reports the last one', async () => {
  const reset = (response: ServerResponse) => response.destroy()
  expect((await waitWith(reset, reset, { status: 200 })).done.error).toBeUndefined()
  const { done } = await waitWith(reset)
  expect(done.error).toMatch(
    /^Could not read \S+ with key \S+ within 1\d\d\.\d seconds via fun-llama-300\.mypinata\.cloud: .* Check that the gateway is up and that the runner can reach it \(/,
  )
})

test('waits as long as the gateway asks, but no longer than two minutes', async () => {
  const retryLater = [429, 503, 401].map(status => ({ status, headers: { 'retry-after': '20' } }))
  const { done } = await waitWith(...retryLater, { status: 503, headers: { 'retry-after': '121' } })
  expect(done.error).toContain('Run the job again in 3 minutes.')
  expect(done.pauses.map(ms => ms >= 20_000)).toEqual([true, true, true])
})

test('keeps a named key if the read fails, and the next run reuses the key', async () => {
  const { gateway, get } = await namesSetup()
  gateway.keys.length = 0
  const { gatewayPort } = await gatewayWith({ status: 404 }, { status: 200 })
  const done = await get({ 'wait-for': CID }, { gatewayPort })
  const id = idOf(done)
  expect(done.error).toMatch(`Key ${id} is recorded under the name pr-7, so other runs `)
  // The key is kept, so readers without a key are cut off.
  expect(done.warnings).toEqual([expect.stringContaining(`Key ${id} is the first access control`)])
  expect(gateway.keys).toHaveLength(1)
  const next = await get({ 'wait-for': CID }, { gatewayPort })
  expect([next.error, next.outputs['key-id']]).toEqual([undefined, id])
})

test('masks a reused key before sending it, never revokes it, and sanitizes text from the gateway', async () => {
  const { gateway, run } = await pinataWithGateway(1)
  const [key] = gateway.keys
  const body = `\n::error::${key?.value}\n\u001b[31m ${'y'.repeat(5000)}`
  const { gatewayPort } = await gatewayWith({ status: 404, body })
  const done = await run({ 'key-id': key?.id ?? '', 'wait-for': CID }, { gatewayPort })
  expect(done.error).toMatch(/^Could not read .*\(HTTP 404, ": :error::\*\*\* \[31m …"\)\. Check .* in wait-for\.$/)
  expect(readable(done)).not.toContain('yyyy')
  expect(gateway.keys).toEqual([key])
})

test('reads as a page on the origin would, and removes the origin if the read fails', async () => {
  const { allow, origins } = await originSetup()
  const { gatewayPort, requests } = await gatewayWith({ status: 401 }, { status: 200 }, { status: 404 })
  const done = await allow({ 'wait-for': CID }, { gatewayPort })
  expect(done.error).toBeUndefined()
  expect(requests.map(({ headers }) => headers.origin)).toEqual([ORIGIN, ORIGIN])
  expect(requests[0]?.headers).not.toHaveProperty('x-pinata-gateway-token')
  expect(done.info.join('\n')).toMatch(`Gateway ${HOST} served /ipfs/${CID} with origin ${ORIGIN} after `)
  const other = { origin: 'https://pr-8.example.com', 'wait-for': CID }
  expect((await allow(other, { gatewayPort })).error).toMatch(/Origin https:\/\/pr-8\.example\.com was removed\.$/)
  expect(origins()).toEqual([ORIGIN])
})

test.each(['key', 'origin'])("creates no %s if the gateway's domain is unknown", async kind => {
  const { pinata, inputs, run, allow } = await originSetup()
  pinata.fault({ kind: 'body', method: 'GET', body: json => ({ data: { ...json.data, domain: 'evil.example/' } }) })
  const step = kind === 'key' ? run : allow
  expect((await step({ 'wait-for': CID })).error).toBe(
    `Could not use wait-for: the domain of gateway ${inputs['gateway-id']} is unknown. Pinata's response does not contain it. To avoid this, set gateway-id to the gateway's domain, or remove wait-for.`,
  )
  expect(pinata.requests.map(({ method }) => method)).toEqual(['GET'])
})

test('creates no key if the domain is still unknown after five failed reads of the gateway', async () => {
  const { pinata, gateway, run, keyIds } = await pinataWithGateway(1)
  const gatewayPort = pinata.port
  const reads = () => pinata.requests.splice(0).filter(({ path }) => path.endsWith(gateway.id)).length
  pinata.fault({ kind: 'status', status: 500, path: gateway.id, method: 'GET', ...ALWAYS })
  const done = await run({ 'wait-for': CID }, { gatewayPort })
  expect(done.error).toMatch(/^Could not use wait-for: .* is unknown\. Could not read the gateway: .*HTTP 500/)
  expect([keyIds(), reads()]).toEqual([[], 5])
  const named = await run({ 'gateway-id': HOST, 'wait-for': CID }, { gatewayPort })
  expect([named.error, reads(), pinata.reads.map(({ headers }) => headers.host)]).toEqual([undefined, 3, [HOST]])
})

test.each(['a pause', 'a request'])('revokes the key if the step is stopped during %s', async moment => {
  const { run, keyIds } = await pinataWithGateway(1)
  const stop = new AbortController()
  const hang = () => setTimeout(() => stop.abort(), 20)
  const { gatewayPort, requests } = await gatewayWith({ status: 401 }, moment === 'a pause' ? { status: 401 } : hang)
  const onPause = () => requests.length === 2 && stop.abort()
  const startedAt = performance.now()
  const done = await run({ 'wait-for': CID }, { gatewayPort, cancelled: stop.signal, onPause })
  expect(done.error).toMatch(/^The step was stopped: .* Key [\w-]{36} was revoked\.$/)
  expect([requests.length, keyIds()]).toEqual([2, []])
  expect(performance.now() - startedAt).toBeLessThan(5_000)
})
