import { randomUUID } from 'node:crypto'
import { expect, test } from '@jest/globals'
import { type Core, logTo } from '../../src/runner/log.ts'
import { Masks } from '../../src/runner/masks.ts'
import { ACTION, jobWith, NO_PAUSES, preload } from '../support/job.ts'
import { pinataWithGateway, runKeyStep, runRevokeStep } from '../support/step.ts'

const JWT = '${{ secrets.PINATA_JWT }}'
const SMALL_HEAP = { NODE_OPTIONS: `${preload(NO_PAUSES).NODE_OPTIONS} --max-old-space-size=256` }
const ALWAYS = { times: Number.POSITIVE_INFINITY } as const

const key = () => ({ id: randomUUID(), value: 'a'.repeat(64), createdAt: new Date().toISOString() })

/** The output of a step without its commands to mask. */
const printed = (raw: string) => raw.split('\n').filter(line => !line.startsWith('::add-mask::'))

test('prints little about a flood of keys after a lost response, and the error last', async () => {
  const { pinata, jwt, inputs } = await pinataWithGateway(1)
  pinata.fault({ kind: 'reset', method: 'POST', when: 'after', ...ALWAYS })
  pinata.fault({
    kind: 'body',
    method: 'GET',
    skip: 1,
    ...ALWAYS,
    body: json => {
      json.data.settings.restriction_policies.accessTokens.push(...Array.from({ length: 20_000 }, key))
      return json
    },
  })
  const job = jobWith(jwt, { debug: true })
  const main = await job.step({ action: ACTION, with: { ...inputs, 'pinata-jwt': JWT }, env: SMALL_HEAP })
  expect(main.exitCode).toBe(1)
  const lines = printed(main.raw)
  expect(lines.length).toBeLessThan(400)
  expect(lines.join('\n').length).toBeLessThan(64 * 1024)
  expect(lines.filter(line => line !== '').at(-1)).toMatch(/^::error /)
  expect(main.log).toMatch(/and 19\d{3} more \(see the log\)/)
  await job.end()
})

const SIZE = 4 * 1024 * 1024 - 100
const [START, END] = ['{"data":{"settings":{"restriction_policies":{"accessTokens":[', '1]}}}}']

/** Responses of this length: the one that takes the most memory, one of the right form, and one that is retried. */
test.each([
  ['arrays in arrays', '['.repeat(SIZE / 2) + ']'.repeat(SIZE / 2)],
  ['empty keys', START + '{},'.repeat((SIZE - START.length - END.length) / 3) + END],
  ['no end of JSON', '['.repeat(SIZE)],
])('keeps a successful job successful in a small heap: %s', async (_name, body) => {
  const { pinata, gateway, jwt, inputs } = await pinataWithGateway(1)
  const job = jobWith(jwt)
  const given = { ...inputs, 'pinata-jwt': JWT, revoke: 'after-job' }
  const main = await job.step({ action: ACTION, with: given, env: SMALL_HEAP })
  expect(main.exitCode).toBe(0)
  pinata.fault({ kind: 'status', status: 204, method: 'DELETE', ...ALWAYS })
  pinata.fault({ kind: 'body', method: 'GET', body, ...ALWAYS })
  const [post] = await job.end()
  expect([post?.exitCode, post?.signal]).toEqual([0, null])
  expect(post?.annotations).toEqual([
    expect.objectContaining({ level: 'warning', message: expect.stringContaining(`${gateway.keys[1]?.id}`) }),
  ])
})

test('prints an error of many megabytes in a sentence, in a small heap', async () => {
  const { pinata, jwt, inputs } = await pinataWithGateway(1)
  const body = `{"error":"${'a::error::b '.repeat(2_000_000)}"}`
  pinata.fault({ kind: 'status', status: 400, method: 'POST', body, ...ALWAYS })
  const job = jobWith(jwt)
  const main = await job.step({ action: ACTION, with: { ...inputs, 'pinata-jwt': JWT }, env: SMALL_HEAP })
  expect(main.exitCode).toBe(1)
  // Unless Pinata's error is readable, the key may exist.
  expect(main.annotations.map(({ level }) => level)).toEqual(['warning', 'error'])
  expect(main.annotations[1]?.message).toMatch(/HTTP 400, .{0,300}request ID/)
  await job.end()
})

test('reads 15,000 keys, and limits the state', async () => {
  const { gateway, inputs } = await pinataWithGateway(1)
  gateway.keys.push(...Array.from({ length: 15_000 }, () => ({ ...key(), id: 'a'.repeat(26) + randomUUID() })))
  const done = await runKeyStep(inputs)
  expect([done.error, done.outputs['key-id']]).toEqual([undefined, gateway.keys.at(-1)?.id])
  for (const state of done.saved) expect(Buffer.byteLength(state)).toBeLessThan(16 * 1024)
})

test.each([
  [{ method: 'GET', kind: 'delay', ms: 1 }, /^undefined$/, /^0 keys of gateway .* revoked, 400 not on the gateway\.$/],
  [
    { method: 'DELETE', kind: 'status', status: 403 },
    /^400 of 400 keys could not .* and 385 more \(see the log\)\. /,
    /./,
  ],
] as const)('ends the log of a large revocation with its result: %j', async (fault, error, last) => {
  const { pinata, inputs } = await pinataWithGateway(1)
  pinata.fault({ ...fault, ...ALWAYS })
  const ids = Array.from({ length: 400 }, () => randomUUID())
  const done = await runRevokeStep({ ...inputs, 'key-id': ids.join() })
  expect(done.info.length).toBeLessThan(200)
  expect(done.info).toContain('280 more keys were selected.')
  expect(done.info.at(-1)).toMatch(last)
  expect(String(done.error)).toMatch(error)
})

/** A log, and the lines that it printed. */
function logged() {
  const lines: string[] = []
  const print = (level: string) => (message: string) => void lines.push(`${level}: ${message}`)
  const core = { info: print('info'), warning: print('warning'), error: print('error'), debug: print('debug') }
  return { log: logTo(core as unknown as Core, new Masks(() => {}), 'Test'), lines }
}

test('omits and counts surplus messages of a log, but never an error', () => {
  const { log, lines } = logged()
  for (let number = 0; number < 1000; number++) {
    log.info(`line ${number}`)
    log.debug(`request ${number}`)
  }
  log.close()
  log.error('the end')
  expect(lines).toHaveLength(603)
  expect(lines.slice(-3)).toEqual([
    'info: 700 more messages were left out.',
    'debug: 700 more messages were left out.',
    'error: the end',
  ])
})

test.each([
  [1, ['warning: ä'.padEnd(1009, 'ä')]],
  [100, [...Array(16).fill('warning: ä'.padEnd(1009, 'ä')), 'info: 84 more messages were left out.']],
])('counts the bytes of a log too: %d messages', (count, expected) => {
  const { log, lines } = logged()
  for (let number = 0; number < count; number++) log.warning('ä'.repeat(1000))
  log.close()
  expect(lines).toEqual(expected)
})
