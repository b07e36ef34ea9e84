import { execFile } from 'node:child_process'
import { createRequire } from 'node:module'
import { promisify } from 'node:util'
import { expect, test } from '@jest/globals'
import { caller, send, start } from '../support/emulator-client.ts'
import { DEPLOYMENTS, githubCaller, startedGitHub } from '../support/github.ts'

const DAY = 86_400_000

/** How far a time is ahead of this machine's clock, give or take some seconds. */
function expectAhead(time: string | null | undefined, ms: number) {
  expect(Math.abs(Date.parse(time ?? '') - Date.now() - ms)).toBeLessThan(10_000)
}

test('Each answer has a Date by the true clock: of the API, of the gateway, of a fault', async () => {
  const pinata = await start()
  pinata.addGateway({ domain: 'fun-llama-300' })
  const [api, refused] = [await caller(pinata)('GET', '/gateways'), await send(pinata, 'GET', '/v3/gateways')]
  const read = await send(pinata, 'GET', '/ipfs/cid', { headers: { host: 'fun-llama-300.mypinata.cloud' } })
  pinata.fault({ kind: 'status', status: 503 })
  const fault = await caller(pinata)('GET', '/gateways')
  expect([api, refused, read, fault].map(({ status }) => status)).toEqual([200, 401, 403, 503])
  for (const { headers } of [api, refused, read, fault]) {
    expect(headers.date).toMatch(/^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$/)
    expectAhead(headers.date, 0)
  }
})

test('A fault may have another Date', async () => {
  const pinata = await start()
  const date = 'Wed, 21 Oct 2015 07:28:00 GMT'
  pinata.fault({ kind: 'status', status: 429, headers: { Date: date, 'X-RateLimit-Reset': '1445412480' } })
  expect((await caller(pinata)('GET', '/gateways')).headers).toMatchObject({ date, 'x-ratelimit-reset': '1445412480' })
})

test('Without a date, no answer has the header', async () => {
  const [pinata, github] = [await start({ date: false }), await startedGitHub({ date: false })]
  expect((await caller(pinata)('GET', '/gateways')).headers).not.toHaveProperty('date')
  pinata.fault({ kind: 'truncate', after: 0 })
  const cut = await fetch(`${pinata.apiUrl}/gateways`)
  expect(cut.headers.has('date')).toBe(false)
  await expect(cut.text()).rejects.toThrow()
  expect((await githubCaller(github)('GET', DEPLOYMENTS)).headers.has('date')).toBe(false)
})

test.each(['yesterday', '1720798499', ''])('A date that is the text %j is sent as it is', async date => {
  const [pinata, github] = [await start({ date, clockAheadMs: DAY }), await startedGitHub({ date })]
  const gateway = pinata.addGateway({ domain: 'fun-llama-300' })
  const { headers, json } = await caller(pinata)('POST', `/gateways/${gateway.id}/access_tokens`)
  const read = await send(pinata, 'GET', '/ipfs/cid', { headers: { host: 'fun-llama-300.mypinata.cloud' } })
  pinata.fault({ kind: 'status', status: 503 })
  const fault = await caller(pinata)('GET', '/gateways')
  const onGitHub = await githubCaller(github)('GET', DEPLOYMENTS)
  expect([headers.date, read.headers.date, fault.headers.date]).toEqual([date, date, date])
  expect(onGitHub.headers.get('date')).toBe(date)
  expectAhead(json.data.createdAt, DAY)
})

test.each([DAY, -DAY])('By a clock that is %d ms ahead Pinata answers and makes keys', async ahead => {
  const pinata = await start({ clockAheadMs: ahead })
  const gateway = pinata.addGateway({ keys: 1 })
  const { headers, json } = await caller(pinata)('POST', `/gateways/${gateway.id}/access_tokens`)
  const times = [headers.date, json.data.createdAt, gateway.keys[0]?.createdAt, gateway.createdAt]
  for (const time of times) expectAhead(time, ahead)
})

test.each([DAY, -DAY])(
  'By a clock that is %d ms ahead GitHub answers, makes deployments and resets limits',
  async ahead => {
    const github = await startedGitHub({ clockAheadMs: ahead })
    const { headers, json } = await githubCaller(github)('POST', DEPLOYMENTS, { ref: 'main' })
    for (const time of [headers.get('date'), json.created_at]) expectAhead(time, ahead)
    expectAhead(new Date(Number(headers.get('x-ratelimit-reset')) * 1000).toISOString(), ahead + 3_600_000)
  },
)

test('Date follows a clock that scripts/fast-time.cjs changes', async () => {
  const { environment } = createRequire(import.meta.url)('../../scripts/fast-time.cjs')
  const script = `
    const { startPinata } = await import(${JSON.stringify(new URL('../../emulator/pinata/pinata.mjs', import.meta.url))})
    const pinata = await startPinata()
    console.log((await fetch(pinata.apiUrl)).headers.get('date'))
    await pinata.close()`
  const env = { ...process.env, ...environment({ aheadMs: DAY }) }
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script], { env })
  expectAhead(stdout.trim(), DAY)
})
