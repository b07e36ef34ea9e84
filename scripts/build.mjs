// Makes dist/ from src/, or another folder that is named. tsc compiles into build/ first, because ncc's own loader needs
// TypeScript's JavaScript API, which TypeScript 7 does not have. Then ncc makes one bundle of all the code, action.js,
// and a small one of each entry, which loads it.
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

mkdirSync(out, { recursive: true })
for (const entry of ['action', 'main', 'post', 'revoke']) {
  const options = { cache: false, quiet: true, externals: ['./action.js'], license: 'LICENSES.txt' }
  const { code, assets } = await ncc(join(root, 'build', `${entry}.js`), options)
  writeFileSync(join(out, `${entry}.js`), code)
  // The licences of what is bundled; the entries bundle nothing of others.
  if (entry === 'action') writeFileSync(join(out, 'LICENSES.txt'), assets['LICENSES.txt'].source)
}
