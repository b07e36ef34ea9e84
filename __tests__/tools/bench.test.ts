import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from '@jest/globals'

test('measures each case, and compares it with its goal', async () => {
  const args = ['scripts/bench.mjs', '--runs', '1', '--node', process.execPath]
  // The script fails if a goal is missed, which can happen if a busy machine runs only one round.
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args).catch(error => error)
  expect(stderr).toBe('')
  expect(stdout).toMatch(/^\| create a key, 30 ms away \| [\d.]+ \| [\d.]+ \| node:https, 30 ms away \| 1.05 \| /m)
  expect(stdout).toMatch(/^\| post step of a successful job, .* \| (met|MISSED) \|$/m)
})
