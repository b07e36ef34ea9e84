// What the demos share of running steps.
import { fileURLToPath } from 'node:url'

/** The folder of action.yml. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url))
/** For a broken dist/ that hangs. */
export const STEP_TIMEOUT_MS = 30_000

/** @param {import('../runner/runner.mjs').StepResult | undefined} step */
export const green = step => step?.outcome === 'success' && step.exitCode === 0

/** What GitHub shows of a step, line by line, without its inputs. @param {import('../runner/runner.mjs').StepResult} step */
export function withoutInputs({ log }) {
  const [title = '', ...lines] = log.split('\n')
  const body = lines.findIndex(line => line !== 'with:' && !line.startsWith('  '))
  return [`${title} …`, ...lines.slice(body)]
}
