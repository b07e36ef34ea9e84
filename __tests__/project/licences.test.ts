import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from '@jest/globals'
import { ACTION } from '../support/job.ts'

const read = (...names: string[]) => readFileSync(path.join(ACTION, ...names), 'utf8').replaceAll('\r\n', '\n')

const LICENCES = read('dist', 'LICENSES.txt')
const lock: { packages: Record<string, { link?: boolean; dev?: boolean; license?: string }> } = JSON.parse(
  read('package-lock.json'),
)

/** Whether a package is one of stubs/, which are code of ours. */
const isStub = (folder: string) => lock.packages[folder]?.link === true

/** The packages that the comments of the bundle name: all whose modules are ES modules, or are imported by one. */
const named = [...read('dist', 'action.js').matchAll(/^[; ]*\/\/ [A-Z ]+: \.\/(node_modules\/(?:@[^/]+\/)?[^/]+)\//gm)]
  .map(([, folder = '']) => folder)
  .filter(folder => !isStub(folder))

/** The packages that can be in the bundle: what is needed when the action runs. */
const needed = Object.entries(lock.packages)
  .filter(([folder, { dev }]) => folder.startsWith('node_modules/') && !dev && !isStub(folder))
  .map(([folder]) => folder)

test('the bundle holds nothing but what it needs', () => {
  expect(named).toContain('node_modules/@actions/core')
  expect(needed).toEqual(expect.arrayContaining(named))
})

test.each(needed)('the licence of %s is in dist/LICENSES.txt, in full', folder => {
  const { name, license } = JSON.parse(read(folder, 'package.json'))
  const file = readdirSync(path.join(ACTION, folder)).find(each => /^licen[cs]e/i.test(each)) ?? ''
  expect(LICENCES).toContain(`${name}\n${license}\n${read(folder, file).trim()}\n`)
})

test.each(needed)('the licence of %s asks for no more than that', folder => {
  expect(['MIT', 'ISC', '0BSD', 'BSD-2-Clause', 'BSD-3-Clause']).toContain(lock.packages[folder]?.license)
})
