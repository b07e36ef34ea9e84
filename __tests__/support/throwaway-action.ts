import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { tempFolder } from './temp-folder.ts'

const home = tempFolder('throwaway-actions')
let count = 0

// Functions that the scripts of these actions can use without require.
const PRELUDE = `
const fs = require('node:fs')
const print = (...lines) => process.stdout.write(lines.map(line => line + '\\n').join(''))
const add = (file, text) => fs.appendFileSync(process.env['GITHUB_' + file], text)
`

export type ThrowawayAction = {
  /** The CommonJS script for `runs.main`. `print(...lines)` prints; `add('OUTPUT', text)` appends to GITHUB_OUTPUT. */
  main?: string
  /** The script for `runs.post`. Without it, action.yml has no `runs.post`. */
  post?: string
  /** Lines under `inputs:`, indented by at least two spaces. */
  inputs?: string
}

/** Writes an action to its own folder, which is removed after the file's tests. Returns the folder. */
export function writeAction({ main = '', post, inputs = '' }: ThrowawayAction): string {
  const folder = path.join(home, `action-${count++}`)
  mkdirSync(folder)
  const runsPost = post === undefined ? '' : '  post: post.js\n'
  writeFileSync(path.join(folder, 'action.yml'), `inputs:\n${inputs}\nruns:\n  main: main.js\n${runsPost}`)
  writeFileSync(path.join(folder, 'main.js'), PRELUDE + main)
  writeFileSync(path.join(folder, 'post.js'), PRELUDE + (post ?? ''))
  return folder
}
