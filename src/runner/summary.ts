import { appendFileSync } from 'node:fs'
import { messageOf } from '../errors.ts'
import { type Log, oneLine } from '../printable-text.ts'
import type { Masks } from './masks.ts'

/** Returns a Markdown section for the job summary. */
export function section(heading: string, sentence: string): string {
  return `\n### ${heading}\n\n${sentence}\n`
}

/** Returns a table for the job summary. The cells are Markdown, so the caller must check or escape their content. */
export function table(columns: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.map(cell => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return ['', line(columns), line(columns.map(() => '---')), ...rows.map(line), ''].join('\n')
}

/** Returns text formatted as code. */
export function code(text: string): string {
  return `\`${text.replaceAll('`', "'")}\``
}

/** Adds Markdown, with secrets removed, to the job summary. If that fails, logs the reason and does not throw. */
export function addToSummary(step: { env: NodeJS.ProcessEnv; log: Log; masks: Masks }, markdown: string): void {
  try {
    // Avoid `core.summary`, which would take several turns of the event loop.
    if (!step.env.GITHUB_STEP_SUMMARY) throw new Error('GITHUB_STEP_SUMMARY is not set')
    appendFileSync(step.env.GITHUB_STEP_SUMMARY, step.masks.redact(markdown))
  } catch (error) {
    step.log.info(`Could not write the job summary: ${oneLine(messageOf(error))}.`)
  }
}

/** Returns a summary cell for a gateway, with a link if its URL is known. */
export function gatewayCell({ id, url }: { id: string; url: string }): string {
  return url === '' ? code(id) : `[${url.slice('https://'.length)}](${url})`
}
