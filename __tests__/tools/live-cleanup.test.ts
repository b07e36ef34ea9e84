import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from '@jest/globals'
import { findLeaks } from '../../emulator/runner/runner.mjs'
import { onPosix } from '../support/job.ts'
import { controlsOf, livePinata, runAgainst, startScript } from '../support/live.ts'

onPosix.each<[NodeJS.Signals, number, string, string, number]>([
  ['SIGINT', 130, 'the first key', '/access_tokens', 1],
  // Origins 1 to 3 belong to earlier scenarios.
  ['SIGTERM', 143, 'an origin with the action', '/hosts', 4],
])('cleans up after %s (exit code %i) while it adds %s', async (signal, code, _name, ending, times) => {
  let left = times
  let signalledAt = 0
  const live = await livePinata({}, (moment, { method, path }) => {
    if (moment !== 'applied' || method !== 'POST' || !path.endsWith(ending) || --left > 0) return
    signalledAt = performance.now()
    for (let count = 0; count < 2; count++) child.kill(signal)
  })
  // The action sends the fourth request to add an origin, and would wait for the response.
  live.pinata.fault({ kind: 'hang', when: 'after', method: 'POST', path: '/hosts', skip: 3 })
  const { child, ended } = startScript(live)
  const [exitCode, output] = await ended
  expect(performance.now() - signalledAt).toBeLessThan(15_000)
  expect(left).toBeLessThanOrEqual(0)
  expect(output).toContain(`${signal}: removing what was added.`)
  expect(output).toContain('The gateway was restored')
  expect([exitCode, controlsOf(live.gateway)]).toEqual([code, live.before])
  expect(findLeaks(output, [...live.secrets])).toEqual([])
})

const LOST = { kind: 'reset', when: 'after', method: 'POST' } as const

test('restores the gateway and runs the other scenarios after a lost response', async () => {
  const live = await livePinata()
  live.pinata.fault({ ...LOST, path: '/hosts' })
  const { exitCode, output, after } = await runAgainst(live)
  expect(output).toMatch(/DIFFERENT {2}an error\n +live: +.*(hang up|ECONNRESET)\n +emulator: nothing\n/)
  expect(output).toContain('same       revoke by name: success')
  expect(output).toContain('The gateway was restored')
  expect([exitCode, after]).toEqual([1, live.before])
})

test('names what it could not remove: an origin by its value, and a new key whose ID it did not receive', async () => {
  const live = await livePinata()
  live.pinata.fault({ kind: 'status', status: 500, method: 'DELETE', path: '/hosts/', times: Infinity })
  live.pinata.fault({ ...LOST, path: '/access_tokens' })
  const { exitCode, output, after } = await runAgainst(live, { env: { WAIT_SECONDS: '1' } })
  expect(output).toContain('The gateway was not restored:\n')
  expect(output).toMatch(/\nCould not remove origin https:\/\/page\.live-\w+\.example\.com\.\n/)
  const [left, ...others] = after.keys.slice(live.before.keys.length)
  expect([exitCode, others]).toEqual([1, []])
  expect(output).toContain(`During this run, key ${left?.id} appeared`)
})

onPosix('stays below the rate limit, and can be stopped while it waits', async () => {
  const live = await livePinata()
  const { child, ended } = startScript(live, { REQUESTS_PER_MINUTE: '60' })
  await sleep(4000)
  expect(live.pinata.requests.length).toBeLessThanOrEqual(4)
  child.kill('SIGINT')
  expect((await ended)[0]).toBe(130)
})
