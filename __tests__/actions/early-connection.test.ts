import type { Socket } from 'node:net'
import { expect, test } from '@jest/globals'
import { selfSigned } from '../../emulator/http/certificate.mjs'
import { ACTION, jobWith, NO_PAUSES, preload, trustCertificate } from '../support/job.ts'
import { listen, relayTo } from '../support/network.ts'
import { pinataWithGateway } from '../support/step.ts'

const tls = selfSigned()

/** Prepares a step, and counts its connections to Pinata. @param onConnection may close a connection */
async function setup(onConnection: (client: Socket, count: number) => void = () => {}) {
  const { pinata, gateway, jwt, inputs } = await pinataWithGateway(1, { tls })
  let connections = 0
  const relay = relayTo(pinata.port, client => onConnection(client, ++connections))
  const host = `127.0.0.1:${await listen(relay)}`
  const run = async (changed: Record<string, string> = {}, env: Record<string, string> = {}) => {
    const given = { ...inputs, 'api-url': `https://${host}/v3`, ...changed }
    const step = { action: ACTION, with: given, env: { ...trustCertificate(tls), ...env } }
    const { exitCode, stderr, raw } = await jobWith(jwt).step(step)
    return { raw, result: { exitCode, stderr, connections } }
  }
  return { gateway, host, run }
}

test('sends all requests on the connection that was opened early', async () => {
  const { gateway, run } = await setup()
  expect((await run()).result).toEqual({ exitCode: 0, stderr: '', connections: 1 })
  expect(gateway.keys).toHaveLength(2)
})

test.each<[number, string, Record<string, string>, Record<string, string>]>([
  [1, 'if only wait-for is invalid', {}, {}],
  [0, 'without a JWT', { 'pinata-jwt': '' }, {}],
  [0, 'without a gateway', { 'gateway-id': '' }, {}],
  [0, 'for a named step, which sends its first request to GitHub', { name: 'pr-7' }, {}],
  [0, 'if a proxy is set, even if the server is exempt', {}, { https_proxy: 'http://127.0.0.1:1' }],
  [0, 'if a proxy is set in uppercase', {}, { HTTPS_PROXY: 'http://127.0.0.1:1' }],
  [0, 'if api-url may contain a password', { 'api-url': 'https://me:hunter2@HOST/v3' }, {}],
  [0, 'if a password in api-url looks like the host', { 'api-url': 'https://HOST/x@pinata.test/v3' }, {}],
])('opens %d early connection(s) %s, and ends by itself', async (connections, _name, changed, env) => {
  const { run, host } = await setup()
  const endsByItself = preload("process.on('beforeExit', () => console.log('nothing is left to wait for'))")
  const url = changed['api-url'] && { 'api-url': changed['api-url'].replace('HOST', host) }
  const { raw, result } = await run({ 'wait-for': 'no CID', ...changed, ...url }, { ...env, ...endsByItself })
  expect(raw).toContain('nothing is left to wait for')
  expect(result).toEqual({ exitCode: 1, stderr: '', connections })
})

test('connects again if the server closes the connection', async () => {
  const { gateway, run } = await setup((client, count) => {
    if (count === 1) client.destroy()
  })
  expect((await run()).result).toEqual({ exitCode: 0, stderr: '', connections: 2 })
  expect(gateway.keys).toHaveLength(2)
})

test.each([
  ['a refused connection', { 'api-url': 'https://127.0.0.1:1/v3' }, '', 'connect ECONNREFUSED 127.0.0.1:1'],
  ['an invalid Node setting', {}, '--tls-cipher-list=NONE', 'TLS with the server or proxy failed (no cipher match)'],
])('reports %s as if it had not connected early', async (_name, changed, setting, reason) => {
  const { run } = await setup()
  const { raw, result } = await run(changed, { NODE_OPTIONS: `${preload(NO_PAUSES).NODE_OPTIONS} ${setting}` })
  expect(raw).toMatch(/^::error title=Pinata gateway key::/m)
  expect(new Set(raw.match(/(?<=^::debug::GET .*: ).*(?= \()/gm))).toEqual(new Set([reason]))
  expect(result).toEqual({ exitCode: 1, stderr: '', connections: 0 })
})
