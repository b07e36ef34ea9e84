import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll } from '@jest/globals'

const home = mkdtempSync(path.join(tmpdir(), 'throwaway-actions-'))
let made = 0
afterAll(() => rmSync(home, { recursive: true, force: true, maxRetries: 5 }))

// What a script of such an action can use without a require of its own.
const PRELUDE = `
const fs = require('node:fs')
const say = (...lines) => process.stdout.write(lines.map(line => line + '\\n').join(''))
const add = (file, text) => fs.appendFileSync(process.env['GITHUB_' + file], text)
`

export type ThrowawayAction = {
  /** The script of `runs.main`: CommonJS, with `say(...lines)` for stdout and `add('OUTPUT', text)` for GITHUB_OUTPUT. */
  main?: string
  /** Likewise for `runs.post`, which is left out of action.yml without it. */
  post?: string
  /** Lines under `inputs:`, each with its indentation of two spaces or more. */
  inputs?: string
}

/** Writes an action to a folder of its own, which is gone after the tests of this file. Returns the folder. */
export function writeAction({ main = '', post, inputs }: ThrowawayAction): string {
  const folder = path.join(home, `action-${made++}`)
  mkdirSync(folder)
  const metadata = ['name: Throw-away', 'description: For one test.']
  if (inputs) metadata.push('inputs:', inputs)
  metadata.push('runs:', '  using: node24', '  main: main.js')
  if (post !== undefined) metadata.push('  post: post.js')
  writeFileSync(path.join(folder, 'action.yml'), `${metadata.join('\n')}\n`)
  writeFileSync(path.join(folder, 'main.js'), PRELUDE + main)
  writeFileSync(path.join(folder, 'post.js'), PRELUDE + (post ?? ''))
  return folder
}
