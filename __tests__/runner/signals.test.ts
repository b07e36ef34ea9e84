import { expect, test } from '@jest/globals'
import { ACTION, jobWith, preload } from '../support/job.ts'
import { pinataWithGateway } from '../support/step.ts'

/** Node can't send these signals on Windows, and knows SIGBREAK only there. The tests emit the event instead. */
const SEND = process.platform === 'win32' ? 'process.emit(signal)' : 'process.kill(process.pid, signal)'

test.each([
  ['SIGTERM', SEND],
  ['SIGHUP', SEND],
  ['SIGBREAK', 'process.emit(signal)'],
])('stops a step gracefully on %s', async (signal, send) => {
  const { pinata, gateway, jwt, inputs } = await pinataWithGateway(1)
  pinata.fault({ kind: 'hang', method: 'GET' })
  const env = preload(`
    const http = require('node:http')
    const { request } = http
    const signal = '${signal}'
    http.request = (...args) => request(...args).once('finish', () => ${send})
  `)
  const step = await jobWith(jwt).step({ action: ACTION, with: inputs, env })
  expect([step.exitCode, step.signal]).toEqual([1, null])
  expect(step.annotations[0]?.message).toContain('The step was stopped')
  expect(gateway.keys).toHaveLength(1)
})
