import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from '@jest/globals'
import { parse } from 'yaml'
import { ACTION } from '../support/job.ts'
import { cases } from './cases.mjs'
import { anchorOf, pageOf } from './page.mjs'
import { nameOf } from './run.mjs'
import { EXPECTED } from './table.ts'

const page = readFileSync(path.join(ACTION, 'docs', 'errors.md'), 'utf8')

test.each([
  ['get', 'action.yml'],
  ['origin', 'origin/action.yml'],
  ['revoke', 'revoke/action.yml'],
])('each input of the action %s has rows in the table', (action, file) => {
  const { inputs } = parse(readFileSync(path.join(ACTION, file), 'utf8')) as { inputs: object }
  const covered = cases.filter(one => one.action === action).map(({ section }) => section)
  expect(Object.keys(inputs).filter(name => !covered.some(section => section.startsWith(`\`${name}\``)))).toEqual([])
})

test('each row has a name of its own, and says what the action says', () => {
  expect(Object.keys(EXPECTED)).toEqual(cases.map(nameOf))
})

test('docs/errors.md is made of the table. If this fails and the change is meant, run npm run docs', () => {
  expect(page).toBe(pageOf(cases, EXPECTED))
})

test('each heading of docs/errors.md has an anchor of its own', () => {
  const anchors = [...page.matchAll(/^#+ (.*)$/gm)].map(([, text = '']) => anchorOf(text.replace(/\\(?=\W)/g, '')))
  expect(anchors.filter((anchor, index) => anchors.indexOf(anchor) !== index)).toEqual([])
})

test('docs/errors.md tells nothing of the cases in which it was made', () => {
  const messages = [...page.matchAll(/^(?:###|>) (.*)$/gm)].map(([, text]) => text)
  const ids = /[\da-f]{8}-[\da-f]{4}-|\d{7}|127\.0\.0\.1|request ID|octo-|\bpr-[68]\b/
  expect(messages.filter(message => ids.test(String(message)))).toEqual([])
})
