import { expect, test } from '@jest/globals'
import { ACTION, jobWith, NO_PAUSES, preload } from '../support/job.ts'
import { ALWAYS, changeList, pinataWithGateway } from '../support/step.ts'

const SMALL_HEAP = { NODE_OPTIONS: `${preload(NO_PAUSES).NODE_OPTIONS} --max-old-space-size=256` }

test('prints little about a flood of keys after a lost response, and prints the error last', async () => {
  const { pinata, jwt, inputs } = await pinataWithGateway(1)
  pinata.fault({ kind: 'reset', method: 'POST', when: 'after', ...ALWAYS })
  const flood = pinata.addGateway({ keys: 20_000 })
  changeList(pinata, ({ accessTokens }) => accessTokens.push(...flood.keys), { skip: 1, ...ALWAYS })
  const main = await jobWith(jwt, { debug: true }).step({ action: ACTION, with: inputs, env: SMALL_HEAP })
  expect(main.exitCode).toBe(1)
  const lines = main.raw.split('\n').filter(line => !line.startsWith('::add-mask::'))
  expect(lines.length).toBeLessThan(400)
  expect(lines.join('\n').length).toBeLessThan(64 * 1024)
  expect(lines.filter(line => line !== '').at(-1)).toMatch(/^::error /)
  expect(main.log).toMatch(/and 19\d{3} more \(see the log\)/)
})

const SIZE = 4 * 1024 * 1024 - 100
const [START, END] = ['{"data":{"settings":{"restriction_policies":{"accessTokens":[', '1]}}}}']

/** Bodies of this size: one that needs the most memory, one with the right structure, and one that causes retries. */
test.each([
  ['nested arrays', '['.repeat(SIZE / 2) + ']'.repeat(SIZE / 2)],
  ['empty keys', START + '{},'.repeat((SIZE - START.length - END.length) / 3) + END],
  ['unfinished JSON', '['.repeat(SIZE)],
])('keeps a successful job successful with a small heap: %s', async (_name, body) => {
  const { pinata, gateway, jwt, inputs } = await pinataWithGateway(1)
  const job = jobWith(jwt)
  const given = { ...inputs, revoke: 'after-job' }
  const main = await job.step({ action: ACTION, with: given, env: SMALL_HEAP })
  expect(main.exitCode).toBe(0)
  pinata.fault({ kind: 'status', status: 204, method: 'DELETE', ...ALWAYS })
  pinata.fault({ kind: 'body', method: 'GET', body, times: 3 })
  const [post] = await job.end()
  const annotations = [{ level: 'warning', message: expect.stringContaining(`${gateway.keys[1]?.id}`) }]
  expect(post).toMatchObject({ exitCode: 0, signal: null, annotations })
})
