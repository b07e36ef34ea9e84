import { expect, test } from '@jest/globals'
import { startForbiddenServer } from '../support/network.ts'
import { ALWAYS, pinataWithGateway, requestsOf } from '../support/step.ts'

test.each([301, 302, 303, 307, 308])('does not follow a redirect with status %d in any step', async status => {
  const { pinata, gateway, run, revoke, post } = await pinataWithGateway(1)
  const other = await startForbiddenServer()
  const main = await run({ revoke: 'after-job' })
  pinata.requests.length = 0
  pinata.fault({ kind: 'redirect', to: other.url, status, ...ALWAYS })
  expect((await run()).error).toContain(`HTTP ${status}`)
  expect(requestsOf(pinata)).toEqual(['GET gateways'])
  const given = { 'key-id': gateway.keys[0]?.id ?? '' }
  for (const { error } of [await run(given), await revoke(given)]) expect(error).toMatch(/redirect/)
  expect((await post(main, 'success'))?.warnings.join()).toMatch(/redirect/)
  expect(other.requests).toEqual([])
})
