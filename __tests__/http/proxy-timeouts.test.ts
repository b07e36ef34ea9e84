import { type AddressInfo, createServer, type Socket } from 'node:net'
import { afterEach, expect, test } from '@jest/globals'
import { ACTION, type Job, jobWith, NO_PAUSES, preload } from '../support/job.ts'
import { pinataWithGateway } from '../support/step.ts'

const closing: (() => void)[] = []
afterEach(() => {
  for (const close of closing.splice(0)) close()
})

/** A proxy that accepts connections and opens no tunnel. @returns its address, and a promise of the first connection */
async function badProxy(onConnect: (socket: Socket) => void) {
  const sockets = new Set<Socket>()
  const server = createServer(socket => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.once('data', () => {
      onConnect(socket)
      server.emit('asked')
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  closing.push(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  const asked = new Promise<void>(resolve => server.once('asked', resolve))
  return { address: `127.0.0.1:${(server.address() as AddressInfo).port}`, asked }
}

const SILENT = {
  'never responds': () => {},
  'sends its headers drop by drop': (socket: Socket) => {
    const text = `HTTP/1.1 200 OK\r\nX-Padding: ${'a'.repeat(10_000)}`
    let sent = 0
    const dripping = setInterval(() => socket.write(text[sent++] ?? 'a'), 20)
    socket.on('close', () => clearInterval(dripping))
  },
  'opens a tunnel to a server that never speaks TLS': (socket: Socket) => void socket.write('HTTP/1.1 200 OK\r\n\r\n'),
} as const

async function given(onConnect: (socket: Socket) => void) {
  const { gateway, jwt } = await pinataWithGateway(1)
  const proxy = await badProxy(onConnect)
  const inputs = {
    'gateway-id': gateway.id,
    'pinata-jwt': '${{ secrets.PINATA_JWT }}',
    'api-url': 'https://api.pinata.test/v3',
    revoke: 'after-job',
  }
  return { job: jobWith(jwt), inputs, proxy, env: { https_proxy: `http://${proxy.address}` } }
}

/** Node can't send Ctrl+C on Windows: a cancelled process is killed there. */
const onPosix = process.platform === 'win32' ? test.failing : test

onPosix.each(Object.entries(SILENT))('ends a stopped step at once although a proxy %s', async (_name, onConnect) => {
  const { job, inputs, proxy, env } = await given(onConnect)
  const step = job.step({ action: ACTION, with: inputs, env })
  await proxy.asked
  await new Promise(resolve => setTimeout(resolve, 100))
  expect(await timeToStop(job, step)).toBeLessThan(1000)
  expect((await step).annotations[0]?.message).toMatch(/^Could not create a key\. The step was stopped/)
  await job.end()
})

async function timeToStop(job: Job, step: Promise<unknown>): Promise<number> {
  const started = performance.now()
  job.cancel()
  await step
  return performance.now() - started
}

/** Makes long waits and the pauses between tries short. */
const HURRY = preload(`
  ${NO_PAUSES}
  const { setTimeout: wait } = globalThis
  globalThis.setTimeout = (callback, ms, ...rest) => wait(callback, ms >= 10_000 ? 200 : ms, ...rest)
`)

test.each(Object.entries(SILENT))('gives up in time if a proxy %s', async (_name, onConnect) => {
  const { job, inputs, env } = await given(onConnect)
  const step = await job.step({ action: ACTION, with: inputs, env: { ...env, ...HURRY } })
  expect(step.exitCode).toBe(1)
  // No connection, so no key: there is nothing to find.
  expect(step.annotations.map(({ message }) => message)).toEqual([
    expect.stringMatching(
      /^Could not create a key: api\.pinata\.test: no connection within 30 seconds\. .*https_proxy/,
    ),
  ])
  await job.end()
})

test('rejects a proxy that it cannot use instead of bypassing it', async () => {
  const { job, inputs } = await given(() => {})
  const step = await job.step({ action: ACTION, with: inputs, env: { https_proxy: 'socks5://127.0.0.1:1080' } })
  expect(step.exitCode).toBe(1)
  expect(step.annotations[0]?.message).toBe(
    "The proxy in https_proxy is a SOCKS proxy, which this action can't use. Set it to http://host:port, or unset it.",
  )
  await job.end()
})

test('does not reject a proxy that no_proxy makes irrelevant', async () => {
  const { job, inputs } = await given(() => {})
  const env = { https_proxy: 'socks5://127.0.0.1:1080', no_proxy: '.pinata.test', ...HURRY }
  const step = await job.step({ action: ACTION, with: inputs, env })
  expect(step.annotations[0]?.message).toMatch(/api\.pinata\.test: getaddrinfo/)
  await job.end()
})
