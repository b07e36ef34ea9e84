import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { afterEach, expect, test } from '@jest/globals'
import { ACTION } from '../support/job.ts'
import { runKeyStep } from '../support/step.ts'
import { tempFolder } from '../support/temp-folder.ts'

const home = tempFolder('serve')
const running: number[] = []
afterEach(() => {
  for (const id of running.splice(0)) process.kill(id)
})

/** Starts the emulator as a step of a job would, and returns the step's outputs. */
function serve(...options: string[]): Record<string, string> {
  const file = path.join(home, String(Math.random()))
  const log = execFileSync(process.execPath, [path.join(ACTION, 'emulator', 'serve.mjs'), ...options], {
    env: { ...process.env, GITHUB_OUTPUT: file },
    encoding: 'utf8',
    stdio: 'pipe',
  })
  running.push(Number(/process (\d+)/.exec(log)?.[1]))
  const lines = readFileSync(file, 'utf8').trim().split('\n')
  const outputs = Object.fromEntries(lines.map(line => line.split(/=(.*)/s)))
  expect(log).toContain(`::add-mask::${outputs['pinata-jwt']}\n`)
  return outputs
}

const status = async (url = '', headers: Record<string, string> = {}) => (await fetch(url, { headers })).status

test('serves a gateway whose first access control cuts off other readers', async () => {
  const { 'gateway-url': gatewayUrl, 'content-url': contentUrl, ...inputs } = serve()
  expect(await status(contentUrl)).toBe(200)
  expect(await status(`${gatewayUrl}/ipfs/bafkreifzjut3te7nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e`)).toBe(403)
  expect((await runKeyStep({ ...inputs, 'first-control': 'fail' })).error).toMatch(/first-control is set to fail/)
  expect(await status(contentUrl)).toBe(200)
  const { outputs } = await runKeyStep({ ...inputs, 'first-control': 'allow' })
  expect(await status(contentUrl)).toBe(401)
  expect(await status(contentUrl, { 'x-pinata-gateway-token': String(outputs['gateway-key']) })).toBe(200)
})

test('serves a gateway with keys, and rejects invalid options', async () => {
  const { 'content-url': contentUrl } = serve('--keys', '1')
  expect(await status(contentUrl)).toBe(401)
  expect(() => serve('--gateways', '2')).toThrow(/Unknown option '--gateways'/)
  expect(() => serve('--keys', 'one')).toThrow(/Set --keys to a number/)
})
