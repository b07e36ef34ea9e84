import { expect, test } from '@jest/globals'
import { pinataWithGateway, runKeyStep } from '../support/step.ts'

type Setup = Awaited<ReturnType<typeof pinataWithGateway>>

/** What the user sees when the setting is wrong, with what differs from run to run replaced. */
async function errorOf(prepare: (setup: Setup) => Record<string, string>): Promise<string> {
  const setup = await pinataWithGateway(1)
  const done = await runKeyStep({ ...setup.inputs, ...prepare(setup) })
  expect(done.error).not.toContain('\n')
  const { host } = new URL(setup.pinata.apiUrl)
  return (done.error ?? 'no error').replace(/[\da-f]{32}/g, '<id>').replaceAll(host, '<host>')
}

test('JWT that Pinata does not know', async () => {
  expect(await errorOf(({ jwt }) => ({ 'pinata-jwt': `${jwt.slice(0, -4)}AAAA` }))).toMatchInlineSnapshot(
    `"Pinata does not accept pinata-jwt: it is wrong, expired or deleted. Create a new API key at Pinata (API Keys) with the scope org:gateways:write and put its JWT into the secret that pinata-jwt gets. (HTTP 401, "Not Authorized", request ID <id>)"`,
  )
})

test('JWT that is expired or damaged', async () => {
  expect(
    await errorOf(({ pinata }) => {
      const body = { error: { reason: 'INVALID_CREDENTIALS', details: 'Invalid/expired credentials' } }
      pinata.fault({ kind: 'status', status: 401, body, times: 2 })
      return {}
    }),
  ).toMatchInlineSnapshot(
    `"Pinata does not accept pinata-jwt: it is wrong, expired or deleted. Create a new API key at Pinata (API Keys) with the scope org:gateways:write and put its JWT into the secret that pinata-jwt gets. (HTTP 401, "INVALID_CREDENTIALS", "Invalid/expired credentials", request ID <id>)"`,
  )
})

test('something else in place of the JWT', async () => {
  expect(await errorOf(() => ({ 'pinata-jwt': 'correct-horse-battery-staple' }))).toMatchInlineSnapshot(
    `"Pinata does not accept pinata-jwt: it is wrong, expired or deleted. It does not look like a JWT (three parts with dots between, starting with eyJ). Create a new API key at Pinata (API Keys) with the scope org:gateways:write and put its JWT into the secret that pinata-jwt gets. (HTTP 401, "INVALID_CREDENTIALS", "Invalid/expired credentials", request ID <id>)"`,
  )
})

test('JWT without the scope', async () => {
  expect(
    await errorOf(({ pinata }) => ({ 'pinata-jwt': pinata.addJwt({ scopes: ['org:gateways:read'] }) })),
  ).toMatchInlineSnapshot(
    `"The API key of pinata-jwt lacks the scope org:gateways:write. Create a new API key at Pinata (API Keys) with the scope org:gateways:write and put its JWT into the secret that pinata-jwt gets. (HTTP 403, "NO_SCOPES_FOUND", "This key does not have the required scopes associated with it", request ID <id>)"`,
  )
})

test('JWT of an API key that was revoked', async () => {
  expect(await errorOf(({ pinata }) => ({ 'pinata-jwt': pinata.addJwt({ revoked: true }) }))).toMatchInlineSnapshot(
    `"The API key of pinata-jwt was revoked at Pinata. Create a new API key at Pinata (API Keys) with the scope org:gateways:write and put its JWT into the secret that pinata-jwt gets. (HTTP 403, "API_KEY_REVOKED", "This API Key has been revoked", request ID <id>)"`,
  )
})

test('another refusal', async () => {
  expect(
    await errorOf(({ pinata }) => {
      pinata.fault({ kind: 'status', status: 403, body: { error: 'no' }, times: 2 })
      return {}
    }),
  ).toMatchInlineSnapshot(
    `"Pinata refuses to create a key. Check that the API key of pinata-jwt has the scope org:gateways:write and belongs to the gateway's account. (HTTP 403, "no", request ID <id>)"`,
  )
})

test('gateway of another account', async () => {
  expect(
    await errorOf(({ pinata }) => {
      return { 'gateway-id': pinata.addGateway({ id: '01dae16b-699c-472a-a61e-975a7b9777bd', account: 'another' }).id }
    }),
  ).toMatchInlineSnapshot(
    `"There is no gateway "01dae16b-699c-472a-a61e-975a7b9777bd" in the account of pinata-jwt. Check gateway-id, and that the JWT is from the account that owns the gateway. (HTTP 404, "Gateway not found", request ID <id>)"`,
  )
})

test('domain written without its dot', async () => {
  expect(await errorOf(() => ({ 'gateway-id': 'fun-llama-300' }))).toMatchInlineSnapshot(
    `"There is no gateway "fun-llama-300" in the account of pinata-jwt. Check gateway-id, and that the JWT is from the account that owns the gateway. If this is a domain, write it with its dot: fun-llama-300.mypinata.cloud. (HTTP 404, "Gateway not found", request ID <id>)"`,
  )
})

test('404 of something else than Pinata', async () => {
  expect(
    await errorOf(({ pinata }) => {
      pinata.fault({ kind: 'status', status: 404, body: '<html>', times: 2 })
      return {}
    }),
  ).toMatchInlineSnapshot(
    `"Pinata would not create a key. Check gateway-id and api-url (http://<host>/v3). (HTTP 404, request ID <id>)"`,
  )
})

test('rate limit that stays used up', async () => {
  expect(
    await errorOf(({ pinata }) => {
      pinata.fault({ kind: 'status', status: 429, retryAfter: 3600, times: 2 })
      return {}
    }),
  ).toMatchInlineSnapshot(
    `"Pinata's rate limit is used up, so it would not create a key. The limit is the account's: all jobs of all workflows share it. Try again later, or with fewer jobs at once. (HTTP 429, "Too Many Requests", try again after 3600 seconds, request ID <id>)"`,
  )
})

test('Pinata is down', async () => {
  expect(
    await errorOf(({ pinata }) => {
      pinata.fault({ kind: 'status', status: 502, times: Number.POSITIVE_INFINITY })
      return {}
    }),
  ).toMatchInlineSnapshot(`"Pinata failed to create a key. Try again later. (HTTP 502, request ID <id>)"`)
})

test('nothing listens', async () => {
  expect(
    await errorOf(({ pinata }) => {
      pinata.refuse()
      return {}
    }),
  ).toMatchInlineSnapshot(
    `"Could not create a key: <host>: connect ECONNREFUSED <host>. Check that the runner may reach it (firewall, https_proxy) and that Pinata is up, then try again."`,
  )
})

test('no such host', async () => {
  expect(await errorOf(() => ({ 'api-url': 'https://api.pinata.invalid/v3' }))).toMatch(
    /^Could not create a key: api\.pinata\.invalid: getaddrinfo (ENOTFOUND|EAI_AGAIN) api\.pinata\.invalid\. Check that the runner may reach it/,
  )
})

test('redirect', async () => {
  expect(
    await errorOf(({ pinata }) => {
      pinata.fault({
        kind: 'redirect',
        to: 'https://elsewhere.example/v3?x=1',
        status: 308,
        times: Number.POSITIVE_INFINITY,
      })
      return {}
    }),
  ).toMatchInlineSnapshot(
    `"api-url answered with a redirect to elsewhere.example, which is not followed because the JWT would go with it. Set api-url to the address that answers. (HTTP 308, request ID <id>)"`,
  )
})

test('redirect that names no address', async () => {
  expect(
    await errorOf(({ pinata }) => {
      pinata.fault({ kind: 'status', status: 302, times: Number.POSITIVE_INFINITY })
      return {}
    }),
  ).toMatchInlineSnapshot(
    `"api-url answered with a redirect, which is not followed because the JWT would go with it. Set api-url to the address that answers. (HTTP 302, "Found", request ID <id>)"`,
  )
})

test('a status that Pinata does not document', async () => {
  expect(
    await errorOf(({ pinata }) => {
      pinata.fault({ kind: 'status', status: 418, body: { message: 'I am a teapot' }, times: 2 })
      return {}
    }),
  ).toMatchInlineSnapshot(
    `"Pinata would not create a key. Check gateway-id and api-url (http://<host>/v3). (HTTP 418, "I am a teapot", request ID <id>)"`,
  )
})

test('an answer of something else', async () => {
  expect(
    await errorOf(({ pinata }) => {
      pinata.fault({ kind: 'body', body: '<html>', times: Number.POSITIVE_INFINITY })
      return { 'first-key': 'fail' }
    }),
  ).toMatchInlineSnapshot(
    `"No key was created, as first-key is fail and the gateway's access controls could not be read. Could not read the gateway: <host>: an answer (200) that is not the JSON it should be. Check that the runner may reach it (firewall, https_proxy) and that Pinata is up, then try again."`,
  )
})
