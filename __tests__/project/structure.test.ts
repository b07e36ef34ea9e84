import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from '@jest/globals'

const SRC = path.resolve('src')
const MAX_LINES = 250
const MAX_FILES = 9

/** From top to bottom: a file imports from its own layer or from those below, types included. Biome finds cycles. */
const LAYERS = [
  ['main.ts', 'origin.ts', 'revoke.ts', 'preview.ts', 'post.ts'],
  ['action.ts'],
  ['preview'],
  ['get', 'post'],
  ['revoke'],
  ['state'],
  ['lost'],
  ['step'],
  ['inputs'],
  ['runner', 'names'],
  ['pinata', 'github'],
  ['http'],
  ['errors.ts', 'secret.ts', 'text.ts'],
]

/** These know nothing of each other, and of no layer between them. */
const APART = [
  ['names', 'runner'],
  ['pinata', 'github'],
  ['runner', 'http'],
  ['runner', 'pinata'],
  ['runner', 'github'],
]

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .map(file => file.replaceAll('\\', '/'))
  .filter(file => file.endsWith('.ts'))

const folderOf = (file: string) => file.split('/')[0] ?? ''
const layerOf = (file: string) => LAYERS.findIndex(layer => layer.includes(folderOf(file)))

/** Each import inside src/, as [file, imported file]. */
function imports(): [string, string][] {
  return files.flatMap(file => {
    const code = readFileSync(path.join(SRC, file), 'utf8')
    const targets = [...code.matchAll(/(?:from|import\()\s*'(\.[^']+)'/g)].map(([, target = '']) => target)
    return targets.map(target => [file, path.posix.join(path.posix.dirname(file), target)] as [string, string])
  })
}

test('gives each file of src/ a layer', () => {
  expect(files.filter(file => layerOf(file) === -1)).toEqual([])
})

test('finds the imports', () => {
  expect(imports()).toContainEqual(['main.ts', 'action.ts'])
  expect(imports().length).toBeGreaterThan(files.length)
})

test('imports nothing from a layer above', () => {
  expect(imports().filter(([file, target]) => layerOf(target) < layerOf(file))).toEqual([])
})

test('keeps apart what must not know of each other', () => {
  const isApart = (a: string, b: string) =>
    APART.some(pair => pair.includes(folderOf(a)) && pair.includes(folderOf(b)) && folderOf(a) !== folderOf(b))
  expect(imports().filter(([file, target]) => isApart(file, target))).toEqual([])
})

test(`has at most ${MAX_FILES} files in a folder`, () => {
  const folders = files.map(file => path.posix.dirname(file))
  const crowded = folders.filter(folder => folders.filter(each => each === folder).length > MAX_FILES)
  expect(crowded).toEqual([])
})

test(`has no file above ${MAX_LINES} lines`, () => {
  const lines = (file: string) => readFileSync(path.join(SRC, file), 'utf8').split('\n').length - 1
  expect(files.filter(file => lines(file) > MAX_LINES)).toEqual([])
})
