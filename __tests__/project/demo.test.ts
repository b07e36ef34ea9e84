import path from 'node:path'
import { expect, test } from '@jest/globals'
import { makeClone, runNode } from '../support/demo.ts'

test.each([
  [[], ['Warning: Key', "Skip output 'gateway-key' since it may contain secret."]],
  [['preview'], ['▼ Run ./preview (origin: https://pr-7.example.com', '▼ Run ./revoke (expired: true)']],
])('passes in a fresh clone with the arguments %j', async (args, shown) => {
  const { exitCode, output } = await runNode(path.join(makeClone(), 'emulator/demo.mjs'), ...args)
  expect(output).toMatch(/\nAll \d\d checks passed in [\d.]+ seconds\.\n$/)
  for (const text of shown) expect(output).toContain(text)
  expect(output).not.toContain('\x1b')
  for (const line of output.split('\n')) expect(line.length).toBeLessThanOrEqual(100)
  expect(exitCode).toBe(0)
})
