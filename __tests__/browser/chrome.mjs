import { accessSync, constants } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const NAMES = ['google-chrome', 'google-chrome-stable', 'chromium', 'chromium-browser']

/**
 * The Chrome or Chromium of this machine: the one that `CHROME_BIN` names, or the first in `PATH`.
 *
 * @returns {string | undefined} its path
 */
export function chromePath() {
  if (process.env.CHROME_BIN) return process.env.CHROME_BIN
  const folders = (process.env.PATH ?? '').split(path.delimiter)
  const inPath = NAMES.flatMap(name => folders.map(folder => path.join(folder, name)))
  return inPath.find(isProgram)
}

/** @param {string} file */
function isProgram(file) {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

// For .ci/run, which installs a browser where there is none.
if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = chromePath() ? 0 : 1
