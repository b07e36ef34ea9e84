import { expect, test } from '@jest/globals'
import { DAY_MS, MINUTE_MS } from '../support/records.ts'
import { pinataWithGateway, requestsOf } from '../support/step.ts'

/** A time in Pinata's form. */
const at = (agoMs: number) => `${new Date(Date.now() - agoMs).toISOString().slice(0, -1)}000000Z`

test("selects keys by Pinata's createdAt, and reports why it skips others", async () => {
  const { pinata, gateway, revoke } = await pinataWithGateway(4)
  const [old, young, exact, unknown] = gateway.keys
  if (!old || !young || !exact || !unknown) throw new Error('The gateway has four keys.')
  old.createdAt = at(14 * DAY_MS + MINUTE_MS)
  young.createdAt = at(14 * DAY_MS - MINUTE_MS)
  exact.createdAt = at(0)
  unknown.createdAt = ''
  const done = await revoke({ 'older-than': '14d' })
  expect(done.error).toBeUndefined()
  expect(done.outputs).toEqual({ 'revoked-key-ids': old.id, 'revoked-count': '1', 'removed-origins': '' })
  expect(gateway.keys).toEqual([young, exact, unknown])
  expect(done.info).toEqual([
    `Key ${old.id}: revoked.`,
    `Key ${young.id}: not selected, because it is not older than 14d.`,
    `Key ${exact.id}: not selected, because it is not older than 14d.`,
    `Key ${unknown.id}: not selected, because Pinata returned no usable time of its creation.`,
    '1 key of gateway fun-llama-300.mypinata.cloud revoked, 3 keys not selected.',
  ])
  expect(requestsOf(pinata)).toEqual(['GET gateways', 'DELETE access_tokens', 'GET gateways'])
})

test("measures ages by Pinata's clock, however wrong the runner's is", async () => {
  const { pinata, gateway, revoke } = await pinataWithGateway(2)
  const run = (aheadMs: number) => revoke({ 'older-than': '7d' }, { aheadMs })
  expect((await run(40 * DAY_MS)).outputs['revoked-count']).toBe('0')
  pinata.passTime(8 * DAY_MS)
  expect((await run(-40 * DAY_MS)).outputs['revoked-count']).toBe('2')
  expect(gateway.keys).toEqual([])
})

test("revokes nothing without a date in Pinata's response", async () => {
  const { gateway, revoke } = await pinataWithGateway(2, { date: false })
  for (const key of gateway.keys) key.createdAt = at(9 * DAY_MS)
  expect((await revoke({ 'older-than': '7d' })).error).toBe(
    "Nothing was revoked: Pinata's response has no usable date, and ages are measured by it. Check api-url, and whether a proxy responds instead of Pinata.",
  )
  expect(gateway.keys).toHaveLength(2)
})
