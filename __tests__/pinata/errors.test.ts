import { expect, test } from '@jest/globals'
import { errorOf, isFromPinata, type Purpose } from '../../src/pinata/errors.ts'
import type { ApiUrl } from '../../src/pinata/types.ts'
import { Secret } from '../../src/secret.ts'
import { FOREIGN_RESPONSES, lengthOf, type ResponseRow, receive, TOKEN } from '../support/error-server.ts'

const GATEWAY = '01dae16b-699c-472a-a61e-975a7b9777bd'
const REQUEST_ID = { 'x-request-id': '4c1b3f0e9d8a7b6c' }

const CREATE: Purpose = { action: 'create a key', gateway: GATEWAY, kind: 'key' }
const ADD: Purpose = { action: 'add the origin https://pr-7.example.com', gateway: GATEWAY, kind: 'origin' }
const READ: Purpose = { action: 'read the gateway', gateway: GATEWAY }
const LIST: Purpose = { action: 'list the gateways' }

/** Returns an error with a code, as Pinata's API sends it. */
const coded = (status: number, message: string, headers = {}): ResponseRow => [
  status,
  { error: { code: status, message } },
  { ...REQUEST_ID, ...headers },
]
const reasoned = (status: number, reason: string, details: string): ResponseRow => [
  status,
  { error: { reason, details } },
  REQUEST_ID,
]

// biome-ignore format: one row per line.
const ROWS: [Purpose, ResponseRow, kind: string, message: string, given?: { apiUrl?: string; jwt?: string }][] = [
  [CREATE, coded(401, 'Not Authorized'), 'unauthorized', 'Could not create a key: pinata-jwt is invalid or expired, or its API key was deleted (HTTP 401, "Not Authorized", request ID 4c1b3f0e9d8a7b6c). Create an API key in Pinata with the org:gateways:write scope, and save its JWT in the secret that pinata-jwt uses.'],
  [CREATE, coded(401, 'Not Authorized'), 'unauthorized', 'Could not create a key: pinata-jwt is not a complete JWT, which has three parts separated by dots and starts with eyJ (HTTP 401, "Not Authorized", request ID 4c1b3f0e9d8a7b6c). Create an API key in Pinata with the org:gateways:write scope, and save its JWT in the secret that pinata-jwt uses.', { jwt: 'abc' }],
  [CREATE, coded(401, 'no Authorization header found'), 'unauthorized', 'Could not create a key: pinata-jwt\'s API key probably has legacy scopes, or a proxy removed the Authorization header (HTTP 401, "no Authorization header found", request ID 4c1b3f0e9d8a7b6c). Create an API key in Pinata with the org:gateways:write scope, and save its JWT in the secret that pinata-jwt uses.'],
  [CREATE, reasoned(403, 'NO_SCOPES_FOUND', 'This key does not have the required scopes associated with it'), 'forbidden', 'Could not create a key: pinata-jwt\'s API key lacks the org:gateways:write scope (HTTP 403, "NO_SCOPES_FOUND", "This key does not have the required scopes associated with it", request ID 4c1b3f0e9d8a7b6c). Create an API key in Pinata with the org:gateways:write scope, and save its JWT in the secret that pinata-jwt uses.'],
  [CREATE, reasoned(403, 'API_KEY_REVOKED', 'This API Key has been revoked'), 'forbidden', 'Could not create a key: pinata-jwt\'s API key was revoked (HTTP 403, "API_KEY_REVOKED", "This API Key has been revoked", request ID 4c1b3f0e9d8a7b6c). Create an API key in Pinata with the org:gateways:write scope, and save its JWT in the secret that pinata-jwt uses.'],
  [CREATE, coded(402, 'Payment Required'), 'other', 'Could not create a key: Pinata denied access without reporting a missing scope (HTTP 402, "Payment Required", request ID 4c1b3f0e9d8a7b6c). Check that the account\'s plan includes gateway access controls, and that pinata-jwt belongs to the gateway\'s account.'],
  [CREATE, coded(403, 'Forbidden'), 'forbidden', 'Could not create a key: Pinata denied access without reporting a missing scope (HTTP 403, "Forbidden", request ID 4c1b3f0e9d8a7b6c). Check that the account\'s plan includes gateway access controls, and that pinata-jwt belongs to the gateway\'s account.'],
  [READ, coded(404, 'Gateway not found'), 'not-found', 'Could not read the gateway: pinata-jwt\'s account has no gateway "01dae16b-699c-472a-a61e-975a7b9777bd" (HTTP 404, "Gateway not found", request ID 4c1b3f0e9d8a7b6c). Check gateway-id, and check that the JWT belongs to the gateway\'s account.'],
  [{ ...CREATE, gateway: 'fun-llama-300' }, coded(404, 'Gateway not found'), 'not-found', 'Could not create a key: pinata-jwt\'s account has no gateway "fun-llama-300" (HTTP 404, "Gateway not found", request ID 4c1b3f0e9d8a7b6c). Check gateway-id, and check that the JWT belongs to the gateway\'s account. If gateway-id is a subdomain, use fun-llama-300.mypinata.cloud.'],
  [READ, coded(404, 'Not Found'), 'not-found', 'Could not read the gateway: pinata-jwt\'s account has no gateway "01dae16b-699c-472a-a61e-975a7b9777bd" (HTTP 404, "Not Found", request ID 4c1b3f0e9d8a7b6c). Check gateway-id and api-url (current: https://api.pinata.cloud; default: https://api.pinata.cloud/v3), and check that the JWT belongs to the gateway\'s account.', { apiUrl: 'https://api.pinata.cloud' }],
  [LIST, coded(404, 'Not Found'), 'not-found', 'Could not list the gateways: Pinata did not find the resource (HTTP 404, "Not Found", request ID 4c1b3f0e9d8a7b6c). Run the job again.'],
  [{ action: 'revoke key a', kind: 'key' }, coded(404, 'Not Found'), 'not-found', 'Could not revoke key a: Pinata did not find the key (HTTP 404, "Not Found", request ID 4c1b3f0e9d8a7b6c). Check the gateway in Pinata.'],
  [LIST, coded(404, 'Not Found'), 'not-found', 'Could not list the gateways: Pinata did not find the resource (HTTP 404, "Not Found", request ID 4c1b3f0e9d8a7b6c). Check api-url (current: https://api.pinata.cloud; default: https://api.pinata.cloud/v3).', { apiUrl: 'https://api.pinata.cloud' }],
  [CREATE, coded(409, 'Conflict'), 'other', 'Could not create a key: Pinata reported a conflict with another request (HTTP 409, "Conflict", request ID 4c1b3f0e9d8a7b6c). Run the job again.'],
  [ADD, coded(422, 'Unprocessable'), 'other', 'Could not add the origin https://pr-7.example.com: Pinata rejected the request (HTTP 422, "Unprocessable", request ID 4c1b3f0e9d8a7b6c). Check origin, gateway-id, and api-url, and use the latest version of this action.'],
  [CREATE, coded(400, 'Bad Request'), 'other', 'Could not create a key: Pinata rejected the request (HTTP 400, "Bad Request", request ID 4c1b3f0e9d8a7b6c). Check gateway-id and api-url, and use the latest version of this action.'],
  [LIST, coded(400, 'Bad Request'), 'other', 'Could not list the gateways: Pinata rejected the request (HTTP 400, "Bad Request", request ID 4c1b3f0e9d8a7b6c). Check api-url, and use the latest version of this action.'],
  [CREATE, coded(429, 'Too Many Requests', { 'retry-after': '36000' }), 'rate-limited', 'Could not create a key: Pinata\'s rate limit was exceeded (HTTP 429, "Too Many Requests", request ID 4c1b3f0e9d8a7b6c). Try again in 10 hours, and run fewer jobs at once because they share the account\'s limit.'],
  [CREATE, coded(429, 'Too Many Requests', { 'retry-after': '1' }), 'rate-limited', 'Could not create a key: Pinata\'s rate limit was exceeded (HTTP 429, "Too Many Requests", request ID 4c1b3f0e9d8a7b6c). Try again in 1 second, and run fewer jobs at once because they share the account\'s limit.'],
  [CREATE, coded(429, 'Too Many Requests', { 'retry-after': '9'.repeat(12) }), 'rate-limited', 'Could not create a key: Pinata\'s rate limit was exceeded (HTTP 429, "Too Many Requests", request ID 4c1b3f0e9d8a7b6c). Try again in more than 1,000 hours, and run fewer jobs at once because they share the account\'s limit.'],
  [CREATE, coded(429, 'Too Many Requests'), 'rate-limited', 'Could not create a key: Pinata\'s rate limit was exceeded (HTTP 429, "Too Many Requests", request ID 4c1b3f0e9d8a7b6c). Try again later, and run fewer jobs at once because they share the account\'s limit.'],
  [CREATE, coded(500, 'Internal Server Error'), 'other', 'Could not create a key: Pinata failed to process the request (HTTP 500, "Internal Server Error", request ID 4c1b3f0e9d8a7b6c). Try again later.'],
  [CREATE, coded(408, 'Request Timeout'), 'other', 'Could not create a key: Pinata failed to process the request (HTTP 408, "Request Timeout", request ID 4c1b3f0e9d8a7b6c). Try again later.'],
  [CREATE, coded(503, 'Unavailable', { 'retry-after': '300' }), 'other', 'Could not create a key: Pinata failed to process the request (HTTP 503, "Unavailable", request ID 4c1b3f0e9d8a7b6c). Try again in 5 minutes.'],
  [CREATE, coded(503, 'Unavailable', { 'retry-after': '8000' }), 'other', 'Could not create a key: Pinata failed to process the request (HTTP 503, "Unavailable", request ID 4c1b3f0e9d8a7b6c). Try again in 3 hours.'],
  [CREATE, [403, { error: 'Forbidden' }, REQUEST_ID], 'forbidden', 'Could not create a key: Pinata denied access without reporting a missing scope (HTTP 403, "Forbidden", request ID 4c1b3f0e9d8a7b6c). Check that the account\'s plan includes gateway access controls, and that pinata-jwt belongs to the gateway\'s account.'],
  [CREATE, [400, { message: 'hm' }, REQUEST_ID], 'other', 'Could not create a key: something other than Pinata\'s API responded at https://api.pinata.cloud/v3 (HTTP 400, "hm", request ID 4c1b3f0e9d8a7b6c). Check api-url, and check whether a proxy or firewall is responding instead of Pinata.'],
  [CREATE, [400, { error: null }, REQUEST_ID], 'other', 'Could not create a key: something other than Pinata\'s API responded at https://api.pinata.cloud/v3 (HTTP 400, request ID 4c1b3f0e9d8a7b6c). Check api-url, and check whether a proxy or firewall is responding instead of Pinata.'],
  [CREATE, [403, { error: 'Forbidden' }], 'other', 'Could not create a key: something other than Pinata\'s API responded at https://api.pinata.cloud/v3 (HTTP 403, "Forbidden"). Check api-url, and check whether a proxy or firewall is responding instead of Pinata.'],
  [CREATE, [403, '<h1>no</h1>', REQUEST_ID], 'other', 'Could not create a key: something other than Pinata\'s API responded at https://api.pinata.cloud/v3 (HTTP 403, "no", request ID 4c1b3f0e9d8a7b6c). Check api-url, and check whether a proxy or firewall is responding instead of Pinata.'],
  [CREATE, coded(308, 'moved', { location: `https://evil.example/?${TOKEN}` }), 'redirect', 'Could not create a key: api.pinata.cloud redirected the request to evil.example, and the action does not follow redirects, to protect the token (HTTP 308, "moved", request ID 4c1b3f0e9d8a7b6c). Check api-url, and check whether a proxy is redirecting the runner, for example, to a login page.'],
  [CREATE, coded(302, 'moved', { location: '::error::x' }), 'redirect', 'Could not create a key: api.pinata.cloud redirected the request, and the action does not follow redirects, to protect the token (HTTP 302, "moved", request ID 4c1b3f0e9d8a7b6c). Check api-url, and check whether a proxy is redirecting the runner, for example, to a login page.'],
  [CREATE, coded(302, 'moved', { location: 'about:blank' }), 'redirect', 'Could not create a key: api.pinata.cloud redirected the request, and the action does not follow redirects, to protect the token (HTTP 302, "moved", request ID 4c1b3f0e9d8a7b6c). Check api-url, and check whether a proxy is redirecting the runner, for example, to a login page.'],
  [CREATE, [400, { error: { code: 400, message: `bad token ${TOKEN}` } }], 'other', 'Could not create a key: Pinata rejected the request (HTTP 400, "bad token ***"). Check gateway-id and api-url, and use the latest version of this action.'],
  [CREATE, [400, { error: { message: { toString: 1 }, reason: [1] } }, { 'x-request-id': `id ${TOKEN}` }], 'other', 'Could not create a key: Pinata rejected the request (HTTP 400, request ID id ***). Check gateway-id and api-url, and use the latest version of this action.'],
  [CREATE, coded(400, 'Bad Request', { 'x-request-id': `::error::${'x '.repeat(99)}` }), 'other', 'Could not create a key: Pinata rejected the request (HTTP 400, "Bad Request", request ID : :error::x x x x x x x x x x x x x x x x x x x x x x x x x x x…). Check gateway-id and api-url, and use the latest version of this action.'],
  [CREATE, [200, { message: 'hi' }, REQUEST_ID], 'other', 'Could not create a key: the response does not match Pinata\'s documentation (HTTP 200, request ID 4c1b3f0e9d8a7b6c). Check api-url, and check whether a proxy or firewall is responding instead of Pinata.'],
  [CREATE, FOREIGN_RESPONSES.cloudflare, 'other', 'Could not create a key: something other than Pinata\'s API responded at https://api.pinata.cloud/v3 (HTTP 403, "server: cloudflare", "Attention Required! | Cloudflare"). Check api-url, and check whether a proxy or firewall is responding instead of Pinata.'],
  [CREATE, FOREIGN_RESPONSES.gitea, 'other', 'Could not create a key: something other than Pinata\'s API responded at https://api.pinata.cloud/v3 (HTTP 404, "The target couldn\'t be found."). Check api-url, and check whether a proxy or firewall is responding instead of Pinata.'],
  [CREATE, FOREIGN_RESPONSES.squid, 'other', 'Could not create a key: the server at api.pinata.cloud failed to process the request (HTTP 503, "server: squid/5.7, via: 1.1 proxy.corp.example (squid/5.7)", "ERROR: The requested URL could not be retrieved"). Try again later. If the error persists, check whether a proxy or firewall is blocking the runner.'],
  [CREATE, FOREIGN_RESPONSES.proxy, 'other', 'Could not create a key: a proxy requires credentials (HTTP 407, "via: 1.1 proxy.corp.example", "Proxy Authentication Required"). Set https_proxy to http://user:password@host:port, with the username and password percent-encoded.'],
  [CREATE, FOREIGN_RESPONSES.network, 'other', 'Could not create a key: the runner\'s network requires a login (HTTP 511, "Log in to Guest Wi-Fi"). Give the runner direct access to api.pinata.cloud.'],
  [CREATE, FOREIGN_RESPONSES.portal, 'redirect', 'Could not create a key: api.pinata.cloud redirected the request to portal.example, and the action does not follow redirects, to protect the token (HTTP 302, "server: nginx"). Check api-url, and check whether a proxy is redirecting the runner, for example, to a login page.'],
  [CREATE, FOREIGN_RESPONSES.script, 'other', 'Could not create a key: something other than Pinata\'s API responded at https://api.pinata.cloud/v3 (HTTP 400, "Bad Request"). Check api-url, and check whether a proxy or firewall is responding instead of Pinata.'],
  [CREATE, FOREIGN_RESPONSES.huge, 'other', 'Could not create a key: something other than Pinata\'s API responded at https://api.pinata.cloud/v3 (HTTP 400, "server: ssssssssssssssssssssssssssssss", "very long very long very long very long very long very long very long very long very long very long very long very long very long very long very long very long…"). Check api-url, and check whether a proxy or firewall is responding instead of Pinata.'],
  [CREATE, FOREIGN_RESPONSES.controls, 'other', 'Could not create a key: something other than Pinata\'s API responded at https://api.pinata.cloud/v3 (HTTP 400, "Bad request [2J"). Check api-url, and check whether a proxy or firewall is responding instead of Pinata.'],
  [CREATE, FOREIGN_RESPONSES.secrets, 'other', 'Could not create a key: something other than Pinata\'s API responded at https://api.pinata.cloud/v3 (HTTP 401, "server: x ***, via: ***", "The token *** is unknown"). Check api-url, and check whether a proxy or firewall is responding instead of Pinata.'],
  [CREATE, FOREIGN_RESPONSES.tooMany, 'rate-limited', 'Could not create a key: api.pinata.cloud received too many requests (HTTP 429, "slow down"). Try again in 90 seconds.'],
  [CREATE, FOREIGN_RESPONSES.timeout, 'other', 'Could not create a key: the server at api.pinata.cloud failed to process the request (HTTP 408). Try again later. If the error persists, check whether a proxy or firewall is blocking the runner.'],
  [CREATE, FOREIGN_RESPONSES.text, 'other', 'Could not create a key: something other than Pinata\'s API responded at https://api.pinata.cloud (HTTP 404, "404 page not found"). Check api-url (default: https://api.pinata.cloud/v3), and check whether a proxy or firewall is responding instead of Pinata.', { apiUrl: 'https://api.pinata.cloud' }],
  [CREATE, coded(407, 'x'), 'other', 'Could not create a key: a proxy requires credentials (HTTP 407, "x", request ID 4c1b3f0e9d8a7b6c). Set https_proxy to http://user:password@host:port, with the username and password percent-encoded.'],
]

test.each(ROWS.map(row => ({ row, message: row[3] })))('reports: $message', async ({ row }) => {
  const [purpose, response, kind, message, { apiUrl = 'https://api.pinata.cloud/v3', jwt = TOKEN } = {}] = row
  const error = errorOf(await receive(response), purpose, { apiUrl: apiUrl as ApiUrl, jwt: new Secret(jwt) })
  expect({ kind: error.kind, message: error.message }).toEqual({ kind, message })
  expect(lengthOf(message)).toBeLessThanOrEqual(300)
})

test.each<[string, ResponseRow, boolean]>([
  ['a code and a message', [404, { error: { code: 404, message: 'x' } }], true],
  ['a reason', [403, { error: { reason: 'NO_SCOPES_FOUND', details: 'x' } }], true],
  ['a code that is not a number', [403, { error: { code: 'FORBIDDEN', message: 'x' } }], false],
  ['JSON without an error, with a request ID', [403, { message: 'x' }, REQUEST_ID], true],
  ['JSON without an error', [403, { message: 'x' }], false],
  ['a page, with a request ID', [403, '<h1>x</h1>', REQUEST_ID], false],
  ['a rate limit as text, with a request ID', [429, 'x', REQUEST_ID], true],
  ['a rate limit as text', [429, 'x'], false],
])('recognizes whether a response is from Pinata: %s', async (_form, response, expected) => {
  expect(isFromPinata(await receive(response))).toBe(expected)
})
