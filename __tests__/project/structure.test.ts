import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from '@jest/globals'

const SRC = path.resolve('src')

/** From top to bottom: a file imports code and types only from its own layer or lower ones. Biome finds cycles. */
const LAYERS = [
  ['main.ts', 'origin.ts', 'revoke.ts', 'preview.ts', 'post.ts'],
  ['action.ts'],
  ['preview'],
  ['get', 'post', 'revoke'],
  ['state'],
  ['lost'],
  ['step'],
  ['inputs'],
  ['runner', 'names'],
  ['pinata', 'github'],
  ['http'],
  ['errors.ts', 'secret.ts', 'printable-text.ts'],
]
/** Folders that may not import each other, although their layers would allow it. */
const SEPARATE = [
  'get post',
  'get revoke',
  'post revoke',
  'names runner',
  'pinata github',
  'runner http',
  'runner pinata',
  'runner github',
]

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .map(file => file.replaceAll('\\', '/'))
  .filter(file => file.endsWith('.ts'))
const folderOf = (file: string) => file.split('/')[0] ?? ''
const layerOf = (file: string) => LAYERS.findIndex(layer => layer.includes(folderOf(file)))

/** Each import inside src/, as [file, imported file]. */
const imports = files.flatMap(file => {
  const code = readFileSync(path.join(SRC, file), 'utf8')
  const targets = [...code.matchAll(/(?:from|import\()\s*'(\.[^']+)'/g)].map(([, target = '']) => target)
  return targets.map(target => [file, path.posix.join(path.posix.dirname(file), target)] as [string, string])
})

test('imports nothing from a higher layer, or from a folder that must stay independent', () => {
  expect(files.filter(file => layerOf(file) === -1)).toEqual([])
  expect(imports).toContainEqual(['main.ts', 'action.ts'])
  const isWrong = ([file, target]: [string, string]) => {
    const [from, to] = [folderOf(file), folderOf(target)]
    return layerOf(target) < layerOf(file) || SEPARATE.includes(`${from} ${to}`) || SEPARATE.includes(`${to} ${from}`)
  }
  expect(imports.filter(isWrong)).toEqual([])
})

test('has at most nine files per folder and 250 lines per file', () => {
  const folders = files.map(file => path.posix.dirname(file))
  expect(folders.filter(folder => folders.filter(each => each === folder).length > 9)).toEqual([])
  const lines = (file: string) => readFileSync(path.join(SRC, file), 'utf8').split('\n').length - 1
  expect(files.filter(file => lines(file) > 250)).toEqual([])
})
