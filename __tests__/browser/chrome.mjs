import { existsSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const NAMES = ['google-chrome', 'google-chrome-stable', 'chromium', 'chromium-browser']

/** Returns the path of Chrome or Chromium: `CHROME_BIN`, or the first in `PATH`. @returns {string | undefined} */
export function chromePath() {
  const folders = (process.env.PATH ?? '').split(path.delimiter)
  const inPath = NAMES.flatMap(name => folders.map(folder => path.join(folder, name)))
  return process.env.CHROME_BIN || inPath.find(file => existsSync(file))
}

// For .ci/run, which installs a browser if this script finds no browser.
if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = chromePath() ? 0 : 1
