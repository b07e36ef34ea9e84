import { readdirSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from '@jest/globals'
import { read } from '../support/documents.ts'
import { ACTION } from '../support/job.ts'

const LICENSES = read('dist', 'LICENSES.txt')
const lock: { packages: Record<string, { dev?: boolean; license?: string; dependencies?: Record<string, string> }> } =
  JSON.parse(read('package-lock.json'))

const replaced = readdirSync(path.join(ACTION, 'stubs'), { recursive: true, encoding: 'utf8' })
  .filter(file => path.basename(file) === 'index.js')
  .map(file => `node_modules/${file.replaceAll('\\', '/')}`)

const bundled = Object.keys(lock.packages['']?.dependencies ?? {}).map(name => `node_modules/${name}`)
const installed = Object.keys(lock.packages).filter(folder => folder && !lock.packages[folder]?.dev)

test('bundles one module from each stub, and otherwise only the used modules of the dependencies', () => {
  const code = read('dist', 'action.js')
  expect(code).not.toMatch(/getExecOutput|ACTIONS_ID_TOKEN_REQUEST_URL/)
  const modules = [...code.matchAll(/^;?\/\/ .*MODULE: \.\/build\/(node_modules\/.*)$/gm)]
  const others = modules.map(([, file = '']) => file).filter(file => !bundled.some(each => file.startsWith(`${each}/`)))
  expect(others.sort()).toEqual(replaced.sort())
})

test('bundles no other package', () => {
  // ncc lists the license of every bundled package, even of CommonJS modules, which have no comment in the bundle.
  const others = installed.filter(folder => !bundled.includes(folder)).map(name => name.replace('node_modules/', ''))
  expect(LICENSES.split('\n').filter(line => others.includes(line))).toEqual([])
})

test.each(bundled)('includes the full, permissive license of %s in dist/LICENSES.txt', folder => {
  const { name, license } = JSON.parse(read(folder, 'package.json'))
  const file = readdirSync(path.join(ACTION, folder)).find(each => /^licen[cs]e/i.test(each)) ?? ''
  expect(LICENSES).toContain(`${name}\n${license}\n${read(folder, file).trim()}\n`)
  expect(['MIT', 'ISC', '0BSD', 'BSD-2-Clause', 'BSD-3-Clause']).toContain(license)
})
