// Builds src/ into dist/, or into the folder given as an argument: with tsc into build/, because ncc can't use
// TypeScript 7, and then with ncc. (docs/development.md)
import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
// @ts-expect-error: ncc ships no types.
import ncc from '@vercel/ncc'

const root = fileURLToPath(new URL('..', import.meta.url))
const build = join(root, 'build')
const out = resolve(process.argv[2] ?? join(root, 'dist'))

for (const directory of [build, out]) rmSync(directory, { recursive: true, force: true })
execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc')], { cwd: root, stdio: 'inherit' })

// Copy each package next to the stubs, so that its imports find them before the packages that npm installed.
const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
for (const name of Object.keys(dependencies).map(name => join('node_modules', name))) {
  cpSync(join(root, name), join(build, name), { recursive: true })
  // Otherwise, ncc keeps unused modules.
  const description = join(build, name, 'package.json')
  const content = JSON.parse(readFileSync(description, 'utf8'))
  writeFileSync(description, JSON.stringify({ ...content, sideEffects: false }))
}
cpSync(join(root, 'stubs'), join(build, 'node_modules'), { recursive: true })

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
  const { code, assets } = await ncc(join(build, `${name}.js`), options)
  // ncc names the files that it splits off, so their names could change with any build.
  const parts = Object.keys(assets).filter(file => file.endsWith('.js'))
  if (parts.length > 0) throw new Error(`${name}.js needs other files: ${parts}`)
  writeFileSync(join(out, `${name}.js`), loadOnUse(code))
  // Only action.js contains code from other packages.
  if (name === 'action') writeFileSync(join(out, 'LICENSES.txt'), assets['LICENSES.txt'].source)
}
/**
 * Makes a bundle load each Node module, and the shared code, on first use instead of at startup. Some modules load
 * slowly, such as those for TLS, which a step does not need if it rejects its inputs.
 * @param {string} code
 */
function loadOnUse(code) {
  // Variables with a number in their names hold the same modules, in the form for `import * as`.
  const declaration =
    /^(?:const|var) (\w+_namespaceObject(?:_\d+)?) = ((?:require\("(?:[^."]|\.\/action\.js")|\/\*#__PURE__\*\/).*);$/gm
  const names = [...code.matchAll(declaration)].map(([, variable]) => variable)
  if (names.length === 0) return code
  const uses = new RegExp(`(?<!^const )\\b(?:${names.join('|')})\\b`, 'gm')
  // Add parentheses, because `new` would otherwise call the function.
  const onDemand = code.replace(declaration, 'const $1 = onFirstUse(() => $2);').replace(uses, '($&())')
  // Load each module only once, because a step uses some of them in every request.
  const bundle = `const onFirstUse = (load, loaded) => () => (loaded ??= load());\n${onDemand}`
  // V8 reads ASCII faster.
  return bundle.replace(/[^\0-\x7f]/g, character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

// Node reads the nearest package.json. Without this file, one in a parent folder could make the bundles ES modules.
writeFileSync(join(out, 'package.json'), '{ "type": "commonjs" }\n')
