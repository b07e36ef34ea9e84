// Makes dist/ from src/, or another folder that is named. tsc compiles into build/ first, because ncc's own loader needs
// TypeScript's JavaScript API, which TypeScript 7 does not have. Then ncc makes a bundle of each file that an action.yml
// starts, and one of what they share, action.js.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
// @ts-expect-error: ncc ships no types.
import ncc from '@vercel/ncc'

const root = fileURLToPath(new URL('..', import.meta.url))
const out = resolve(process.argv[2] ?? join(root, 'dist'))

for (const directory of [join(root, 'build'), out]) rmSync(directory, { recursive: true, force: true })
execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc')], { cwd: root, stdio: 'inherit' })

const actions = ['.', ...readdirSync(root)]
  .map(folder => join(root, folder, 'action.yml'))
  .filter(file => existsSync(file))
const entries = actions.flatMap(file => {
  const text = readFileSync(file, 'utf8')
  return [...text.matchAll(/^ +(?:main|pre|post): (?:\.\.\/)?dist\/(\w+)\.js$/gm)].map(([, name]) => String(name))
})
const externals = { './action.js': './action.js' }

mkdirSync(out, { recursive: true })
for (const name of new Set(['action', ...entries])) {
  const options = { cache: false, quiet: true, externals: name === 'action' ? {} : externals, license: 'LICENSES.txt' }
  const { code, assets } = await ncc(join(root, 'build', `${name}.js`), options)
  // A part that is loaded later would be a file of its own, with a name that ncc gives it.
  const parts = Object.keys(assets).filter(file => file.endsWith('.js'))
  if (parts.length > 0) throw new Error(`${name}.js needs other files: ${parts}`)
  writeFileSync(join(out, `${name}.js`), code)
  // The licences of what is bundled; the entries hold nothing of others.
  if (name === 'action') writeFileSync(join(out, 'LICENSES.txt'), assets['LICENSES.txt'].source)
}
// Node reads the nearest package.json. Without this one, a folder above the action could make these files ES modules.
writeFileSync(join(out, 'package.json'), '{ "type": "commonjs" }\n')
