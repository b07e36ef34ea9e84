// The connection that a step opens while its code is still loading.
import { connect, createServer, type Socket } from 'node:net'
import { expect, test } from '@jest/globals'
import { selfSigned } from '../../emulator/http/certificate.mjs'
import { startGitHubForTest } from '../support/github.ts'
import { ACTION, jobWith, preload, REVOKE_ACTION, trustCertificate } from '../support/job.ts'
import { listen } from '../support/network.ts'
import { pinataWithGateway } from '../support/step.ts'

const tls = selfSigned()

/** A step whose connections to Pinata are counted. @param onConnection may close a connection */
async function setup(onConnection: (client: Socket, count: number) => void = () => {}) {
  const { pinata, gateway, jwt, inputs } = await pinataWithGateway(1, { tls })
  const github = await startGitHubForTest()
  const context = { github: { api_url: github.apiUrl, token: github.addToken() } }
  let connections = 0
  const relay = createServer(client => {
    const server = connect(pinata.port, '127.0.0.1')
    client.on('error', () => server.destroy()).pipe(server)
    server.on('error', () => client.destroy()).pipe(client)
    onConnection(client, ++connections)
  })
  const given = { ...inputs, 'api-url': `https://127.0.0.1:${await listen(relay)}/v3` }
  const run = async (changed: Record<string, string> = {}, env: Record<string, string> = {}, action = ACTION) => {
    const options = { action, with: { ...given, ...changed }, env: { ...trustCertificate(tls), ...env } }
    const { exitCode, stderr, raw } = await jobWith(jwt, { context }).step(options)
    return { raw, result: { exitCode, stderr, connections } }
  }
  return { pinata, gateway, run }
}

test('sends all requests on the connection that was opened early', async () => {
  const { gateway, run } = await setup()
  expect((await run()).result).toEqual({ exitCode: 0, stderr: '', connections: 1 })
  expect(gateway.keys).toHaveLength(2)
  const selected = { 'key-id': gateway.keys[0]?.id ?? '' }
  expect((await run(selected, {}, REVOKE_ACTION)).result).toEqual({ exitCode: 0, stderr: '', connections: 2 })
  expect(gateway.keys).toHaveLength(1)
})

test.each([
  [0, 'without a JWT', { 'pinata-jwt': '' }, {}],
  [0, 'if a proxy is set, even if the server is exempt', { name: 'a name' }, { https_proxy: 'http://127.0.0.1:1' }],
  [1, 'before it rejects other inputs', { name: 'a name' }, {}],
])('opens %d connections early %s, and ends by itself', async (connections, _when, changed, env) => {
  const { run } = await setup()
  const printBeforeExit = preload("process.on('beforeExit', () => console.log('nothing is left to wait for'))")
  const { raw, result } = await run(changed, { ...env, ...printBeforeExit })
  expect(raw).toContain('nothing is left to wait for')
  expect(result).toEqual({ exitCode: 1, stderr: '', connections })
})

// A named step reads GitHub's records first, so it notices that the connection was closed.
test.each([{}, { name: 'pr-7' }])('connects again if the server closes the connection: %j', async changed => {
  const { gateway, run } = await setup((client, count) => {
    if (count === 1) client.destroy()
  })
  const { raw, result } = await run(changed)
  expect(result).toEqual({ exitCode: 0, stderr: '', connections: 2 })
  expect(gateway.keys).toHaveLength(2)
  if ('name' in changed)
    expect(raw.match(/^::debug::GET \/gateways.*$/gm)).toEqual([expect.stringContaining('HTTP 200')])
})

test('knows that it sent a request, although the connection was ready long before', async () => {
  const { pinata, run } = await setup()
  pinata.fault({ kind: 'hang', method: 'GET' })
  const faster = 'const set = setTimeout; globalThis.setTimeout = (call, ms, ...rest) => set(call, ms / 100, ...rest)'
  const { raw, result } = await run({ name: 'pr-7' }, preload(faster))
  expect(raw).toContain(': no complete response within 30 seconds')
  expect(result).toEqual({ exitCode: 0, stderr: '', connections: 2 })
})
