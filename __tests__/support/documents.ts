import { readFileSync } from 'node:fs'
import path from 'node:path'
import { ACTION } from './job.ts'

export const README = 'README.md'
export const REFERENCE = 'docs/reference.md'

export const read = (...names: string[]) => readFileSync(path.join(ACTION, ...names), 'utf8')

/** Returns a section of a document, without its heading. */
export function section(document: string, heading: string): string {
  const text = `${read(document)}\n## `.split(`\n## ${heading}\n`)[1]
  return text?.split('\n## ')[0] ?? ''
}

const cellsOf = (line: string) =>
  line
    .split('|')
    .slice(1, -1)
    .map(cell => cell.trim())

/** Returns the rows of the table with these columns, each as a list of cells. */
export function rows(text: string, columns: string[]): string[][] {
  const blocks = text.trim().split('\n\n')
  const tables = blocks.map(block => block.split('\n').map(cellsOf))
  return tables.find(([head]) => head?.join() === columns.join())?.slice(2) ?? []
}
