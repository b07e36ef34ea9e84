import { execFile } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll } from '@jest/globals'

const home = mkdtempSync(path.join(tmpdir(), 'clone-'))
afterAll(() => rmSync(home, { recursive: true, force: true, maxRetries: 5 }))

/** Creates what the demo needs of a fresh clone, in which nothing was installed. Returns its folder. */
export function makeClone(): string {
  const clone = mkdtempSync(path.join(home, 'clone-'))
  for (const name of ['emulator', 'dist', 'action.yml', 'preview', 'revoke', 'package.json'])
    cpSync(name, path.join(clone, name), { recursive: true })
  return clone
}

/** Runs a script from another folder, its output into a pipe. */
export function runNode(...args: string[]): Promise<{ exitCode: unknown; output: string }> {
  return new Promise(resolve => {
    execFile(process.execPath, args, { cwd: tmpdir() }, (error, stdout, stderr) =>
      resolve({ exitCode: error === null ? 0 : error.code, output: stdout + stderr }),
    )
  })
}
