import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from '@jest/globals'
import { parse } from 'yaml'
import { ACTION } from '../support/job.ts'
import { EXAMPLES_DIRECTORY } from '../support/workflow.ts'

const read = (...names: string[]) => readFileSync(path.join(ACTION, ...names), 'utf8')
const readme = read('README.md')

interface Metadata {
  inputs: Record<string, { description: string; required?: boolean; default?: string }>
  outputs: Record<string, { description: string }>
}

/** The rows of the tables under a heading, each a list of its cells. */
function rows(heading: string, columns: number): string[][] {
  const section = readme.split(`\n### ${heading}\n`)[1]?.split('\n#')[0] ?? ''
  const lines = section.split('\n').filter(line => line.startsWith('| `'))
  return lines
    .map(line =>
      line
        .split('|')
        .slice(1, -1)
        .map(cell => cell.trim()),
    )
    .filter(cells => cells.length === columns)
}

test.each(readdirSync(EXAMPLES_DIRECTORY))('shows examples/%s as it is', name => {
  expect(readme).toContain(`<!-- examples/${name} -->\n\n\`\`\`yaml\n${read('examples', name).trimEnd()}\n\`\`\``)
})

test('shows no workflow that is not an example', () => {
  expect(readme.match(/```yaml/g)).toHaveLength(readdirSync(EXAMPLES_DIRECTORY).length)
})

test.each([
  ['`OWNER/pinata-gateway-key-action@v1`', 'action.yml'],
  ['`OWNER/pinata-gateway-key-action/revoke@v1`', 'revoke/action.yml'],
])('lists all inputs and outputs of %s', (heading, file) => {
  const { inputs, outputs }: Metadata = parse(read(file))
  const expected = Object.entries(inputs).map(([name, input]) => [
    `\`${name}\``,
    input.required ? 'required' : input.default === undefined ? '' : `\`${input.default}\``,
  ])
  expect(rows(heading, 3).map(([name, value]) => [name, value])).toEqual(expected)
  expect(rows(heading, 2).map(([name]) => name)).toEqual(Object.keys(outputs).map(name => `\`${name}\``))
})

test('every message that it explains is one that the action has', () => {
  const code = readdirSync(path.join(ACTION, 'src'), { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.ts'))
    .map(name => read('src', name))
    .join('\n')
    .replace(/\\'/g, "'")
  const table = readme.split('\n## Troubleshooting\n')[1]?.split('\n## ')[0] ?? ''
  const messages = [...table.matchAll(/^\| (.*?) \|/gm)].flatMap(([, cell = '']) =>
    [...cell.matchAll(/`([^`]+)`/g)].map(([, text]) => text),
  )
  expect(messages.length).toBeGreaterThan(10)
  for (const message of messages) expect(code).toContain(message)
})

test('links only to headings and files that are there', () => {
  const headings = [...readme.matchAll(/^#+ (.*)$/gm)].map(([, text = '']) =>
    text
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  )
  const links = [...readme.matchAll(/\]\(([^)]+)\)/g)]
    .map(([, target = '']) => target)
    .filter(target => !target.startsWith('https://'))
  for (const link of links) {
    if (link.startsWith('#')) expect(headings).toContain(link.slice(1))
    else expect(() => read(link)).not.toThrow()
  }
})
