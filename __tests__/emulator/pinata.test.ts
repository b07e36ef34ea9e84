// Behavior of Pinata's API that neither the contract tests nor the action tests cover.
import { existsSync, readFileSync } from 'node:fs'
import { Agent } from 'node:http'
import { expect, test } from '@jest/globals'
import { parse } from 'yaml'
import { shape } from '../../scripts/live/report.mjs'
import { caller, send, start } from '../support/emulator-client.ts'
import { PINATA_OPENAPI } from '../support/openapi.ts'

const NOT_AUTHORIZED = { code: 401, message: 'Not Authorized' }
const INVALID = { reason: 'INVALID_CREDENTIALS', details: 'Invalid/expired credentials' }
const NO_SCOPES = {
  reason: 'NO_SCOPES_FOUND',
  details: 'This key does not have the required scopes associated with it',
}

test('checks the credentials first, then the scopes, the rate limit, and the gateway', async () => {
  const pinata = await start({ limit: { requests: 1, perMs: 60_000 } })
  const jwt = pinata.addJwt()
  const post = async (authorization?: string) => {
    const headers = authorization === undefined ? {} : { authorization }
    const { status, json } = await send(pinata, 'POST', '/v3/gateways/unknown/access_tokens', { headers })
    return [status, json.error]
  }
  expect(await post()).toEqual([401, NOT_AUTHORIZED])
  expect(await post('Bearer a.b.c')).toEqual([401, NOT_AUTHORIZED])
  for (const wrong of [jwt, `Bearer Bearer ${jwt}`, 'Bearer ']) expect(await post(wrong)).toEqual([401, INVALID])
  expect(await post(`Bearer ${pinata.addJwt({ isReadOnly: true })}`)).toEqual([403, NO_SCOPES])
  expect(await post(`Bearer ${jwt}`)).toEqual([404, { code: 404, message: 'Gateway not found' }])
  const { status, headers, json } = await caller(pinata, jwt)('GET', '/gateways')
  const error = { code: 429, message: 'Too Many Requests' }
  expect([status, json.error, headers['retry-after']]).toEqual([429, error, '60'])
})

// Prism checks the types of existing members and headers. The examples also show which ones must exist.
const testDocument = existsSync(PINATA_OPENAPI) ? test : test.skip
testDocument.each([
  ['get', '/gateways'],
  ['get', '/gateways/{id}'],
  ['post', '/gateways/{id}/access_tokens'],
  ['delete', '/gateways/{id}/access_tokens/{access_token_id}'],
  ['post', '/gateways/{id}/hosts'],
  ['delete', '/gateways/{id}/hosts/{host_id}'],
])("matches the example in Pinata's document: %s %s", async (method, path) => {
  const pinata = await start()
  const entries = { allowedHosts: ['https://ipfs.example.com'], allowedIPAddresses: ['1.1.1.1'] }
  const { id, keys, allowedHosts } = pinata.addGateway({ customDomains: ['ipfs.example.com'], keys: 1, ...entries })
  const ids: Record<string, string | undefined> = { id, access_token_id: keys[0]?.id, host_id: allowedHosts[0]?.id }
  const real = path.replace(/{(\w+)}/g, (_, name) => ids[name] ?? '')
  const { responses, requestBody } = parse(readFileSync(PINATA_OPENAPI, 'utf8')).paths[path][method]
  const example = requestBody?.content['application/json'].schema.example
  const agent = new Agent({ keepAlive: true })
  const body = example === undefined ? {} : { body: JSON.stringify(example) }
  const response = await caller(pinata)(method.toUpperCase(), real, { agent, ...body })
  agent.destroy()
  expect(Object.keys(responses)).toEqual([String(response.status)])
  const { content, headers } = responses[response.status]
  expect(shape(response.json)).toEqual(shape(content['application/json'].example))
  const names = Object.keys(headers).map(name => name.toLowerCase())
  expect(Object.keys(response.headers)).toEqual(expect.arrayContaining(names))
})
