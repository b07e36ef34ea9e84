import { execFile } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { tempFolder } from './temp-folder.ts'

const home = tempFolder('clone')

/** Creates a fresh clone without installed packages, and changes files in its `dist/`. Returns its folder. */
export function makeClone(changes: Record<string, (code: string) => string> = {}): string {
  const clone = mkdtempSync(path.join(home, 'clone-'))
  for (const name of ['emulator', 'dist', 'action.yml', 'origin', 'preview', 'revoke', 'package.json'])
    cpSync(name, path.join(clone, name), { recursive: true })
  for (const [name, change] of Object.entries(changes)) {
    const file = path.join(clone, 'dist', name)
    writeFileSync(file, change(readFileSync(file, 'utf8')))
  }
  return clone
}

/** Returns a change for {@link makeClone} that runs this code first. */
export const runFirst = (code: string) => (rest: string) => `${code};\n${rest}`

/** Runs a script from another folder, with its output in a pipe. */
export async function runNode(...args: string[]): Promise<{ exitCode: number; output: string }> {
  const ended = promisify(execFile)(process.execPath, args, { cwd: tmpdir() }).catch(error => error)
  const { code: exitCode = 0, stdout, stderr } = await ended
  return { exitCode, output: stdout + stderr }
}
