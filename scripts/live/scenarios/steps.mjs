import { plain } from '../report.mjs'

/** @import { Note } from '../report.mjs' */
/** @import { StepResult } from '../../../emulator/runner/runner.mjs' */

/**
 * What became of a step, which outputs it has, and what it told its user.
 *
 * @param {Note} note
 * @param {string} what
 * @param {StepResult} result
 */
export function noteStep(note, what, { outcome, outputs, annotations }) {
  const names = Object.keys(outputs).filter(name => outputs[name] !== '')
  const { created, 'revoked-count': count } = outputs
  const facts = [outcome, ...(created ? [`created: ${created}`] : []), ...(count ? [`revoked-count: ${count}`] : [])]
  const said = annotations.map(({ level, message }) => `${level}: ${plain(message)}`)
  note(what, [...facts, `outputs: ${names.join(' ') || 'none'}`, ...said].join(', '))
}
