import { createServer, type Socket } from 'node:net'
import { afterEach, expect, test } from '@jest/globals'
import { listen } from '../support/network.ts'
import { type Options, pinataWithGateway, runKeyStep } from '../support/step.ts'

const { setTimeout: wait } = globalThis
afterEach(() => {
  globalThis.setTimeout = wait
})

/** Runs a step behind a broken proxy. @param onData handles the first data of each connection */
async function runBehind(onData: (socket: Socket) => void, options: Options = {}) {
  let connects = 0
  const server = createServer(socket => {
    socket.once('data', () => onData(socket))
    connects++
  })
  process.env.https_proxy = `http://127.0.0.1:${await listen(server)}`
  const { inputs } = await pinataWithGateway(1)
  const done = await runKeyStep({ ...inputs, 'api-url': 'https://api.pinata.test/v3' }, options)
  return { ...done, connects }
}

function drip(socket: Socket): void {
  const response = 'HTTP/1.1 200 OK\r\nX-Padding: a'
  const dripping = setInterval(() => socket.write(response[socket.bytesWritten] ?? 'a'), 20)
  socket.on('close', () => clearInterval(dripping))
}

test.each<[string, (socket: Socket) => void]>([
  ['never responds', () => {}],
  ['sends its headers byte by byte', drip],
  ['opens a tunnel to a server that never starts TLS', socket => void socket.write('HTTP/1.1 200 OK\r\n\r\n')],
])('gives up at the time limit if a proxy %s, and at once if the step is stopped', async (_name, onData) => {
  const stop = new AbortController()
  let stoppedAt = 0
  const stopSoon = (socket: Socket) => {
    onData(socket)
    wait(() => {
      stoppedAt = performance.now()
      stop.abort()
    }, 100)
  }
  const stopped = await runBehind(stopSoon, { cancelled: stop.signal })
  expect(performance.now() - stoppedAt).toBeLessThan(1000)
  expect(stopped.error).toMatch(/^Could not create a key\. The step was stopped/)
  // Shortens long waits.
  const fasterTimeout = (callback: () => void, ms = 0) => wait(callback, ms >= 10_000 ? 200 : ms)
  globalThis.setTimeout = fasterTimeout as typeof setTimeout
  const { error, warnings } = await runBehind(onData)
  expect(error).toMatch(
    /^Could not create a key via api\.pinata\.test: no connection within 30 seconds\. .*https_proxy/,
  )
  // Without a connection, no key can have been created.
  expect(warnings).toEqual([])
})

test('reports a proxy that requires credentials, without retrying or sending a request', async () => {
  const refuse = (socket: Socket) => void socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n')
  const { error, warnings, connects } = await runBehind(refuse)
  expect(error).toBe(
    'Could not create a key via api.pinata.test: the proxy responded with HTTP 407 and did not open a tunnel. Check the username and password in https_proxy.',
  )
  // One connection to read the gateway, and one to create the key.
  expect([warnings, connects]).toEqual([[], 2])
})

test('reports at once that a proxy responds with a page instead of opening a tunnel', async () => {
  const { error, warnings } = await runBehind(socket => void socket.write('HTTP/1.1 200 OK\r\n\r\n<html>'))
  expect(error).toMatch(/: the proxy responded with HTTP 200 and did not open a tunnel\. .*https_proxy/)
  expect(warnings).toEqual([])
})

test('blames the proxy settings if the proxy does not respond with HTTP', async () => {
  const { error } = await runBehind(socket => void socket.end('SSH-2.0-OpenSSH_9.6\r\n'))
  expect(error).toMatch(/: could not reach the proxy: Parse Error: .* \(HPE_.*https_proxy/)
})
