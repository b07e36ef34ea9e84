import { messageOf } from '../errors.ts'
import type { Log } from '../log.ts'
import { printable } from '../text.ts'
import type { Core } from './log.ts'

/** A table for the job summary. Cells are Markdown: who gives them has checked or escaped what is in them. */
export function table(heading: string, columns: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.join(' | ')} |`
  return ['', `### ${heading}`, '', line(columns), line(columns.map(() => '---')), ...rows.map(line), ''].join('\n')
}

/** A text as code in a cell. */
export function code(text: string): string {
  return `\`${text.replaceAll('`', "'").replaceAll('|', '\\|')}\``
}

/** Adds to the job summary. A summary that can't be written is no reason to fail. */
export async function addToSummary({ core, log }: { core: Core; log: Log }, markdown: string): Promise<void> {
  try {
    await core.summary.addRaw(markdown, true).write()
  } catch (error) {
    log.info(`There is no job summary: ${printable(messageOf(error))}`)
  }
}
