/**
 * What a command does to the step that wrote it.
 * @typedef {object} Effects
 * @property {(text: string) => void} output writes to the log as it is
 * @property {(text: string) => void} debug writes to the log of a job that is being debugged
 * @property {(level: Level, message: string, title?: string) => void} issue
 * @property {(value: string) => void} mask
 * @property {(...messages: string[]) => void} fail
 * @typedef {'error' | 'warning' | 'notice'} Level
 * @typedef {{ name: string, properties: Record<string, string>, data: string }} Command
 */

/** Commands of the runner that no action or recipe here uses. One in the output of a step fails it. */
const UNUSED = [
  ...['add-matcher', 'add-path', 'echo', 'remove-matcher', 'save-state', 'set-env', 'set-output'],
  'stop-commands',
]
const COMMANDS = new Set(['add-mask', 'debug', 'endgroup', 'error', 'group', 'notice', 'warning', ...UNUSED])

// The percent sign is last. Otherwise, `%250A` would become a line break.
const IN_DATA = { '%0D': '\r', '%0A': '\n', '%25': '%' }
const IN_PROPERTY = { '%0D': '\r', '%0A': '\n', '%3A': ':', '%2C': ',', '%25': '%' }
const IN_BRACKETS = { '%3B': ';', '%0D': '\r', '%0A': '\n', '%5D': ']', '%25': '%' }

/** @param {string} text @param {Record<string, string>} escapes */
const undo = (text, escapes) => Object.entries(escapes).reduce((done, [from, to]) => done.replaceAll(from, to), text)

/**
 * Finds a workflow command in a line. `::name key=value,key=value::data` has to begin the line, white space aside;
 * the older `##[name key=value;key=value]data` counts anywhere. Names are the same in upper and lower case.
 * ActionCommand.cs in https://github.com/actions/runner
 * @param {string} line
 * @returns {Command | undefined} nothing if there is none, or none with a known name
 */
function parseCommand(line) {
  return (
    // .NET's idea of leading white space: with U+0085, without U+FEFF.
    build(/^(?:(?!\uFEFF)[\s\u0085])*::(.*?)::(.*)$/s.exec(line), ',', IN_PROPERTY, IN_DATA) ??
    build(/##\[(.*?)\](.*)$/s.exec(line), ';', IN_BRACKETS, IN_BRACKETS)
  )
}

/**
 * @param {RegExpExecArray | null} match
 * @param {string} separator
 * @param {Record<string, string>} inProperty
 * @param {Record<string, string>} inData
 */
function build(match, separator, inProperty, inData) {
  const [, head = '', data = ''] = match ?? []
  const [, name = '', list = ''] = /^(\S*) ?(.*)$/s.exec(head) ?? []
  if (!match || !COMMANDS.has(name.toLowerCase())) return undefined
  /** @type {Record<string, string>} */
  const properties = {}
  for (const pair of list.trim().split(separator)) {
    // Consecutive equals signs count as one. A property without a value does not count.
    const [, key = '', value] = /^=*([^=]+)=+([^=].*)$/s.exec(pair) ?? []
    if (value !== undefined) properties[key.toLowerCase()] = undo(value, inProperty)
  }
  return { name: name.toLowerCase(), properties, data: undo(data, inData) }
}

/**
 * Carries out the workflow commands in what one step writes, on stdout and on stderr.
 * https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
 * ActionCommandManager.cs and OutputManager.cs in https://github.com/actions/runner
 * @param {Effects} step
 * @returns {(line: string) => void} takes the step's lines, one at a time
 */
export function createCommands(step) {
  return line => {
    const { name, properties, data } = parseCommand(line) ?? { name: '', properties: {}, data: '' }
    switch (name) {
      case '':
        return step.output(line)
      case 'add-mask':
        if (data.trim() !== '') return step.mask(data)
        return step.issue('warning', "Can't add secret mask for empty string in ##[add-mask] command.")
      case 'debug':
        return step.debug(data)
      case 'error':
      case 'warning':
      case 'notice':
        return step.issue(name, data, properties.title)
      case 'group':
        return step.output(`##[group]${data}`)
      case 'endgroup':
        return step.output('##[endgroup]')
      default:
        return step.fail(`Unable to process command '${line}' successfully.`, 'This emulator does not know it.')
    }
  }
}

/**
 * Cuts a stream of text into lines as .NET does: after CR LF, LF or a CR alone. Node's own readline also cuts at U+2028
 * and U+2029, where the runner sees no new line and so no command.
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
