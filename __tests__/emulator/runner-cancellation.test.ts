import { expect, it } from '@jest/globals'
import { startJob } from '../../emulator/runner/runner.mjs'
import { writeAction } from '../support/throwaway-action.ts'

// In a separate file, so that other tests run in parallel, because this test takes ten seconds.
// Node can't send Ctrl+C on Windows.
const itOnPosix = process.platform === 'win32' ? it.skip : it.concurrent

itOnPosix('waits 7.5 seconds after SIGINT and 2.5 seconds after SIGTERM', async () => {
  const printed: [signal: string, at: number][] = []
  const main = `
    for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => print(signal))
    setInterval(() => {}, 1000)
    print('ready')`
  const job = startJob()
  const { signal } = await job.step({
    action: writeAction({ main }),
    onStart: child =>
      child.stdout?.on('data', text => {
        printed.push([String(text).trim(), performance.now()])
        if (printed.length === 1) job.cancel()
      }),
  })
  const ended = performance.now()
  await job.end()

  expect([...printed.map(([name]) => name), signal]).toEqual(['ready', 'SIGINT', 'SIGTERM', 'SIGKILL'])
  const [, atInterrupt = 0, atTerminate = 0] = printed.map(([, at]) => at)
  expect(Math.abs(atTerminate - atInterrupt - 7500)).toBeLessThan(500)
  expect(Math.abs(ended - atTerminate - 2500)).toBeLessThan(500)
})
