import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createLineCutter } from './commands.mjs'

/**
 * Starts a script with Node, and passes on each line of its stdout and stderr as it arrives.
 * ProcessInvoker.cs in https://github.com/actions/runner
 * @param {{ script: string, cwd: string, env: NodeJS.ProcessEnv, onLine: (line: string) => void,
 *   cancelAfterMs: { terminate: number, kill: number } }} options `env`: the whole environment
 */
export function startProcess({ script, cwd, env, cancelAfterMs, onLine }) {
  const child = spawn(process.execPath, [script], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
  const raw = collect(child.stdout)
  const stderr = collect(child.stderr)

  /** @param {import('node:stream').Readable} stream */
  function collect(stream) {
    const cutter = createLineCutter(onLine)
    const captured = { text: '' }
    stream.setEncoding('utf8').on('data', text => {
      captured.text += text
      cutter.write(text)
    })
    stream.on('close', cutter.end)
    return captured
  }

  /** Sends a signal later, without keeping this process alive. @param {NodeJS.Signals} signal @param {number} ms */
  const killAfter = (signal, ms) => setTimeout(() => child.kill(signal), ms).unref()

  return {
    child,
    ending: once(child, 'close').then(() => {
      return { exitCode: child.exitCode, signal: child.signalCode, raw: raw.text, stderr: stderr.text }
    }),
    /** Sends SIGINT, then SIGTERM, then SIGKILL. Returns false if the process has already ended. */
    interrupt() {
      if (child.exitCode !== null || child.signalCode !== null) return false
      child.kill('SIGINT')
      killAfter('SIGTERM', cancelAfterMs.terminate)
      killAfter('SIGKILL', cancelAfterMs.terminate + cancelAfterMs.kill)
      return true
    },
  }
}
