/**
 * What a command does to the step that wrote it.
 * @typedef {object} Effects
 * @property {(text: string) => void} output writes to the log as it is
 * @property {(text: string) => void} debug writes to the log of a job that is being debugged
 * @property {(level: Level, message: string, title?: string) => void} issue
 * @property {(value: string) => void} mask
 * @property {(value: string) => void} hideToken hides a value that the action did not ask to hide
 * @property {(name: string, value: string) => void} setOutput
 * @property {(name: string, value: string) => void} saveState
 * @property {(...messages: string[]) => void} fail
 *
 * @typedef {'error' | 'warning' | 'notice'} Level
 * @typedef {{ name: string, properties: Record<string, string>, data: string }} Command
 */

const COMMANDS = [
  ...['add-mask', 'add-matcher', 'add-path', 'debug', 'echo', 'endgroup', 'error', 'group', 'notice'],
  ...['remove-matcher', 'save-state', 'set-env', 'set-output', 'stop-commands', 'warning'],
]
// The runner shows the others too when echo is on.
const NEVER_ECHOED = new Set(['add-mask', 'debug', 'error', 'notice', 'warning'])

const IN_DATA = [
  ['%0D', '\r'],
  ['%0A', '\n'],
  ['%25', '%'],
]
const IN_PROPERTY = [
  ['%0D', '\r'],
  ['%0A', '\n'],
  ['%3A', ':'],
  ['%2C', ','],
  ['%25', '%'],
]
const IN_BRACKETS = [
  ['%3B', ';'],
  ['%0D', '\r'],
  ['%0A', '\n'],
  ['%5D', ']'],
  ['%25', '%'],
]

/** @param {string} text @param {string[][]} escapes the one for the percent sign last, or `%250A` became a line break */
const undo = (text, escapes) => escapes.reduce((done, [from = '', to = '']) => done.replaceAll(from, to), text)

/**
 * Finds a workflow command in a line. `::name key=value,key=value::data` has to begin the line, white space aside;
 * the older `##[name key=value;key=value]data` counts wherever it stands. Names are the same in upper and lower case.
 * ActionCommand.cs in https://github.com/actions/runner
 * @param {string} line
 * @param {Set<string>} known names in lower case
 * @returns {Command | undefined} nothing if there is none, or none with a known name
 */
export function parseCommand(line, known) {
  return (
    // .NET's idea of leading white space: with U+0085, without U+FEFF.
    build(/^(?:(?!\uFEFF)[\s\u0085])*::(.*?)::(.*)$/s.exec(line), ',', IN_PROPERTY, IN_DATA) ??
    build(/##\[(.*?)\](.*)$/s.exec(line), ';', IN_BRACKETS, IN_BRACKETS)
  )

  /** @param {RegExpExecArray | null} match @param {string} separator @param {string[][]} inProperty @param {string[][]} inData */
  function build(match, separator, inProperty, inData) {
    const [, head = '', data = ''] = match ?? []
    const space = head.indexOf(' ')
    const name = space < 0 ? head : head.slice(0, space)
    if (!match || !known.has(name.toLowerCase())) return undefined
    const list = space < 0 ? '' : head.slice(space + 1).trim()
    /** @type {Record<string, string>} */
    const properties = {}
    for (const pair of list.split(separator)) {
      // Equals signs in a row count as one, and a property without a value as none.
      const [, key = '', value] = /^=*([^=]+)=+([^=].*)$/s.exec(pair) ?? []
      if (value !== undefined) properties[key.toLowerCase()] = undo(value, inProperty)
    }
    return { name, properties, data: undo(data, inData) }
  }
}

/** @param {string} command @param {string} date @param {string} how */
const gone = (command, date, how) =>
  `The \`${command}\` command is ${how} For more information see: https://github.blog/changelog/${date}/`
const OLD_OUTPUTS = '2022-10-11-github-actions-deprecating-save-state-and-set-output-commands'
const OLD_ENV = '2020-10-01-github-actions-deprecating-set-env-and-add-path-commands'
const BAD_TOKEN = `You cannot use a endToken that is an empty string, the string 'pause-logging', or another workflow command. \
For more information see: https://docs.github.com/actions/learn-github-actions/workflow-commands-for-github-actions#example-stopping-and-starting-workflow-commands \
or opt into insecure command execution by setting the \`ACTIONS_ALLOW_UNSECURE_STOPCOMMAND_TOKENS\` environment variable to \`true\`.`

/**
 * Carries out the workflow commands in what one step writes, on stdout and on stderr.
 * https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
 * ActionCommandManager.cs and OutputManager.cs in https://github.com/actions/runner
 * @param {Effects} step
 * @param {boolean} debugging a job that is being debugged starts with echo on
 * @returns {(line: string) => void} takes the step's lines, one at a time
 */
export function createCommands(step, debugging) {
  const known = new Set(COMMANDS)
  let echo = debugging
  /** @type {string | undefined} */
  let resumeToken
  // An invalid token is an error that the runner does not catch where it reads the output, so it reads no further.
  let broken = false

  /** @param {string} line @param {Command} command @returns {boolean} whether the line was a command to the runner */
  function take(line, command) {
    const name = command.name.toLowerCase()
    if (resumeToken !== undefined) {
      if (name !== resumeToken.toLowerCase()) {
        step.debug(`Process commands has been stopped and waiting for '##[${resumeToken}]' to resume.`)
        return false
      }
      step.output(line)
      known.delete(name)
      resumeToken = undefined
    } else if (name === 'stop-commands') {
      stop(line, command.data)
    } else {
      if (echo && !NEVER_ECHOED.has(name)) step.output(line)
      try {
        carryOut(name, command)
      } catch (error) {
        const shown = NEVER_ECHOED.has(name) ? name : line
        step.fail(`Unable to process command '${shown}' successfully.`, /** @type {Error} */ (error).message)
      }
    }
    return true
  }

  /** @param {string} line @param {string} token */
  function stop(line, token) {
    if (token === '' || token.toLowerCase() === 'pause-logging' || known.has(token.toLowerCase())) {
      step.fail(BAD_TOKEN)
      broken = true
      return
    }
    resumeToken = token
    known.add(token.toLowerCase())
    if (token.length > 6) step.hideToken(token)
    step.output(line)
  }

  /** @param {string} name @param {Command} command */
  function carryOut(name, { properties, data }) {
    switch (name) {
      case 'add-mask':
        if (data.trim() === '') {
          step.issue('warning', "Can't add secret mask for empty string in ##[add-mask] command.")
          return
        }
        if (echo) step.output('::add-mask::***')
        step.mask(data)
        return
      case 'debug':
        step.debug(data)
        return
      case 'error':
      case 'warning':
      case 'notice':
        step.issue(name, data, properties.title)
        return
      case 'group':
        step.output(`##[group]${data}`)
        return
      case 'endgroup':
        step.output('##[endgroup]')
        return
      case 'echo':
        if (!/^\s*(?:on|off)\s*$/i.test(data)) {
          throw new Error(
            `Invalid echo command value. Possible values can be: 'on', 'off'. Current value is: '${data}'.`,
          )
        }
        echo = data.trim().toLowerCase() === 'on'
        return
      case 'set-output':
      case 'save-state':
        step.issue(
          'warning',
          gone(name, OLD_OUTPUTS, 'deprecated and will be disabled soon. Please upgrade to using Environment Files.'),
        )
        if (!properties.name) throw new Error(`Required field 'name' is missing in ##[${name}] command.`)
        if (name === 'set-output') step.setOutput(properties.name, data)
        else step.saveState(properties.name, data)
        return
      case 'set-env':
      case 'add-path':
        throw new Error(gone(name, OLD_ENV, 'disabled. Please upgrade to using Environment Files.'))
      default:
        throw new Error(`This emulator has no problem matchers (${name}).`)
    }
  }

  return line => {
    if (broken) return
    const command = parseCommand(line, known)
    if (command && take(line, command)) return
    step.output(line.replace(/##\[(?=(?:start|end)-action)/g, '##[\\'))
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
