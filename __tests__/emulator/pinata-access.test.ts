import { expect, test } from '@jest/globals'
import { caller, send, start } from '../support/emulator-client.ts'

const NOT_AUTHORIZED = { status: 401, json: { error: { code: 401, message: 'Not Authorized' } } }
const INVALID = {
  status: 401,
  json: { error: { reason: 'INVALID_CREDENTIALS', details: 'Invalid/expired credentials' } },
}
const REVOKED = {
  status: 403,
  json: { error: { reason: 'API_KEY_REVOKED', details: 'This API Key has been revoked' } },
}
const NO_SCOPES = {
  status: 403,
  json: {
    error: {
      reason: 'NO_SCOPES_FOUND',
      details: 'This key does not have the required scopes associated with it',
    },
  },
}

test('A JWT has three base64url segments and about the length of a real one', async () => {
  const pinata = await start()
  const jwt = pinata.addJwt()
  expect(jwt).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/)
  expect(jwt.length).toBeGreaterThan(600)
  expect(jwt.length).toBeLessThan(800)
  const [header, claims] = jwt.split('.').map(part => Buffer.from(part, 'base64url').toString())
  expect(JSON.parse(header ?? '')).toEqual({ alg: 'HS256', typ: 'JWT' })
  expect(JSON.parse(claims ?? '').exp).toBeGreaterThan(Date.now() / 1000)
  expect(pinata.addJwt()).not.toBe(jwt)
})

test('No header and a JWT nobody issued are Not Authorized', async () => {
  const pinata = await start()
  const other = await start()
  expect(await send(pinata, 'GET', '/v3/gateways')).toMatchObject(NOT_AUTHORIZED)
  expect(await caller(pinata, other.addJwt())('GET', '/gateways')).toMatchObject(NOT_AUTHORIZED)
})

test('What is no JWT and one past its time are invalid credentials', async () => {
  const pinata = await start()
  const jwt = pinata.addJwt()
  const expired = pinata.addJwt({ expired: true })
  for (const authorization of [
    `Bearer ${jwt.slice(0, jwt.lastIndexOf('.'))}`,
    `Bearer Bearer ${jwt}`,
    `Basic ${jwt}`,
    jwt,
    'Bearer ',
    `Bearer ${expired}`,
  ]) {
    expect(await send(pinata, 'GET', '/v3/gateways', { headers: { authorization } })).toMatchObject(INVALID)
  }
  expect(JSON.parse(Buffer.from(expired.split('.')[1] ?? '', 'base64url').toString()).exp).toBeLessThan(
    Date.now() / 1000,
  )
})

test('A revoked JWT is refused, also one that is revoked later', async () => {
  const pinata = await start()
  expect(await caller(pinata, pinata.addJwt({ revoked: true }))('GET', '/gateways')).toMatchObject(REVOKED)

  const jwt = pinata.addJwt()
  expect((await caller(pinata, jwt)('GET', '/gateways')).status).toBe(200)
  Object.assign(pinata.jwts.get(jwt) ?? {}, { revoked: true })
  expect(await caller(pinata, jwt)('GET', '/gateways')).toMatchObject(REVOKED)
})

test('Write includes read, read does not include write, and other scopes give neither', async () => {
  const pinata = await start()
  const gateway = pinata.addGateway({ keys: 1, allowedHosts: ['app.example.com'], allowedIPAddresses: ['1.1.1.1'] })
  const calls = [
    ['GET', '/gateways'],
    ['GET', `/gateways/${gateway.id}`],
    ['POST', `/gateways/${gateway.id}/access_tokens`],
    ['DELETE', `/gateways/${gateway.id}/access_tokens/${gateway.keys[0]?.id}`],
    ['POST', `/gateways/${gateway.id}/hosts`],
    ['DELETE', `/gateways/${gateway.id}/hosts/${gateway.allowedHosts[0]?.id}`],
    ['POST', `/gateways/${gateway.id}/ips`],
    ['DELETE', `/gateways/${gateway.id}/ips/${gateway.allowedIPAddresses[0]?.id}`],
    ['DELETE', `/gateways/${gateway.id}`],
  ] as const
  const statuses = async (scopes: string[]) => {
    const call = caller(pinata, pinata.addJwt({ scopes }))
    const answers = []
    const body = '{"host":"https://app.example.com","ip":"1.1.1.1"}'
    for (const [method, path] of calls) answers.push(await call(method, path, { body }))
    for (const answer of answers) if (answer.status !== 200) expect(answer).toMatchObject(NO_SCOPES)
    return answers.map(answer => answer.status)
  }
  expect(await statuses(['org:files:write', 'org:gateways'])).toEqual(Array(9).fill(403))
  expect(await statuses(['org:gateways:read'])).toEqual([200, 200, ...Array(7).fill(403)])
  expect([gateway.keys.length, gateway.allowedHosts.length, gateway.allowedIPAddresses.length]).toEqual([1, 1, 1])
  expect(await statuses(['org:gateways:write'])).toEqual(Array(9).fill(200))
})

test('The checks come in order: credentials, scope, limit, gateway', async () => {
  const pinata = await start({ limit: { requests: 1, perMs: 60_000 } })
  pinata.addGateway()
  const path = '/gateways/no-such-gateway/access_tokens'
  const revokedWithoutScope = pinata.addJwt({ scopes: [], revoked: true })
  expect(await caller(pinata, revokedWithoutScope)('POST', path)).toMatchObject(REVOKED)
  expect(await caller(pinata, pinata.addJwt({ scopes: [] }))('POST', path)).toMatchObject(NO_SCOPES)

  const call = caller(pinata)
  expect((await call('POST', path)).status).toBe(404)
  expect((await call('POST', path)).status).toBe(429)
  expect(await caller(pinata, revokedWithoutScope)('POST', path)).toMatchObject(REVOKED)
  expect(await caller(pinata, pinata.addJwt({ scopes: [] }))('POST', path)).toMatchObject(NO_SCOPES)
})
