// Runs one measured process as a runner does.
import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'

/**
 * Runs a process, and resolves when it ends. `ms` is its duration.
 * @param {string} program
 * @param {string[]} args
 * @param {Record<string, string>} env
 * @param {string} folder for the files that a runner would read afterward
 * @returns {Promise<{ exitCode: number, stdout: string, stderr: string, ms: number }>}
 */
export async function runProcess(program, args, env, folder) {
  const files = ['OUTPUT', 'STATE', 'STEP_SUMMARY'].map(name => [`GITHUB_${name}`, path.join(folder, name)])
  for (const [, file = ''] of files) writeFileSync(file, '')
  // Pass no other variables, because NODE_OPTIONS or a proxy would change the measurement.
  const { PATH, SystemRoot } = process.env
  const options = { env: { PATH, SystemRoot, ...Object.fromEntries(files), ...env }, maxBuffer: 2 ** 30 }
  const startedAt = performance.now()
  const { code = 0, stdout, stderr } = await promisify(execFile)(program, args, options).catch(error => error)
  return { exitCode: code, stdout, stderr, ms: performance.now() - startedAt }
}
