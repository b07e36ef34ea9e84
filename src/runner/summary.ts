import { messageOf } from '../errors.ts'
import type { Log } from '../log.ts'
import { printable } from '../text.ts'
import type { Core } from './log.ts'

/** A part of the job summary. @param sentence what happened, in Markdown */
export function section(heading: string, sentence: string): string {
  return `\n### ${heading}\n\n${sentence}\n`
}

/** A table of the job summary. Cells are Markdown: who gives them has checked or escaped what is in them. */
export function table(columns: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.join(' | ')} |`
  return ['', line(columns), line(columns.map(() => '---')), ...rows.map(line), ''].join('\n')
}

/** A part of the job summary that is folded. */
export function collapsible(heading: string, markdown: string): string {
  return `\n<details><summary>${heading}</summary>\n${markdown}\n</details>\n`
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

/** A gateway as a cell of the summary: linked if its address is known. */
export function gatewayCell({ id, url }: { id: string; url: string }): string {
  return url === '' ? code(id) : `[${url.slice('https://'.length)}](${url})`
}

/** `2024-07-12 15:34:59 UTC`, from a time in Pinata's form or milliseconds since 1970. */
export function readableTime(time: string | number): string {
  const date = new Date(time)
  return Number.isNaN(date.valueOf()) ? 'unknown' : `${date.toISOString().slice(0, 19).replace('T', ' ')} UTC`
}
