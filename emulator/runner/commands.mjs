// Leading whitespace as .NET defines it, which includes U+0085 and excludes U+FEFF.
const COMMAND = /^(?:(?!\uFEFF)[\s\u0085])*::(\S*?)(?: (.*?))?::(.*)$/s

/**
 * Executes the commands that one step writes to stdout and stderr, in the form `::name title=text::data`. Commands that
 * no action here uses, properties other than titles, and the older form `##[name]data` have no effect.
 * https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
 * ActionCommandManager.cs and OutputManager.cs in https://github.com/actions/runner
 * @param {import('./report.mjs').Report} step
 * @returns {(line: string) => void} receives the step's lines, one at a time
 */
export function createCommands(step) {
  return line => {
    const [, name = '', properties = '', escaped = ''] = COMMAND.exec(line) ?? []
    const [, title = ''] = /(?:^|,)title=([^,]+)/i.exec(properties) ?? []
    const data = escaped.replace(/%(?:0D|0A|25)/g, decodeURIComponent)
    switch (name) {
      case 'add-mask':
        return step.mask(data)
      case 'debug':
        return step.debug(data)
      case 'error':
      case 'warning':
        return step.issue(name, data, title.replace(/%(?:0D|0A|3A|2C|25)/g, decodeURIComponent))
      default:
        return step.output(line)
    }
  }
}

/**
 * Splits a stream of text into lines as .NET does: after CR LF, LF, or a lone CR. Node's own readline also splits at
 * U+2028 and U+2029, but the runner does not, so no command can start there.
 * @param {(line: string) => void} onLine
 */
export function createLineCutter(onLine) {
  let rest = ''
  return {
    /** @param {string} text */
    write(text) {
      // A CR at the end may be half of a CR LF.
      const lines = (rest + text).split(/\r\n|\n|\r(?!\n|$)/)
      rest = lines.pop() ?? ''
      for (const line of lines) onLine(line)
    },
    end() {
      if (rest !== '') onLine(rest.replace(/\r$/, ''))
      rest = ''
    },
  }
}
