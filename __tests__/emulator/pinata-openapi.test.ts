import { existsSync, readFileSync } from 'node:fs'
import { Agent } from 'node:http'
import { expect, test } from '@jest/globals'
import { parse } from 'yaml'
import { type Answer, caller, send, start } from '../support/emulator-client.ts'
import { PINATA_OPENAPI } from '../support/openapi.ts'

interface Operation {
  requestBody?: { content: { 'application/json': { schema: { example: unknown } } } }
  responses: Record<
    string,
    {
      headers: Record<string, { schema: { example: string } }>
      content: { 'application/json': { example: unknown } }
    }
  >
}

/** The forms of the headers whose contents differ from answer to answer. */
const FORMS: Record<string, RegExp> = {
  Date: /^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/,
  'Content-Length': /^\d+$/,
  'X-Request-Id': /^[0-9a-f]{32}$/,
}

/** What must agree in a header: its form, or else all of it. */
const formOf = (name: string, value: string) => (FORMS[name]?.test(value) ? 'as usual' : value)

/** The names and types in a value, in the same way for any two values that differ in their contents alone. */
function shape(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? [] : [shape(value[0])]
  if (value === null || typeof value !== 'object') {
    const text = typeof value === 'string' ? value : ''
    if (/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z$/.test(text)) return `time with ${text.length - 21} digits`
    if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text)) return 'UUID'
    return value === null ? 'null' : typeof value
  }
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, shape(member)]))
}

if (existsSync(PINATA_OPENAPI)) {
  const document: { paths: Record<string, Record<string, Operation>>; servers: { url: string }[] } = parse(
    readFileSync(PINATA_OPENAPI, 'utf8'),
  )

  test.each([
    ['get', '/gateways'],
    ['get', '/gateways/{id}'],
    ['delete', '/gateways/{id}'],
    ['post', '/gateways/{id}/access_tokens'],
    ['delete', '/gateways/{id}/access_tokens/{access_token_id}'],
    ['post', '/gateways/{id}/hosts'],
    ['delete', '/gateways/{id}/hosts/{host_id}'],
    ['post', '/gateways/{id}/ips'],
    ['delete', '/gateways/{id}/ips/{ip_id}'],
  ])('%s %s answers like the example in the document', async (method, path) => {
    const pinata = await start()
    const gateway = pinata.addGateway({
      customDomains: ['ipfs.example.com'],
      keys: 1,
      allowedHosts: ['https://ipfs.example.com'],
      allowedIPAddresses: ['1.1.1.1'],
    })
    const ids: Record<string, string | undefined> = {
      id: gateway.id,
      access_token_id: gateway.keys[0]?.id,
      host_id: gateway.allowedHosts[0]?.id,
      ip_id: gateway.allowedIPAddresses[0]?.id,
    }
    const real = path.replace(/{(\w+)}/g, (_, name) => ids[name] ?? '')
    const operation = document.paths[path]?.[method]
    const agent = new Agent({ keepAlive: true })
    const example = operation?.requestBody?.content['application/json'].schema.example
    const body = example === undefined ? {} : { body: JSON.stringify(example) }
    const answer: Answer = await caller(pinata)(method.toUpperCase(), real, { agent, ...body })
    agent.destroy()

    expect(Object.keys(operation?.responses ?? {})).toEqual([String(answer.status)])
    const documented = operation?.responses[answer.status]
    expect(shape(answer.json)).toEqual(shape(documented?.content['application/json'].example))
    const headers = Object.entries(documented?.headers ?? {})
    expect(headers.map(([name]) => [name, formOf(name, String(answer.headers[name.toLowerCase()]))])).toEqual(
      headers.map(([name, { schema }]) => [name, formOf(name, schema.example)]),
    )
    expect(headers.length).toBeGreaterThan(5)
    // Where the contents have a fixed length, so has the answer, to the byte.
    if (method !== 'get')
      expect(answer.headers['content-length']).toBe(documented?.headers['Content-Length']?.schema.example)
  })

  test('The address ends like the one in the document', async () => {
    const { pathname } = new URL(document.servers[0]?.url ?? '')
    const pinata = await start()
    expect(new URL(pinata.apiUrl).pathname).toBe(pathname)
    expect((await send(pinata, 'GET', `${pathname}/gateways`)).status).toBe(401)
  })
} else {
  test.skip(`The OpenAPI document is not at ${PINATA_OPENAPI}, so nothing was compared with it`, () => {})
}
