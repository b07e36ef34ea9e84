import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, expect, test } from '@jest/globals'
import { ACTION } from '../support/job.ts'

const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
})

/** Returns what markdownlint reports about a text, with this rule only. */
function lint(text: string): string[] {
  const folder = mkdtempSync(path.join(tmpdir(), 'markdown-'))
  folders.push(folder)
  const rule = path.join(ACTION, 'scripts/table-line-length.mjs')
  const config = { customRules: [rule], config: { default: false, 'table-line-length': { line_length: 20 } } }
  writeFileSync(path.join(folder, '.markdownlint-cli2.jsonc'), JSON.stringify(config))
  writeFileSync(path.join(folder, 'page.md'), text)
  const cli = path.join(ACTION, 'node_modules/markdownlint-cli2/markdownlint-cli2-bin.mjs')
  const { stderr } = spawnSync(process.execPath, [cli, 'page.md'], { cwd: folder, encoding: 'utf8' })
  return stderr.trim().split('\n').filter(Boolean)
}

test('reports each line of a table that is too long, and no other line', () => {
  const row = (cell: string, width = 16) => `| ${cell.padEnd(width)} |`
  const lines = [
    'A text of more than 20 characters',
    '',
    row('Head'),
    row('-'.repeat(16)),
    row('fits'),
    row('long', 17),
  ]
  const list = ['', '- A list', '', ...[row('Head', 14), row('-'.repeat(14), 14), row('long')].map(line => `  ${line}`)]
  expect(lint([...lines, ...list, ''].join('\n'))).toEqual([
    'page.md:6 error table-line-length Line length of tables [Expected: 20; Actual: 21]',
    'page.md:12 error table-line-length Line length of tables [Expected: 20; Actual: 22]',
  ])
})
