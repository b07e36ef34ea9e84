// Prints the sizes that affect every use: the archive of HEAD, which a runner downloads, and the code in dist/. Exits
// with 1 if either is too large.
import { execFileSync } from 'node:child_process'
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'

const root = fileURLToPath(new URL('..', import.meta.url))
// .gitattributes keeps files that a runner does not need out of the archive.
const archive = execFileSync('git', ['archive', 'HEAD'], { cwd: root, maxBuffer: 1_000_000_000 })
const bundles = readdirSync(join(root, 'dist')).filter(name => name.endsWith('.js'))

/** @param {string} title @param {number} size in bytes @param {number} max */
function report(title, size, max) {
  const missed = size > max
  if (missed) process.exitCode = 1
  console.log(`${title}: ${(size / 1000).toFixed(1)} kB of ${max / 1000} kB${missed ? ', TOO LARGE' : ''}`)
}

report('git archive HEAD | gzip -9', gzipSync(archive, { level: 9 }).length, 75_000)
const codeSize = bundles.reduce((sum, name) => sum + statSync(join(root, 'dist', name)).size, 0)
report('all code in dist/', codeSize, 250_000)
