import { expect, test } from '@jest/globals'
import { pinataWithGateway, readable } from '../support/step.ts'

const TIME = String.raw`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC`

test('lists each key and its result in the summary, but no secret', async () => {
  const { gateway, jwt, revoke } = await pinataWithGateway(2)
  const [first, second] = gateway.keys.map(({ id }) => id)
  const values = gateway.keys.map(({ value }) => value)
  const done = await revoke({ 'key-id': `${first},${second},gone`, keep: String(second) })
  expect(done.summary).toMatch(
    new RegExp(
      [
        '\n### Pinata gateway access\n',
        'Gateway \\[(fun-llama-300.mypinata.cloud)\\]\\(https://\\1\\): 1 key revoked, 1 key not on the gateway, 1 key kept\\.\n',
        '\\| Key ID or origin \\| Name \\| Created \\| Result \\|\n\\| --- \\| --- \\| --- \\| --- \\|',
        `\\| \`${first}\` \\|  \\| ${TIME} \\| revoked \\|`,
        '\\| `gone` \\|  \\| unknown \\| not on the gateway \\|',
        `\\| \`${second}\` \\|  \\| ${TIME} \\| kept, because keep contains it \\|\n$`,
      ].join('\n'),
    ),
  )
  for (const secret of [jwt, ...values]) expect(readable(done)).not.toContain(secret)
})

test('logs 120 results, those of selected keys first, and counts the rest', async () => {
  const { gateway, revoke } = await pinataWithGateway(200)
  for (const key of gateway.keys.slice(0, 90)) key.createdAt = '2020-01-01T00:00:00.000000000Z'
  const done = await revoke({ 'older-than': '1d' })
  expect(done.info.filter(line => line.endsWith(': revoked.'))).toHaveLength(90)
  expect(done.info.filter(line => line.includes('not selected, because'))).toHaveLength(30)
  expect(done.info.slice(-2)).toEqual([
    'And 80 more results (see the job summary).',
    'Gateway fun-llama-300.mypinata.cloud: 90 keys revoked, 110 keys not selected.',
  ])
})

test('shows at most 800 rows of a table in the summary', async () => {
  const { revoke } = await pinataWithGateway(1)
  const many = Array.from({ length: 802 }, (_, number) => `gone-${number}`).join()
  const done = await revoke({ 'key-id': many, 'dry-run': 'true' })
  expect(done.summary).toContain(': 802 keys not on the gateway.')
  expect(done.summary.match(/^\| `/gm)).toHaveLength(800)
  expect(done.summary).toContain('…and 2 more results.')
})
