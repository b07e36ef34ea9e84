import path from 'node:path'
import { expect, test } from '@jest/globals'
import { runNode } from '../support/demo.ts'

test('measures each case, and compares it with its goal', async () => {
  // The script fails if a goal is missed, which can happen if a busy machine runs only one round.
  const { output } = await runNode(path.resolve('scripts/bench.mjs'), '--runs', '1')
  expect(output).toMatch(/^\| create a key, 30 ms away \| [\d.]+ \| [\d.]+ \| node:https, 30 ms away \| 1.05 \| /m)
  expect(output).toMatch(/^\| post step of a successful job, .* \| (met|MISSED) \|$/m)
})
