import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { createLineCutter } from './commands.mjs'

/**
 * @typedef {import('node:child_process').ChildProcess} ChildProcess
 * @typedef {{ exitCode: number | null, signal: NodeJS.Signals | null, raw: string, stderr: string }} Ending raw: stdout
 */

/**
 * Starts a script with Node, and passes on the lines of its stdout and stderr as they arrive.
 * ProcessInvoker.cs in https://github.com/actions/runner
 * @param {object} how
 * @param {string} how.script
 * @param {string} how.cwd
 * @param {NodeJS.ProcessEnv} how.env the whole environment
 * @param {{ terminate: number, kill: number }} how.cancelAfterMs
 * @param {(line: string) => void} how.onLine
 * @returns {{ child: ChildProcess, ending: Promise<Ending>, interrupt: () => boolean }} interrupt: SIGINT, then SIGTERM,
 *   then SIGKILL; false if the process has ended already
 */
export function startProcess({ script, cwd, env, cancelAfterMs, onLine }) {
  const child = spawn(process.execPath, [script], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
  const raw = collect(child.stdout)
  const stderr = collect(child.stderr)
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null

  /** @param {import('node:stream').Readable} stream */
  function collect(stream) {
    const cutter = createLineCutter(onLine)
    const got = { text: '' }
    stream.setEncoding('utf8').on('data', text => {
      got.text += text
      cutter.write(text)
    })
    stream.on('close', cutter.end)
    return got
  }

  async function end() {
    await once(child, 'close')
    return { exitCode: child.exitCode, signal: child.signalCode, raw: raw.text, stderr: stderr.text }
  }

  async function signal() {
    const gone = new AbortController()
    child.once('exit', () => gone.abort())
    child.kill('SIGINT')
    await sleep(cancelAfterMs.terminate, undefined, gone)
    child.kill('SIGTERM')
    await sleep(cancelAfterMs.kill, undefined, gone)
    child.kill('SIGKILL')
  }

  return {
    child,
    ending: end(),
    interrupt() {
      if (hasEnded()) return false
      // Rejects when the process ends in time.
      signal().catch(() => {})
      return true
    },
  }
}
