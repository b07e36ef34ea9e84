import { ActionError, messageOf } from '../errors.ts'
import { type Log, oneLine } from '../printable-text.ts'
import { type Core, core, logTo } from './log.ts'
import { Masks } from './masks.ts'
import { addToSummary, code, section } from './summary.ts'

export interface Runner {
  core: Core
  masks: Masks
  log: Log
  env: NodeJS.ProcessEnv
  /** Aborts on any signal. Runners send SIGINT, send SIGTERM after 7.5 seconds, and kill the step after 10 seconds. */
  stopped: AbortSignal
}

/** Runs a step. Reports a failure as an error or, if `leftovers` (which starts with a space) is set, as a warning. */
export async function run(work: (runner: Runner) => Promise<void>, title: string, leftovers?: string): Promise<void> {
  const masks = new Masks(core.setSecret)
  const log = logTo(core, masks, title)
  const stop = new AbortController()
  // The runner sends the first two signals. The others mark the end of a terminal or service session, even on Windows.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGBREAK'] as const) process.on(signal, () => stop.abort())
  // If the log no longer has a reader, the runner has died. The step must clean up, and must not create anything.
  process.stdout.on('error', () => stop.abort())
  const runner = { core, masks, log, env: process.env, stopped: stop.signal }
  const thrown = await new Promise<unknown>(end => {
    process.on('uncaughtException', end)
    // The event loop is empty, so the work can't finish.
    process.on('beforeExit', () => {
      const what = `The step ended before it finished its work. Last request: ${log.lastRequest}.`
      end(new ActionError(`${what}${leftovers ?? ''} Please report this as an issue with this action.`))
    })
    work(runner).then(() => end(undefined), end)
  })
  log.close()
  if (thrown !== undefined) report(thrown, log, leftovers)
  // The job summary repeats the warnings, because they show what may need manual cleanup and how to do it.
  const warnings = log.warnings.map(each => `- ${code(each)}`).join('\n')
  if (warnings !== '') addToSummary(runner, section(`${title}: warnings`, warnings))
  // Wait until the log is written (the runner may be slow to read it). Then let the process end on its own, because
  // Node 24 can hang in `process.exit()` while V8 compiles. Call it only if the process is still running after 500 ms.
  process.stdout.write('', () => setTimeout(() => process.exit(), 500).unref())
}

function report(thrown: unknown, log: ReturnType<typeof logTo>, leftovers: string | undefined) {
  const print = leftovers === undefined ? log.error : log.warning
  process.exitCode = leftovers === undefined ? 1 : 0
  if (thrown instanceof ActionError) return print(thrown.message)
  if (thrown instanceof Error && thrown.stack !== undefined) log.debug(thrown.stack)
  const advice = 'Please run the job again with debug logging, and report this as an issue with this action.'
  print(`Unexpected error: ${oneLine(messageOf(thrown))}.${leftovers ?? ''} ${advice}`)
}
