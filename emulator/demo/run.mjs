// Tells a story and says whether it was so.
import { BOLD, createOutput, RED } from './output.mjs'
import { ROOT } from './steps.mjs'

/**
 * @param {(output: import('./output.mjs').Output) => Promise<void>} tell
 * @param {import('./output.mjs').OutputOptions} options
 * @returns {Promise<boolean>} whether every fact was so
 */
export async function runDemo(tell, options) {
  const began = performance.now()
  const output = createOutput(options)
  const { say, notSo } = output
  // The runner names an action by its path from here, as a workflow of this repository does: ./ and ./revoke.
  process.chdir(ROOT)
  try {
    await tell(output)
  } catch (error) {
    notSo.push(`${output.chapter}: the demo could not continue: ${error}`)
  }

  say('')
  if (notSo.length === 0) {
    const seconds = ((performance.now() - began) / 1000).toFixed(1)
    say(`All ${output.facts} checks passed in ${seconds} seconds.`, BOLD, '')
  } else {
    say('These checks failed:', RED, '')
    for (const line of notSo) say(line, RED)
  }
  return notSo.length === 0
}
