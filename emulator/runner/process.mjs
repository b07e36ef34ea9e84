import { spawn } from 'node:child_process'
import { createLineCutter } from './commands.mjs'

/**
 * @typedef {import('node:child_process').ChildProcess} ChildProcess
 * @typedef {{ exitCode: number | null, signal: NodeJS.Signals | null, raw: string, stderr: string }} Ending raw: stdout
 */

// How long the runner waits for the output of a process that is gone but left its stdout to another one.
const STREAM_GRACE_MS = 5000

/**
 * Starts a script with Node, and passes on the lines of its stdout and stderr as they arrive.
 * ProcessInvoker.cs in https://github.com/actions/runner
 * @param {object} how
 * @param {string} how.script
 * @param {string} how.cwd
 * @param {Record<string, string>} how.env the whole environment
 * @param {{ terminate: number, kill: number }} how.cancelAfterMs
 * @param {(line: string) => void} how.onLine
 * @returns {{ child: ChildProcess, ending: Promise<Ending>, interrupt: () => boolean }} interrupt: SIGINT, then SIGTERM,
 *   then SIGKILL; false if the process has ended already
 */
export function startProcess({ script, cwd, env, cancelAfterMs, onLine }) {
  const child = spawn(process.execPath, [script], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
  const raw = collect(child.stdout)
  const stderr = collect(child.stderr)
  const closed = new Promise(resolve => child.once('close', resolve))
  const exited = new Promise((resolve, reject) => {
    child.once('exit', resolve)
    child.once('error', reject)
  })

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
    await exited
    if (!(await within(STREAM_GRACE_MS, closed))) {
      child.stdout.destroy()
      child.stderr.destroy()
      await closed
    }
    return { exitCode: child.exitCode, signal: child.signalCode, raw: raw.text, stderr: stderr.text }
  }

  async function signal() {
    child.kill('SIGINT')
    if (await within(cancelAfterMs.terminate, exited)) return
    child.kill('SIGTERM')
    if (await within(cancelAfterMs.kill, exited)) return
    child.kill('SIGKILL')
  }

  return {
    child,
    ending: end(),
    interrupt() {
      if (child.exitCode !== null || child.signalCode !== null) return false
      void signal()
      return true
    },
  }
}

/** @param {number} ms @param {Promise<unknown>} event @returns {Promise<boolean>} whether it happened within that time */
async function within(ms, event) {
  /** @type {NodeJS.Timeout | undefined} */
  let timer
  const late = new Promise(resolve => {
    timer = setTimeout(resolve, ms, false)
  })
  const happened = await Promise.race([event.then(() => true), late])
  clearTimeout(timer)
  return happened === true
}
