import type { ChildProcess } from 'node:child_process'
import { expect, test } from '@jest/globals'
import { ACTION, jobWith, preload } from '../support/job.ts'
import { HOST, pinataWithGateway } from '../support/step.ts'

/** Returns an environment in which requests with this method never settle, and timers do not keep the process alive. */
const ignoring = (method: string) =>
  preload(`
    const http = require('node:http')
    const { EventEmitter } = require('node:events')
    const { request } = http
    http.request = (options, callback) =>
      options.method === '${method}'
        ? Object.assign(new EventEmitter(), { setTimeout() {}, end() {} })
        : request(options, callback)
    const { setTimeout } = globalThis
    globalThis.setTimeout = (...args) => setTimeout(...args).unref()
  `)

test('names the request that never settles and, in the post step, the key', async () => {
  const { gateway, jwt, inputs } = await pinataWithGateway(1)
  const result = await jobWith(jwt).step({ action: ACTION, with: inputs, env: ignoring('POST') })
  const message = /^The step ended before it finished its work\. Last request: POST .*\/access_tokens\. Please report/
  const error = { level: 'error', message: expect.stringMatching(message) }
  expect(result).toMatchObject({ exitCode: 1, annotations: [error] })
  const job = jobWith(jwt)
  await job.step({ action: ACTION, with: { ...inputs, revoke: 'after-job' }, env: ignoring('DELETE') })
  const id = gateway.keys[1]?.id
  const left = `The post step may have left key ${id} on gateway ${HOST}. To revoke the key, use the revoke action or Pinata.`
  const end = `/access_tokens/${id}. ${left} Please report this as an issue with this action.`
  const annotations = [{ level: 'warning', title: 'Pinata gateway key', message: expect.stringContaining(end) }]
  expect(await job.end()).toMatchObject([{ exitCode: 0, annotations, summary: expect.stringContaining(left) }])
})

test('creates no key if nothing reads its log any longer, but the post step still revokes an existing key', async () => {
  const { gateway, pinata, jwt, inputs } = await pinataWithGateway(1)
  const retry = { kind: 'status', status: 503 } as const
  pinata.fault({ ...retry, method: 'POST' })
  const close = (child: ChildProcess) => void child.stdout?.destroy()
  expect(await jobWith(jwt).step({ action: ACTION, with: inputs, onStart: close })).toMatchObject({ exitCode: 1 })
  expect(gateway.keys).toHaveLength(1)
  let started = 0
  const closeInPostStep = (child: ChildProcess) => (++started === 2 ? close(child) : undefined)
  const job = jobWith(jwt)
  await job.step({ action: ACTION, with: { ...inputs, revoke: 'after-job' }, onStart: closeInPostStep })
  pinata.fault({ ...retry, method: 'DELETE' })
  expect([gateway.keys.length, (await job.end()).length, gateway.keys.length]).toEqual([2, 1, 1])
})
