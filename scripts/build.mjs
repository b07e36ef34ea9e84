// Makes dist/ from src/, or another folder that is named. tsc compiles into build/ first, because ncc's own loader needs
// TypeScript's JavaScript API, which TypeScript 7 does not have. Then ncc makes a bundle of each entry, one of what
// they share, action.js, and one of what only named keys need, names.js.
import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
// @ts-expect-error: ncc ships no types.
import ncc from '@vercel/ncc'

const root = fileURLToPath(new URL('..', import.meta.url))
const out = resolve(process.argv[2] ?? join(root, 'dist'))

for (const directory of [join(root, 'build'), out]) rmSync(directory, { recursive: true, force: true })
execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc')], { cwd: root, stdio: 'inherit' })

// Bundles load each other as files of dist/.
const bundles = ['action', 'names', 'main', 'post', 'revoke']
const files = Object.fromEntries(bundles.map(name => [`./${name}.js`, `./${name}.js`]))
// What a bundle with code of its own shares with action.js it takes from there, so that both have the same classes.
const shared = ['errors', 'explain', 'http', 'inputs', 'report', 'retry', 'step', 'text']
const fromAction = Object.fromEntries(shared.map(name => [`./${name}.js`, './action.js']))
/** @type {Record<string, object>} */
const externals = { names: fromAction, revoke: fromAction }

mkdirSync(out, { recursive: true })
for (const bundle of bundles) {
  const options = {
    cache: false,
    quiet: true,
    externals: externals[bundle] ?? files,
    license: 'LICENSES.txt',
  }
  const { code, assets } = await ncc(join(root, 'build', `${bundle}.js`), options)
  writeFileSync(join(out, `${bundle}.js`), code)
  // The licences of what is bundled; the other bundles hold nothing of others.
  if (bundle === 'action') writeFileSync(join(out, 'LICENSES.txt'), assets['LICENSES.txt'].source)
}
