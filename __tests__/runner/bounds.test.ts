import { spawn } from 'node:child_process'
import path from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { expect, test } from '@jest/globals'
import { type Core, logTo } from '../../src/runner/log.ts'
import { Masks } from '../../src/runner/masks.ts'
import { ACTION, jobWith, onPosix, REVOKE_ACTION } from '../support/job.ts'
import { pinataWithGateway, runKeyStep } from '../support/step.ts'

test('reads 20,000 keys, and limits the size of the state', async () => {
  const { gateway, inputs } = await pinataWithGateway(20_000)
  const done = await runKeyStep(inputs)
  expect([done.error, done.outputs['key-id']]).toEqual([undefined, gateway.keys.at(-1)?.id])
  for (const state of done.saved) expect(Buffer.byteLength(state)).toBeLessThan(16 * 1024)
})

function logged() {
  const lines: string[] = []
  const print = (level: string) => (message: string) => void lines.push(`${level}: ${message}`)
  const core = { info: print('info'), warning: print('warning'), error: print('error'), debug: print('debug') }
  return { log: logTo(core as unknown as Core, new Masks(() => {}), 'Test'), lines }
}

test('omits and counts excess messages, but never an error, or a warning to make room for other messages', () => {
  const { log, lines } = logged()
  for (let number = 0; number < 1000; number++) {
    log.info(`line ${number}`)
    log.debug(`request ${number}`)
  }
  log.warning('a key may be left')
  log.close()
  log.error('the end')
  expect(lines).toHaveLength(604)
  const omitted = 'The log omits 700 more messages.'
  const end = ['warning: a key may be left', `info: ${omitted}`, `debug: ${omitted}`, 'error: the end']
  expect(lines.slice(-4)).toEqual(end)
})

test('prints how many messages a step left out', async () => {
  const { gateway, jwt, inputs } = await pinataWithGateway(320)
  const keyIds = gateway.keys.map(({ id }) => id).join()
  const step = await jobWith(jwt).step({ action: REVOKE_ACTION, with: { ...inputs, 'key-id': keyIds } })
  expect(step.raw).toMatch(/^::debug::The log omits \d+ more messages\.$/m)
  expect(step.annotations).toMatchObject([{ level: 'warning', title: 'Pinata gateway access' }])
})

test.each([
  [1, ['warning: ä'.padEnd(1009, 'ä')]],
  [17, [...Array(16).fill('warning: ä'.padEnd(1009, 'ä')), 'info: The log omits 1 more message.']],
  [100, [...Array(16).fill('warning: ä'.padEnd(1009, 'ä')), 'info: The log omits 84 more messages.']],
])('limits the size of a log in bytes: %d messages', (count, expected) => {
  const { log, lines } = logged()
  for (let number = 0; number < count; number++) log.warning('ä'.repeat(1000))
  log.close()
  expect(lines).toEqual(expected)
})

// On Windows, an input can't be this long, and printing blocks until the runner has read the output.
onPosix('prints the error, even if the runner reads a long log late', async () => {
  const env = { ...process.env, 'INPUT_PINATA-JWT': '12345\n'.repeat(20_000) }
  const { stdout } = spawn(process.execPath, [path.join(ACTION, 'dist/main.js')], { env })
  await wait(1500)
  expect(Buffer.concat(await stdout.toArray()).toString()).toMatch(/^::error .*::pinata-jwt is longer than one line/m)
})
