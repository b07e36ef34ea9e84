/**
 * The effects of a command on its step.
 * @typedef {object} Effects
 * @property {(text: string) => void} output writes to the log
 * @property {(text: string) => void} debug writes to the log if debug logging is on
 * @property {(level: Level, message: string, title?: string) => void} issue
 * @property {(value: string) => void} mask
 * @property {(...messages: string[]) => void} fail
 * @typedef {'error' | 'warning'} Level
 */

/** Commands of the runner that no action or recipe here uses. A step that prints one fails. */
const UNUSED = [
  ...['add-matcher', 'add-path', 'echo', 'endgroup', 'group', 'notice', 'remove-matcher', 'save-state', 'set-env'],
  ...['set-output', 'stop-commands'],
]
const COMMANDS = ['add-mask', 'debug', 'error', 'warning', ...UNUSED]

const FORMS = [
  {
    // Leading white space as in .NET: includes U+0085, excludes U+FEFF.
    command: /^(?:(?!\uFEFF)[\s\u0085])*::(\S*?)(?: (.*?))?::(.*)$/s,
    title: /(?:^|,)title=([^,]+)/i,
    escapesInTitle: /%(?:0D|0A|3A|2C|25)/g,
    escapes: /%(?:0D|0A|25)/g,
  },
  {
    command: /##\[(\S*?)(?: (.*?))?\](.*)$/s,
    title: /(?:^|;)title=([^;]+)/i,
    escapesInTitle: /%(?:3B|0D|0A|5D|25)/g,
    escapes: /%(?:3B|0D|0A|5D|25)/g,
  },
]

/**
 * Finds a workflow command in a line. Only white space may precede `::name key=value,key=value::data`. The older form
 * `##[name key=value;key=value]data` may be anywhere in the line. Names are not case-sensitive. Of the properties, only
 * the title is used here.
 * ActionCommand.cs in https://github.com/actions/runner
 * @param {string} line
 * @returns {{ name?: string, title?: string, data: string }} without a name if the line has no known command
 */
function parseCommand(line) {
  for (const { command, title, escapesInTitle, escapes } of FORMS) {
    const [, name = '', properties = '', data = ''] = command.exec(line) ?? []
    if (!COMMANDS.includes(name.toLowerCase())) continue
    const [, titleText = ''] = title.exec(properties) ?? []
    return {
      name: name.toLowerCase(),
      title: titleText.replace(escapesInTitle, decodeURIComponent),
      data: data.replace(escapes, decodeURIComponent),
    }
  }
  return { data: '' }
}

/**
 * Executes the workflow commands that one step writes to stdout and stderr.
 * https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
 * ActionCommandManager.cs and OutputManager.cs in https://github.com/actions/runner
 * @param {Effects} step
 * @returns {(line: string) => void} receives the step's lines, one at a time
 */
export function createCommands(step) {
  return line => {
    const { name, title, data } = parseCommand(line)
    switch (name) {
      case undefined:
        return step.output(line)
      case 'add-mask':
        if (data.trim() !== '') return step.mask(data)
        return step.issue('warning', "Can't add secret mask for empty string in ##[add-mask] command.")
      case 'debug':
        return step.debug(data)
      case 'error':
      case 'warning':
        return step.issue(name, data, title)
      default:
        return step.fail(`Unable to process command '${line}' successfully.`, 'This emulator does not support it.')
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
