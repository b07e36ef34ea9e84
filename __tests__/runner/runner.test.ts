// biome-ignore-all lint/suspicious/noTemplateCurlyInString: GitHub's expressions look like that.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { parse } from 'yaml'
import { parseYaml } from '../../emulator/runner/action.mjs'
import { leaks, readAction, startJob } from '../../emulator/runner/runner.mjs'
import { type ThrowawayAction, writeAction } from '../support/throwaway-action.ts'

type JobOptions = NonNullable<Parameters<typeof startJob>[0]>
type StepOptions = Omit<Parameters<ReturnType<typeof startJob>['step']>[0], 'action'>

// Node has no way to send Ctrl+C on Windows.
const itHasSignals = process.platform === 'win32' ? it.skip : it

/** One action as the only step of a job. */
async function runAction(action: ThrowawayAction, step: StepOptions = {}, options: JobOptions = {}) {
  const job = startJob(options)
  const main = await job.step({ action: writeAction(action), ...step })
  const [post] = await job.end()
  return { ...main, post, job }
}

/** What the action wrote and GitHub shows, without the header. */
const body = (log: string) => log.split('\n').filter(line => !/^(?:▼ Run |with:|env:| {2}[\w-]+: )/.test(line))

/** Runs an action that writes these lines to stdout. */
const runLines = (lines: string[], options: JobOptions = {}) =>
  runAction({ main: `say(...${JSON.stringify(lines)})` }, {}, options)

/** The environment that an action sees. */
async function environmentOf(action: ThrowawayAction, step: StepOptions = {}, options: JobOptions = {}) {
  const { raw } = await runAction({ ...action, main: 'say(JSON.stringify(process.env))' }, step, options)
  return JSON.parse(raw) as Record<string, string>
}

describe('action.yml', () => {
  it.each(['.', 'revoke'])('of this repository is read as the yaml package reads it: %s', folder => {
    expect(readAction(folder)).toEqual(parse(readFileSync(path.join(folder, 'action.yml'), 'utf8')))
  })

  it.each([
    ['maps in maps', 'a:\n  b:\n    c: d\n  e: f\ng: h\n'],
    ['comments', '# one\na: b # two\n\n  # three\nc: d#e\nf: # four\n  g: h\n'],
    ['quotes', `a: "x: \\"y\\" # z\\n"\nb: 'it''s # this' # not this\nc: ""\n`],
    ['plain text with signs in it', 'a: ${{ job.status }}\nb: https://x.test/a?b=c\nc: -x, y [z] {w} *\n'],
    ['truth and numbers', 'a: true\nb: false\nc: 0\nd: 42\ne: "true"\nf: yes\n'],
    ['keys with spaces and dashes', 'my key-1: a\n'],
    ['a folded block', 'a: >-\n  one\n  two: three # four\n\n  five\n\n\n  six\n\nb: c\n'],
    ['a folded block at the end', 'a:\n  b: >- # here\n      one\n      two'],
    ['line ends of Windows', 'a:\r\n  b: >-\r\n    one\r\n    two\r\n  c: d\r\n'],
  ])('reads %s as the yaml package does', (_, text) => {
    expect(parseYaml(text)).toEqual(parse(text))
  })

  it.each([
    ['a sequence', 'a:\n  - b\n', 2],
    ['a sequence in brackets', 'a: [b]\n', 1],
    ['an anchor', 'a: &b c\n', 1],
    ['a literal block', 'a: |\n  b\n', 1],
    ['a folded block that keeps its line end', 'a: >\n  b\n', 1],
    ['a folded block with an indentation of its own', 'a: >-\n  b\n    c\n', 3],
    ['a folded block without text', 'a: >-\nb: c\n', 1],
    ['text over two lines', 'a: b\n  c\n', 2],
    ['no value', 'a:\nb: c\n', 1],
    ['a colon in plain text', 'a: b: c\n', 1],
    ['no space after the colon', 'a:b\n', 1],
    ['the same key twice', 'a: b\na: c\n', 2],
    ['a tab', 'a:\n\tb: c\n', 2],
    ['an escape of YAML alone', 'a: "\\x41"\n', 1],
    ['text behind quotes', 'a: "b" c\n', 1],
    ['null', 'a: null\n', 1],
    ['a number that is not a whole one', 'a: 1.5\n', 1],
    ['an indentation between two others', 'a:\n    b: c\n  d: e\n', 3],
  ])('refuses %s, and says in which line', (_, text, line) => {
    expect(() => parseYaml(text)).toThrow(`line ${line}: `)
  })

  it.each([
    ['composite', 'name: a\nruns:\n  using: composite\n'],
    ['node16', 'name: a\nruns:\n  using: node16\n  main: a.js\n'],
    ['pre', 'name: a\nruns:\n  using: node24\n  pre: a.js\n  main: a.js\n'],
    ['runs.main', 'name: a\nruns:\n  using: node24\n'],
  ])('is refused for %s, which this runner does not do', (what, text) => {
    const folder = mkdtempSync(path.join(tmpdir(), 'refused-'))
    writeFileSync(path.join(folder, 'action.yml'), text)
    expect(() => readAction(folder)).toThrow(what)
    rmSync(folder, { recursive: true })
  })

  it('can be missing, which is an error with the folder in it', () => {
    expect(() => readAction('docs-not-there')).toThrow("'docs-not-there'")
  })
})

describe('inputs', () => {
  it('come as INPUT_ variables: upper case, spaces become _, dashes stay', async () => {
    const env = await environmentOf(
      { inputs: '  gateway-id:\n    required: true\n  my key:\n    required: false' },
      {
        with: { 'gateway-id': 'g1', 'my key': 7 },
      },
    )
    expect(env['INPUT_GATEWAY-ID']).toBe('g1')
    expect(env.INPUT_MY_KEY).toBe('7')
  })

  it('are all there: a default, or else an empty text', async () => {
    const env = await environmentOf({
      inputs: '  a:\n    default: x\n  b:\n    required: true\n  c:\n    default: false',
    })
    expect([env.INPUT_A, env.INPUT_B, env.INPUT_C]).toEqual(['x', '', 'false'])
  })

  it('replace a default in whatever case they are written', async () => {
    const env = await environmentOf({ inputs: '  Key-Id:\n    default: x' }, { with: { 'key-id': 'y' } })
    expect(env['INPUT_KEY-ID']).toBe('y')
  })

  it('that nobody declared give a warning and are there all the same', async () => {
    const action = { inputs: '  a:\n    required: true\n  b:\n    required: true', main: 'say(process.env.INPUT_C)' }
    const step = await runAction(action, { with: { a: '1', c: '3' } })
    expect(step.annotations).toEqual([
      { level: 'warning', title: '', message: "Unexpected input(s) 'c', valid inputs are ['a', 'b']" },
    ])
    expect(step.raw).toBe('3\n')
    expect(step.outcome).toBe('success')
  })

  it('that are deprecated give a warning if they are used', async () => {
    const action = { inputs: '  a:\n    deprecationMessage: Take b.' }
    expect((await runAction(action)).annotations).toEqual([])
    expect((await runAction(action, { with: { a: '1' } })).annotations).toEqual([
      { level: 'warning', title: '', message: "Input 'a' has been deprecated with message: Take b." },
    ])
  })

  it('have expressions in their defaults evaluated at main, and again at post', async () => {
    const job = startJob({ context: { github: { token: 'ghs_token' } } })
    const show = 'say(process.env.INPUT_STATUS, process.env.INPUT_TOKEN)'
    const inputs = '  status:\n    default: ${{ job.status }}\n  token:\n    default: ${{ github.token }}'
    const main = await job.step({ action: writeAction({ inputs, main: show, post: show }) })
    const [post] = await job.end({ status: 'failure' })
    expect(main.raw).toBe('success\nghs_token\n')
    expect(post?.raw).toBe('failure\nghs_token\n')
  })

  it('have expressions in their values evaluated at main, and again at post', async () => {
    const job = startJob({ context: { secrets: { JWT: 'the-jwt' }, vars: { WHERE: 'here' } } })
    const show = 'say(process.env.INPUT_A, process.env.INPUT_B)'
    const inputs = '  a:\n    required: true\n  b:\n    required: true'
    const action = writeAction({ inputs, main: show, post: show })
    const a = 'Bearer ${{ secrets.JWT }} ${{ VARS.where }} ${{job.status}}'
    const main = await job.step({ action, with: { a, b: '${{ steps.later.outputs.key-id }}' } })
    await job.step({ id: 'later', action: writeAction({ main: "add('OUTPUT', 'key-id=k1\\n')" }) })
    const [post] = await job.end({ status: 'cancelled' })
    expect(main.raw).toBe('Bearer the-jwt here success\n\n')
    expect(post?.raw).toBe('Bearer the-jwt here cancelled\nk1\n')
  })

  it.each([
    ["${{ steps.a.outcome == 'success' }}", 'evaluates paths'],
    ['${{ toJSON(secrets) }}', 'evaluates paths'],
    ['${{ secrets }}', 'evaluates paths'],
    ['${{ github.event }}', 'is no text'],
    ['${{ jobs.a }}', "Unrecognized named-value: 'jobs'"],
    ['${{ secrets.a', 'without an end'],
  ])('with an expression that is not understood are refused: %s', async (value, why) => {
    const job = startJob()
    await expect(
      job.step({ action: writeAction({ inputs: '  a:\n    required: true' }), with: { a: value } }),
    ).rejects.toThrow(why)
    await job.end()
  })

  it('see no secrets in a default', async () => {
    const job = startJob({ context: { secrets: { A: 'secret-a' } } })
    const action = writeAction({ inputs: '  a:\n    default: ${{ secrets.A }}' })
    await expect(job.step({ action })).rejects.toThrow("Unrecognized named-value: 'secrets'")
    await job.end()
  })
})

describe('the environment', () => {
  it('has the variables of the runner and nothing of the parent that nobody needs', async () => {
    process.env.RUNNER_TEST_LEFTOVER = 'x'
    const env = await environmentOf({})
    delete process.env.RUNNER_TEST_LEFTOVER
    expect(env).toMatchObject({
      CI: 'true',
      ACTIONS_RUNTIME_TOKEN: expect.stringMatching(/./),
      ACTIONS_RUNTIME_URL: expect.stringMatching(/^https:/),
      GITHUB_ACTIONS: 'true',
      GITHUB_ACTION_REF: '',
      GITHUB_ACTION_REPOSITORY: '',
      GITHUB_ACTOR: 'octocat',
      GITHUB_API_URL: 'https://api.github.com',
      GITHUB_BASE_REF: '',
      GITHUB_EVENT_NAME: 'push',
      GITHUB_HEAD_REF: '',
      GITHUB_JOB: 'deploy',
      GITHUB_REF_PROTECTED: 'false',
      GITHUB_REPOSITORY: 'octo-org/octo-site',
      GITHUB_REPOSITORY_ID: '1296269',
      GITHUB_RETENTION_DAYS: '90',
      GITHUB_RUN_ATTEMPT: '1',
      GITHUB_RUN_ID: '8475629301',
      GITHUB_SERVER_URL: 'https://github.com',
      GITHUB_SHA: expect.stringMatching(/^[\da-f]{40}$/),
      GITHUB_WORKFLOW_REF: 'octo-org/octo-site/.github/workflows/deploy.yml@refs/heads/main',
      GITHUB_WORKFLOW_SHA: env.GITHUB_SHA,
      RUNNER_TRACKING_ID: expect.stringMatching(/^github_[\da-f-]{36}$/),
      RUNNER_WORKSPACE: path.dirname(env.GITHUB_WORKSPACE ?? ''),
      RUNNER_OS: expect.stringMatching(/^(?:Linux|macOS|Windows)$/),
      PATH: process.env.PATH,
    })
    expect(env.RUNNER_TEST_LEFTOVER).toBeUndefined()
    expect(env.GITHUB_TOKEN).toBeUndefined()
    expect(env.RUNNER_DEBUG).toBeUndefined()
  })

  it('has what the github context says, and its event in a file', async () => {
    const event = { number: 7 }
    const context = { github: { sha: 'abc', api_url: 'http://127.0.0.1:1', event } }
    const main =
      'say(process.env.GITHUB_SHA, process.env.GITHUB_API_URL, fs.readFileSync(process.env.GITHUB_EVENT_PATH, "utf8"))'
    const { raw } = await runAction({ main }, {}, { context })
    expect(raw).toBe(`abc\nhttp://127.0.0.1:1\n${JSON.stringify(event)}\n`)
  })

  it("hides the token of GitHub's own services, as it does all that is secret", async () => {
    const step = await runAction({ main: 'say(process.env.ACTIONS_RUNTIME_TOKEN)' })
    expect(body(step.log)).toEqual(['***'])
  })

  it("has the job's variables, and the step's before them", async () => {
    const env = await environmentOf({}, { env: { B: '${{ env.A }}-2', C: '3' } }, { env: { A: '1', B: '1' } })
    expect([env.A, env.B, env.C]).toEqual(['1', '1-2', '3'])
  })

  it('takes no GITHUB_ variable from an env, which the runner would overwrite', async () => {
    expect(() => startJob({ env: { GITHUB_SHA: 'x' } })).toThrow('GITHUB_SHA')
    const job = startJob()
    await expect(job.step({ action: writeAction({}), env: { RUNNER_TEMP: 'x' } })).rejects.toThrow('RUNNER_TEMP')
    await job.end()
  })

  it("passes the parent's certificates on", async () => {
    const before = process.env.NODE_EXTRA_CA_CERTS
    process.env.NODE_EXTRA_CA_CERTS = path.resolve('package.json')
    const env = await environmentOf({})
    if (before === undefined) delete process.env.NODE_EXTRA_CA_CERTS
    else process.env.NODE_EXTRA_CA_CERTS = before
    expect(env.NODE_EXTRA_CA_CERTS).toBe(path.resolve('package.json'))
  })

  it('is the workspace, not the folder of the action', async () => {
    const { raw, job } = await runAction({ main: 'say(process.cwd(), process.env.GITHUB_WORKSPACE)' })
    expect(raw).toBe(`${job.workspace}\n${job.workspace}\n`)
  })

  it('has new files for each step, and RUNNER_TEMP for all of them', async () => {
    const job = startJob()
    const names = ['GITHUB_OUTPUT', 'GITHUB_STATE', 'GITHUB_ENV', 'GITHUB_PATH', 'GITHUB_STEP_SUMMARY']
    const main = `say(...${JSON.stringify(names)}.map(name => fs.statSync(process.env[name]).size + process.env[name]), process.env.RUNNER_TEMP)`
    const action = writeAction({ main })
    const [one, two] = [(await job.step({ action })).raw.split('\n'), (await job.step({ action })).raw.split('\n')]
    await job.end()
    expect(new Set([...one.slice(0, 5), ...two.slice(0, 5)]).size).toBe(10)
    const prefixes = one.slice(0, 5).map(file => path.basename(file).replace(/_[\da-f-]{36}$/, ''))
    expect(prefixes).toEqual(['set_output', 'save_state', 'set_env', 'add_path', 'step_summary'])
    expect(one.slice(0, 5).every(file => file.startsWith('0'))).toBe(true)
    expect(one[5]).toBe(two[5])
  })

  it("is gone when the job has ended, unless the caller gave the job's folder", async () => {
    const { job } = await runAction({})
    expect(existsSync(job.workspace)).toBe(false)
    const dir = mkdtempSync(path.join(tmpdir(), 'given-'))
    const { job: other } = await runAction({}, {}, { dir })
    expect(existsSync(other.workspace)).toBe(true)
    rmSync(dir, { recursive: true })
  })
})

describe('files', () => {
  it('give outputs: name=value, or a name and lines up to a delimiter', async () => {
    const text = 'a=1=2\n\nb<<EOF\nx\n\ny=z\nEOF\nc<<-\n-\nd=<<\na=last'
    const { outputs } = await runAction({
      main: `add('OUTPUT', ${JSON.stringify(text)}.replaceAll('\\n', require('os').EOL))`,
    })
    const inner = process.platform === 'win32' ? 'x\r\n\r\ny=z' : 'x\n\ny=z'
    expect(outputs).toEqual({ a: 'last', b: inner, c: '', d: '<<' })
  })

  it.each([
    ['no-sign', "Invalid format 'no-sign'"],
    ['a<<', "Invalid format 'a<<'. Name must not be empty and delimiter must not be empty"],
    ['<<EOF', "Invalid format '<<EOF'. Name must not be empty and delimiter must not be empty"],
    ['a<<EOF\nx\n', "Invalid value. Matching delimiter not found 'EOF'"],
    ['a<<EOF\nx', 'Invalid value. EOF marker missing new line.'],
    ['=x', "Value cannot be null. (Parameter 'name')"],
  ])('with an error in them fail the step, and what stands before it counts: %j', async (text, why) => {
    const step = await runAction({ main: `add('OUTPUT', 'first=1\\n' + ${JSON.stringify(text)}); add('STATE', 's=1')` })
    expect(step.exitCode).toBe(0)
    expect(step.outcome).toBe('failure')
    expect(step.job.status).toBe('failure')
    expect(step.annotations.map(({ message }) => message)).toEqual([
      "Unable to process file command 'output' successfully.",
      why,
    ])
    expect(step.outputs).toEqual({ first: '1' })
    expect(step.state).toEqual({ s: '1' })
  })

  it('are read when the process has ended, however it ended', async () => {
    const { outputs, state, outcome } = await runAction({
      main: "add('OUTPUT', 'a=1'); add('STATE', 'b=2'); process.exit(3)",
    })
    expect({ outputs, state, outcome }).toEqual({ outputs: { a: '1' }, state: { b: '2' }, outcome: 'failure' })
  })

  it('can be deleted by the step', async () => {
    expect((await runAction({ main: 'fs.rmSync(process.env.GITHUB_OUTPUT)' })).outcome).toBe('success')
  })

  it.each(['OUTPUT', 'STATE', 'ENV'])('fail the step if a folder is in the place of %s', async name => {
    const main = `
      const file = process.env.GITHUB_${name}
      fs.rmSync(file)
      fs.mkdirSync(file)
      say(file)`
    const { outcome, annotations, raw } = await runAction({ main })
    expect([outcome, ...annotations.map(({ message }) => message)]).toEqual([
      'failure',
      `Unable to process file command '${name.toLowerCase()}' successfully.`,
      `Access to the path '${raw.trim()}' is denied.`,
    ])
  })

  it.each(['PATH', 'STEP_SUMMARY'])('do not fail it if a folder is in the place of %s', async name => {
    const main = `fs.rmSync(process.env.GITHUB_${name}); fs.mkdirSync(process.env.GITHUB_${name})`
    const { outcome, annotations } = await runAction({ main })
    expect([outcome, annotations]).toEqual(['success', []])
  })

  it('export variables and folders for the steps after this one', async () => {
    const job = startJob({ env: { A: 'job' } })
    const main = "add('ENV', 'A=new\\nB<<-\\n1\\n2\\n-\\n'); add('PATH', 'first\\nsecond\\n'); say(process.env.A)"
    const one = await job.step({ action: writeAction({ main }) })
    const show = 'say(JSON.stringify([process.env.A, process.env.B, process.env.PATH]))'
    const two = await job.step({ action: writeAction({ main: show }) })
    await job.end()
    expect(one.raw).toBe('job\n')
    expect(one.env).toEqual({ A: 'new', B: '1\n2' })
    expect(JSON.parse(two.raw)).toEqual(['new', '1\n2', ['second', 'first', process.env.PATH].join(path.delimiter)])
  })

  it('do not export NODE_OPTIONS', async () => {
    const { env, outcome, annotations } = await runAction({ main: "add('ENV', 'Node_Options=--x\\nA=1')" })
    expect({ env, outcome, level: annotations[0]?.level }).toEqual({
      env: { A: '1' },
      outcome: 'success',
      level: 'error',
    })
  })

  it('give a summary, masked line by line', async () => {
    const main = "say('::add-mask::secret-1'); add('STEP_SUMMARY', '# Key\\nsecret-1 and more\\n')"
    expect((await runAction({ main })).summary).toBe('# Key\n*** and more\n')
  })

  it.each([
    ['', ''],
    ['a', 'a\n'],
    ['a\r\nb\n', 'a\nb\n'],
    ['a\n\n', 'a\n\n'],
  ])('give a summary that ends with a line break: %j', async (written, shown) => {
    const main = `add('STEP_SUMMARY', ${JSON.stringify(written)})`
    expect((await runAction({ main })).summary).toBe(shown)
  })

  it('show no summary of more than 1024 kB', async () => {
    const largest = await runAction({ main: "add('STEP_SUMMARY', 'x'.repeat(1024 * 1024))" })
    const step = await runAction({ main: "add('STEP_SUMMARY', 'x'.repeat(1025 * 1024 + 1))" })
    expect([largest.summary.length, largest.annotations]).toEqual([1024 * 1024 + 1, []])
    expect([step.summary, step.outcome]).toEqual(['', 'success'])
    expect(step.annotations).toEqual([
      {
        level: 'error',
        title: '',
        message:
          '$GITHUB_STEP_SUMMARY upload aborted, supports content up to a size of 1024k, got 1025k. For more information see: https://docs.github.com/actions/using-workflows/workflow-commands-for-github-actions#adding-a-markdown-summary',
      },
    ])
  })
})

describe('commands', () => {
  it('show errors, warnings and notices in the log and as annotations', async () => {
    const step = await runLines([
      '::error::one',
      '::warning title=T%3A,file=a.ts::two',
      '::notice::three%0Afour%25',
      'five',
    ])
    expect(body(step.log)).toEqual(['Error: one', 'Warning: two', 'Notice: three', 'four%', 'five'])
    expect(step.annotations).toEqual([
      { level: 'error', title: '', message: 'one' },
      { level: 'warning', title: 'T:', message: 'two' },
      { level: 'notice', title: '', message: 'three\nfour%' },
    ])
    expect(step.outcome).toBe('success')
  })

  it('count after white space, in upper case, and in stderr', async () => {
    const main = `say(' \\t\\u00a0::error::one', '::ERROR::two', '##[Error]three'); console.error('::error::four')`
    const { annotations, stderr } = await runAction({ main })
    expect(annotations.map(({ message }) => message).sort()).toEqual(['four', 'one', 'three', 'two'])
    expect(stderr).toBe('::error::four\n')
  })

  it('in brackets count wherever they stand, others only in front', async () => {
    const step = await runLines([
      'x ::error::one',
      'y ##[error title=a%3Bb;c=d]two%5D',
      '::nothing::three',
      '::error',
      '\uFEFF::error::four',
    ])
    expect(step.annotations).toEqual([{ level: 'error', title: 'a;b', message: 'two]' }])
    expect(body(step.log)).toEqual([
      'x ::error::one',
      'Error: two]',
      '::nothing::three',
      '::error',
      '\uFEFF::error::four',
    ])
  })

  it('count after a carriage return, which ends a line, and not after U+2028, which does not', async () => {
    const main = `process.stdout.write('a\\r::error::one\\r\\nb\\u2028::error::two\\r'); setTimeout(() => process.stdout.write('\\nc'), 50)`
    const step = await runAction({ main })
    expect(step.annotations.map(({ message }) => message)).toEqual(['one'])
    expect(body(step.log)).toEqual(['a', 'Error: one', 'b\u2028::error::two', 'c'])
  })

  it('cannot pretend to be the marks with which the runner itself folds actions', async () => {
    expect(body((await runLines(['a ##[start-action x]', '##[end-action]'])).log)).toEqual([
      'a ##[\\start-action x]',
      '##[\\end-action]',
    ])
  })

  it('are unescaped once: %250A is no line break', async () => {
    expect((await runLines(['::error::a%250Ab'])).annotations[0]?.message).toBe('a%0Ab')
  })

  it('lose properties without a value', async () => {
    expect((await runLines(['::error title=::a', '::error title==b,=c,d::e'])).annotations).toEqual([
      { level: 'error', title: '', message: 'a' },
      { level: 'error', title: 'b', message: 'e' },
    ])
  })

  it('give ten annotations of a kind at most, of 4096 characters at most', async () => {
    const lines = Array.from({ length: 12 }, (_, index) => `::error::${'x'.repeat(5000)}${index}`)
    const step = await runLines([...lines, '::warning::w', '::error::'])
    expect(step.annotations.filter(({ level }) => level === 'error')).toHaveLength(10)
    expect(step.annotations.filter(({ level }) => level === 'warning')).toHaveLength(1)
    expect(step.annotations[0]?.message).toHaveLength(4096)
    expect(body(step.log)).toHaveLength(13)
  })

  it('show debug lines only in a job that is being debugged', async () => {
    const lines = ['::debug::one%0Atwo', 'three']
    expect(body((await runLines(lines)).log)).toEqual(['three'])
    const { log } = await runLines(lines, { debug: true })
    expect(body(log).slice(0, 3)).toEqual(['##[debug]one', '##[debug]two', 'three'])
    expect((await environmentOf({}, {}, { debug: true })).RUNNER_DEBUG).toBe('1')
  })

  it('show outputs and state in the log of a job that is being debugged', async () => {
    const { log } = await runAction({ main: "add('OUTPUT', 'a=1'); add('STATE', 'b=2')" }, {}, { debug: true })
    expect(log).toContain('##[debug]Set output a = 1')
    expect(log).toContain('##[debug]Save intra-action state b = 2')
  })

  it('fold lines in groups', async () => {
    expect(body((await runLines(['::group::My group', 'in', '::endgroup::', 'out'])).log)).toEqual([
      '▼ My group',
      'in',
      'out',
    ])
  })

  it('can be stopped, and go on after the token, which is masked', async () => {
    const lines = [
      '::stop-commands::token-7',
      '::error::one',
      '##[add-mask]a',
      '::token-8::',
      '::token-7::',
      '::error::a',
    ]
    const { log, annotations } = await runLines(lines)
    expect(body(log)).toEqual([
      '::stop-commands::***',
      '::error::one',
      '##[add-mask]a',
      '::token-8::',
      '::***::',
      'Error: a',
    ])
    expect(annotations).toEqual([{ level: 'error', title: '', message: 'a' }])
  })

  it.each(['', 'error', 'pause-logging'])(
    'can not be stopped with the token %j, and what the step prints after it is lost',
    async token => {
      const lines = ['before', `::stop-commands::${token}`, '::notice::after', '::add-mask::before', 'after']
      const { outcome, exitCode, annotations, masks, log } = await runLines(lines)
      expect([outcome, exitCode, masks]).toEqual(['failure', 0, []])
      expect(annotations.map(({ message }) => message)).toEqual([
        expect.stringMatching(/^You cannot use a endToken that is an empty string/),
      ])
      expect(body(log)).toEqual(['before', `Error: ${annotations[0]?.message}`])
    },
  )

  it('are shown themselves after echo::on', async () => {
    const { log } = await runLines([
      '::echo::on',
      '::set-output name=a::1',
      '::add-mask::secret-1',
      '::error::x',
      '::echo::off',
      '::group::g',
    ])
    expect(body(log)).toEqual([
      '::set-output name=a::1',
      expect.stringContaining('deprecated'),
      '::add-mask::***',
      'Error: x',
      '::echo::off',
      '▼ g',
    ])
  })

  it('set-output and save-state work with a warning', async () => {
    const { outputs, state, annotations, outcome } = await runLines([
      '::set-output name=a::1%0A2',
      '::save-state name=b::3',
    ])
    expect({ outputs, state, outcome }).toEqual({ outputs: { a: '1\n2' }, state: { b: '3' }, outcome: 'success' })
    expect(annotations.map(({ message }) => message)).toEqual([
      expect.stringContaining('The `set-output` command is deprecated'),
      expect.stringContaining('The `save-state` command is deprecated'),
    ])
  })

  it.each([
    ['::set-env name=A::1', 'The `set-env` command is disabled'],
    ['::add-path::/x', 'The `add-path` command is disabled'],
    ['::set-output::1', "Required field 'name' is missing"],
    ['::echo::maybe', 'Invalid echo command value'],
    ['::add-matcher::x.json', 'no problem matchers'],
  ])('that can not be carried out fail the step: %s', async (line, why) => {
    const { outcome, annotations, exitCode } = await runLines([line])
    expect([exitCode, outcome]).toEqual([0, 'failure'])
    expect(annotations.filter(({ level }) => level === 'error').map(({ message }) => message)).toEqual([
      `Unable to process command '${line}' successfully.`,
      expect.stringContaining(why),
    ])
  })
})

describe('masks', () => {
  it('hide a value from the line on that asks for it', async () => {
    const step = await runLines([
      'secret-1',
      '::add-mask::secret-1',
      'a secret-1, SECRET-1',
      '::error title=secret-1::secret-1',
    ])
    expect(body(step.log)).toEqual(['secret-1', 'a ***, SECRET-1', 'Error: ***'])
    expect(step.masks).toEqual(['secret-1'])
    expect(step.raw).toContain('::add-mask::secret-1')
  })

  it('do not hide the title of an annotation, as in the real runner', async () => {
    const step = await runLines(['::add-mask::secret-1', '::error title=secret-1::a secret-1'])
    expect(step.annotations).toEqual([{ level: 'error', title: 'secret-1', message: 'a ***' }])
  })

  it('hide each line of a value as well', async () => {
    const step = await runLines([
      '::add-mask::first line%0A  second line %0D%0A',
      'x first line',
      'x second line',
      '::error::first line%0A  second line ',
    ])
    expect(body(step.log)).toEqual(['x ***', 'x ***', 'Error: ***', '  *** '])
    expect(step.masks).toEqual(['first line\n  second line \r\n', 'first line', 'second line'])
  })

  it('of nothing are ignored with a warning', async () => {
    const step = await runLines(['::add-mask::', '::add-mask:: %0A', 'a b'])
    expect(step.masks).toEqual([])
    expect(step.annotations.map(({ level }) => level)).toEqual(['warning', 'warning'])
    expect(body(step.log).at(-1)).toBe('a b')
  })

  it('that overlap or touch become one', async () => {
    const step = await runLines([
      '::add-mask::abcdef',
      '::add-mask::cdefgh',
      '::add-mask::cd',
      '::add-mask::aba',
      'x abcdefgh y',
      'abcdefabcdef',
      'cd',
      'ababa-cd',
    ])
    expect(body(step.log)).toEqual(['x *** y', '***', '***', '***-***'])
  })

  it("hold for the steps after it, and for the job's log", async () => {
    const job = startJob()
    await job.step({ action: writeAction({ main: "say('::add-mask::secret-1')" }) })
    const two = await job.step({ action: writeAction({ main: "say('secret-1', '::add-mask::secret-1')" }) })
    await job.end()
    expect(body(two.log)).toEqual(['***'])
    expect(two.masks).toEqual([])
    expect(job.log).not.toContain('secret-1')
  })

  it('hide secrets and the token from the start, also where the log shows inputs and env', async () => {
    const context = { secrets: { JWT: ' secret-1\n' }, github: { token: 'ghs_token' } }
    const step = await runAction(
      {
        inputs: '  jwt:\n    required: true\n  token:\n    default: ${{ github.token }}',
        main: "say('secret-1 ghs_token')",
      },
      { with: { jwt: '${{ secrets.JWT }}' }, env: { TOKEN: '${{ secrets.GITHUB_TOKEN }}' } },
      { context },
    )
    expect(step.log).not.toMatch(/secret-1|ghs_token/)
    expect(step.log).toContain('  token: ***\n')
    expect(body(step.log).at(-1)).toBe('*** ***')
    expect(step.masks).toEqual([])
  })

  it('hide a secret of several lines as a whole, without the line end that it was saved with', async () => {
    const context = { secrets: { PEM: 'line-one\nline-two\n' } }
    expect(body((await runLines(['::error::line-one%0Aline-two', 'line-two'], { context })).log)).toEqual([
      'Error: ***',
      '***',
    ])
  })

  const secret = `a"b'c&d<e>/f g(h)+äö`
  const forms = {
    'base64 of it': Buffer.from(secret).toString('base64'),
    'base64 of it behind one more byte': Buffer.from(`x${secret}`).toString('base64').slice(4),
    'base64 of it behind two more bytes': Buffer.from(`xy${secret}`).toString('base64').slice(4),
    'JSON of it': JSON.stringify(secret).slice(1, -1),
    'its URI form': encodeURIComponent(secret).replace(/[!'()*]/g, c => `%${c.charCodeAt(0).toString(16)}`),
    'its XML form': 'a&quot;b&apos;c&amp;d&lt;e&gt;/f g(h)+äö',
    'its form in an expression': secret.replace("'", "''"),
    'its part before an ampersand': `a"b'c&`,
    'its part after an ampersand': 'd<e>/f g(h)+äö',
  }
  it.each(Object.entries(forms))('hide %s with plainMasks: false, and not without', async (_, form) => {
    const main = `say(${JSON.stringify(`[${form}]`)})`
    const context = { secrets: { A: secret } }
    expect(body((await runAction({ main }, {}, { context, plainMasks: false })).log)).toEqual(['[***]'])
    expect(body((await runAction({ main }, {}, { context })).log)).toEqual([`[${form}]`])
  })
})

describe('the post step', () => {
  const show = 'say(JSON.stringify([process.env.STATE_key, process.env.INPUT_A]))'

  it('gets what main saved, whether or not main failed', async () => {
    for (const code of [0, 1]) {
      const { post } = await runAction({ main: `add('STATE', 'key=k1\\n'); process.exitCode = ${code}`, post: show })
      expect(post?.raw).toBe('["k1",null]\n')
      expect(body(post?.log ?? '')[0]).toBe('Post job cleanup.')
    }
  })

  it('of one step does not get the state of another', async () => {
    const job = startJob()
    await job.step({ action: writeAction({ main: "add('STATE', 'key=k1\\n')", post: show }) })
    await job.step({ action: writeAction({ post: show }) })
    expect((await job.end()).map(({ raw }) => raw)).toEqual(['[null,null]\n', '["k1",null]\n'])
  })

  it('of the last step comes first, and sees what the others made of the job', async () => {
    const job = startJob()
    const inputs = '  a:\n    default: ${{ job.status }}'
    await job.step({ action: writeAction({ inputs, post: show }) })
    await job.step({ action: writeAction({ inputs, post: `${show}; process.exitCode = 1` }) })
    expect((await job.end()).map(({ raw }) => raw)).toEqual(['[null,"success"]\n', '[null,"failure"]\n'])
    expect(job.status).toBe('failure')
  })

  it('does not run without runs.post, nor for a step that was never started, nor twice', async () => {
    const job = startJob()
    await job.step({ action: writeAction({}) })
    expect(await job.end()).toEqual([])
    await expect(job.end()).rejects.toThrow('has ended')
    await expect(job.step({ action: writeAction({}) })).rejects.toThrow('has ended')
  })

  it.each([
    ['always()', [true, true, true]],
    ['success()', [true, false, false]],
    ['failure()', [false, true, false]],
    ['cancelled()', [false, false, true]],
    ['"!cancelled()"', [true, true, false]],
  ])('runs if its condition holds: %s', async (condition, expected) => {
    const action = writeAction({ post: show, runs: `  post-if: ${condition}` })
    const ran = []
    for (const status of ['success', 'failure', 'cancelled'] as const) {
      const job = startJob()
      await job.step({ action })
      ran.push((await job.end({ status })).length === 1)
    }
    expect(ran).toEqual(expected)
  })

  it('has no condition that this runner does not understand', async () => {
    const job = startJob()
    await expect(
      job.step({ action: writeAction({ post: show, runs: '  post-if: hashFiles() == 1' }) }),
    ).rejects.toThrow('hashFiles')
    await job.end()
  })
})

describe('a step', () => {
  it('fails with an exit code, and the job with it', async () => {
    const { exitCode, signal, outcome, job } = await runAction({ main: 'process.exit(7)' })
    expect([exitCode, signal, outcome, job.status]).toEqual([7, null, 'failure', 'failure'])
  })

  it('fails without its script', async () => {
    const action = writeAction({})
    rmSync(path.join(action, 'main.js'))
    const job = startJob()
    const { outcome, annotations } = await job.step({ action })
    await job.end()
    expect([outcome, annotations[0]?.message]).toEqual(['failure', `File not found: '${path.join(action, 'main.js')}'`])
  })

  it('shows its inputs and its env in front, and leaves out what is empty', async () => {
    const inputs = '  a:\n    default: 1\n  b:\n    required: false\n  c:\n    required: true'
    const job = startJob({ env: { E: 'e' } })
    const action = writeAction({ inputs, main: "say('x')" })
    const { log } = await job.step({ action, with: { c: 'see' } })
    await job.end()
    expect(log).toBe([`▼ Run ${action}`, 'with:', '  c: see', '  a: 1', 'env:', '  E: e', 'x'].join('\n'))
    expect(job.log).toBe(log)
  })

  it('leaves outputs for the steps after it under its id', async () => {
    const job = startJob({ context: { steps: { before: { outputs: { a: 'from before' } } } } })
    const show = writeAction({ inputs: '  a:\n    required: true', main: 'say(process.env.INPUT_A)' })
    const action = writeAction({ main: "add('OUTPUT', 'a=1\\n'); process.exitCode = 1" })
    await job.step({ action, id: 'one' })
    await job.step({ action, if: 'always()' })
    const a =
      '${{ steps.one.outputs.a }} ${{ steps.one.outcome }} ${{ steps.before.outputs.a }} ${{ steps.two.outputs.a }}'
    expect((await job.step({ action: show, with: { a }, if: 'always()' })).raw).toBe('1 failure from before \n')
    await job.end()
  })

  it.each([
    [undefined, [true, false, false]],
    ['success()', [true, false, false]],
    ['failure()', [false, true, false]],
    ['cancelled()', [false, false, true]],
    ['always()', [true, true, true]],
    ['!success()', [false, true, true]],
    ['!always()', [false, false, false]],
    ['${{ ! Cancelled() }}', [true, true, false]],
    ['steps.before.outputs.a', [true, false, false]],
    ['!steps.before.outputs.none', [true, false, false]],
    ['${{ steps.before.outputs.none }}', [false, false, false]],
    ['steps.before.outputs.no', [true, false, false]],
    ['github.event.deleted', [false, false, false]],
    ['env.A', [true, false, false]],
  ])('runs if its condition holds: %s', async (condition, expected) => {
    const action = writeAction({})
    const ran = []
    for (const status of ['success', 'failure', 'cancelled'] as const) {
      const steps = { before: { outputs: { a: '1', no: 'false' } } }
      const job = startJob({ context: { job: { status }, steps, github: { event: { deleted: false } } } })
      const { outcome } = await job.step({ action, env: { A: '1' }, ...(condition && { if: condition }) })
      ran.push(outcome === 'success')
      await job.end()
    }
    expect(ran).toEqual(expected)
  })

  it.each([
    ["github.ref == 'x'", 'evaluates paths'],
    ['secrets.A', "Unrecognized named-value: 'secrets'"],
  ])('has no condition that this runner does not understand: %s', async (condition, why) => {
    const job = startJob({ context: { secrets: { A: 'secret-1' } } })
    await expect(job.step({ action: writeAction({}), if: condition })).rejects.toThrow(why)
    await job.end()
  })

  it('that is skipped says nothing, has no post step, and leaves the status of the job alone', async () => {
    const job = startJob()
    const action = writeAction({ main: "say('x')", post: "say('x')" })
    const { outcome, conclusion, log, exitCode } = await job.step({ id: 'one', action, if: 'failure()' })
    expect([outcome, conclusion, log, exitCode]).toEqual(['skipped', 'skipped', '', null])
    const show = writeAction({ inputs: '  a:\n    required: true', main: 'say(process.env.INPUT_A)' })
    const a = '${{ steps.one.outcome }} ${{ steps.one.conclusion }} ${{ job.status }}'
    expect((await job.step({ action: show, with: { a } })).raw).toBe('skipped skipped success\n')
    expect(await job.end()).toEqual([])
  })

  it('that may fail leaves the status of the job alone, and so does its post step', async () => {
    const job = startJob()
    const action = writeAction({ main: 'process.exit(1)', post: 'process.exit(1)' })
    const { outcome, conclusion } = await job.step({ id: 'one', action, continueOnError: true })
    expect([outcome, conclusion]).toEqual(['failure', 'success'])
    const show = writeAction({ inputs: '  a:\n    required: true', main: 'say(process.env.INPUT_A)' })
    const a = '${{ steps.one.outcome }} ${{ steps.one.conclusion }} ${{ job.status }}'
    expect((await job.step({ action: show, with: { a } })).raw).toBe('failure success success\n')
    const [post] = await job.end()
    expect([post?.outcome, post?.conclusion, job.status]).toEqual(['failure', 'success', 'success'])
  })

  it('can take its time, which is measured', async () => {
    const { durationMs } = await runAction({ main: 'setTimeout(() => {}, 120)' })
    expect(durationMs).toBeGreaterThan(119)
  })

  it('of a program that is not there throws', async () => {
    const job = startJob({ node: path.resolve('no-such-node') })
    await expect(job.step({ action: writeAction({}) })).rejects.toThrow('ENOENT')
    await job.end()
  })
})

// A test need not wait as long as a runner does.
const cancelAfterMs = { terminate: 300, kill: 300 }
/** Says which signals it hears, and does not end for them. */
const stubborn = `
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => say(signal))
  setTimeout(() => {}, 10_000)
  say('ready')`
/** Takes its time, but ends by itself. */
const slow = "say('ready'); setTimeout(() => say('done'), 300)"

/** For `onStart`: does something when the process says that it is ready. */
const whenReady = (then: () => void): NonNullable<StepOptions['onStart']> => {
  return child => child.stdout?.once('data', text => String(text).startsWith('ready') && then())
}

describe('cancelling', () => {
  async function cancelled(main: string, options: JobOptions = { cancelAfterMs }) {
    const job = startJob(options)
    const post = 'say(process.env.INPUT_STATUS, process.env.STATE_key)'
    const action = writeAction({ inputs: '  status:\n    default: ${{ job.status }}', main, post })
    const step = await job.step({
      action,
      onStart: child => child.stdout?.once('data', () => job.cancel()),
    })
    return { ...step, job, posts: await job.end() }
  }

  itHasSignals('sends SIGINT, then SIGTERM, then SIGKILL', async () => {
    const { signal, exitCode, outcome, raw, durationMs } = await cancelled(stubborn)
    expect({ signal, exitCode, outcome, raw }).toEqual({
      signal: 'SIGKILL',
      exitCode: null,
      outcome: 'cancelled',
      raw: 'ready\nSIGINT\nSIGTERM\n',
    })
    expect(durationMs).toBeGreaterThan(600)
  })

  it('is seen by the post step, which gets what main saved until then', async () => {
    const { outcome, annotations, job, posts } = await cancelled(`add('STATE', 'key=k1\\n');${stubborn}`)
    expect(outcome).toBe('cancelled')
    expect(annotations.at(-1)?.message).toBe('The operation was canceled.')
    expect(posts.map(({ raw }) => raw)).toEqual(['cancelled\nk1\n'])
    expect(job.status).toBe('cancelled')
  })

  it('lets a post step go on that always runs, and ends one that runs on success', async () => {
    const outcomes = []
    for (const condition of ['always()', 'success()']) {
      const job = startJob({ cancelAfterMs })
      const post = "say('ready'); setTimeout(() => {}, 200)"
      await job.step({
        action: writeAction({ main: "say('main')", post, runs: `  post-if: ${condition}` }),
        onStart: child => child.stdout?.once('data', text => String(text).startsWith('ready') && job.cancel()),
      })
      outcomes.push((await job.end())[0]?.outcome)
    }
    expect(outcomes).toEqual(['success', 'cancelled'])
  })

  it('stays the status of the job when a post step fails', async () => {
    const job = startJob()
    await job.step({ action: writeAction({ post: 'process.exit(1)' }) })
    job.cancel()
    expect((await job.end())[0]?.outcome).toBe('failure')
    expect(job.status).toBe('cancelled')
  })

  it.each(['always()', '!failure()'])('lets a step go on whose condition still holds: %s', async condition => {
    const job = startJob({ cancelAfterMs })
    const onStart = whenReady(() => job.cancel())
    const { outcome, raw } = await job.step({ action: writeAction({ main: slow }), if: condition, onStart })
    await job.end()
    expect([outcome, raw, job.status]).toEqual(['success', 'ready\ndone\n', 'cancelled'])
  })

  it.each(['!cancelled()', 'steps.before.outputs.a'])('ends a step whose condition does not: %s', async condition => {
    const job = startJob({ cancelAfterMs, context: { steps: { before: { outputs: { a: '1' } } } } })
    const onStart = whenReady(() => job.cancel())
    const { outcome } = await job.step({ action: writeAction({ main: slow }), if: condition, onStart })
    await job.end()
    expect(outcome).toBe('cancelled')
  })

  it('skips the steps after it, but for those with always() or cancelled()', async () => {
    const job = startJob({ cancelAfterMs })
    const onStart = whenReady(() => job.cancel())
    const outcomes = [(await job.step({ action: writeAction({ main: slow }), onStart })).outcome]
    for (const condition of [undefined, 'failure()', '!cancelled()', 'always()', 'cancelled()']) {
      const { outcome } = await job.step({ action: writeAction({}), ...(condition && { if: condition }) })
      outcomes.push(outcome)
    }
    await job.end()
    expect(outcomes).toEqual(['cancelled', 'skipped', 'skipped', 'skipped', 'success', 'success'])
  })

  itHasSignals('kills what still runs after the time that it leaves, and starts nothing more', async () => {
    const job = startJob({ cancelAfterMs: { ...cancelAfterMs, rest: 600 } })
    const action = writeAction({ main: stubborn, post: '' })
    const began = performance.now()
    const onStart = whenReady(() => job.cancel())
    const { raw, signal, outcome } = await job.step({ action, if: 'always()', onStart })
    expect([raw, signal, outcome]).toEqual(['ready\n', 'SIGKILL', 'cancelled'])
    expect(performance.now() - began).toBeGreaterThan(600)
    expect((await job.step({ action, if: 'always()' })).outcome).toBe('skipped')
    expect(await job.end()).toEqual([])
    expect(job.status).toBe('cancelled')
  })

  itHasSignals('kills a post step after that time, counted from the cancellation, and starts no other', async () => {
    const job = startJob({ cancelAfterMs: { ...cancelAfterMs, rest: 2000 } })
    await job.step({ action: writeAction({ post: '' }) })
    const action = writeAction({ main: stubborn, post: stubborn })
    await job.step({ action, onStart: whenReady(() => job.cancel()) })
    const posts = await job.end()
    expect(posts.map(({ raw, signal, outcome }) => [raw, signal, outcome])).toEqual([
      ['ready\n', 'SIGKILL', 'cancelled'],
    ])
  })
})

describe('the time limit of a step', () => {
  const signals = process.platform === 'win32' ? '' : 'SIGINT\nSIGTERM\n'

  it('ends it as a cancellation does, and fails it and the job', async () => {
    const action = writeAction({ main: stubborn })
    const job = startJob({ cancelAfterMs })
    const { outcome, annotations, raw } = await job.step({ action, timeoutMs: 1800 })
    await job.end()
    expect([outcome, raw, job.status]).toEqual(['failure', `ready\n${signals}`, 'failure'])
    expect(annotations.map(({ message }) => message)).toEqual([
      `The action 'Run ${action}' has timed out after 0.03 minutes.`,
    ])
  })

  it('holds for its post step as well', async () => {
    const action = writeAction({ post: stubborn })
    const job = startJob({ cancelAfterMs })
    expect((await job.step({ action, timeoutMs: 1800 })).outcome).toBe('success')
    const [post] = await job.end()
    expect([post?.outcome, post?.raw, job.status]).toEqual(['failure', `ready\n${signals}`, 'failure'])
    expect(post?.annotations.map(({ message }) => message)).toEqual([
      `The action 'Post Run ${action}' has timed out after 0.03 minutes.`,
    ])
  })

  it('may be met by a step that may fail', async () => {
    const { outcome, conclusion, job } = await runAction(
      { main: stubborn },
      { timeoutMs: 300, continueOnError: true },
      { cancelAfterMs },
    )
    expect([outcome, conclusion, job.status]).toEqual(['failure', 'success', 'success'])
  })

  it('counts as its cancellation in a job that was cancelled', async () => {
    const job = startJob({ cancelAfterMs })
    job.cancel()
    const action = writeAction({ main: stubborn })
    const { outcome, annotations } = await job.step({ action, if: 'always()', timeoutMs: 300 })
    await job.end()
    expect([outcome, job.status]).toEqual(['cancelled', 'cancelled'])
    expect(annotations.map(({ message }) => message)).toEqual(['The operation was canceled.'])
  })
})

describe('a shutdown of the runner', () => {
  const annotation = {
    level: 'error',
    title: '',
    message:
      'The runner has received a shutdown signal. This can happen when the runner service is stopped, or a manually started runner is canceled.',
  }

  itHasSignals.each(['success()', 'always()'])('signals the step that runs, with %s', async condition => {
    const job = startJob({ cancelAfterMs })
    const onStart = whenReady(() => job.shutdown())
    const { outcome, raw, signal } = await job.step({ action: writeAction({ main: stubborn }), if: condition, onStart })
    await job.end()
    expect([outcome, raw, signal]).toEqual(['cancelled', 'ready\nSIGINT\nSIGTERM\n', 'SIGKILL'])
  })

  it('fails the job and skips all other steps, post steps too', async () => {
    const job = startJob({ cancelAfterMs })
    const main = `add('STATE', 'key=k1\\n'); ${stubborn}`
    const action = writeAction({ main, post: '', runs: '  post-if: always()' })
    const { state, annotations } = await job.step({ action, onStart: whenReady(() => job.shutdown()) })
    expect(state).toEqual({ key: 'k1' })
    expect(annotations.map(({ message }) => message)).toEqual(['The operation was canceled.'])
    for (const condition of ['always()', 'failure()', 'cancelled()']) {
      expect((await job.step({ action, if: condition })).outcome).toBe('skipped')
    }
    expect(await job.end()).toEqual([])
    expect(job.status).toBe('failure')
    expect(job.annotations).toEqual([annotation])
    expect(job.log).toContain(`\nError: ${annotation.message}\n`)
  })

  itHasSignals('signals a post step that runs, and skips those after it', async () => {
    const job = startJob({ cancelAfterMs })
    await job.step({ action: writeAction({ post: '' }) })
    await job.step({ action: writeAction({ post: stubborn }), onStart: whenReady(() => job.shutdown()) })
    const posts = await job.end()
    expect(posts.map(({ outcome, raw, signal }) => [outcome, raw, signal])).toEqual([
      ['cancelled', 'ready\nSIGINT\nSIGTERM\n', 'SIGKILL'],
    ])
    expect(job.status).toBe('failure')
  })

  it('between two steps skips the second', async () => {
    const job = startJob()
    await job.step({ action: writeAction({ post: '' }) })
    job.shutdown()
    expect((await job.step({ action: writeAction({}), if: 'always()' })).outcome).toBe('skipped')
    expect(await job.end()).toEqual([])
    expect(job.status).toBe('failure')
  })

  it('stays what happened to the job if it is cancelled later, and the other way round', async () => {
    const down = startJob()
    down.shutdown()
    down.cancel()
    down.shutdown()
    await down.end()
    const cancelled = startJob()
    await cancelled.step({ action: writeAction({ post: '' }) })
    cancelled.cancel()
    cancelled.shutdown()
    expect(await cancelled.end()).toHaveLength(1)
    expect([down.status, cancelled.status]).toEqual(['failure', 'cancelled'])
    expect([down.annotations, cancelled.annotations]).toEqual([[annotation], []])
  })
})

describe('outputs of the job', () => {
  it('are dropped with a warning if something masked is in them, and if they are empty', async () => {
    const job = startJob()
    const main = "say('::add-mask::secret-key-1'); add('OUTPUT', 'key=secret-key-1\\nid=k1\\n')"
    const post = "add('OUTPUT', 'id=of the post step\\n')"
    await job.step({ id: 'make', action: writeAction({ main, post }) })
    await job.end()
    const { outputs, skipped, log } = job.jobOutputs({
      key: 'x${{ steps.make.outputs.key }}',
      id: '${{ steps.make.outputs.id }}',
      none: '${{ steps.make.outputs.none }}',
      plain: 'p',
    })
    expect(outputs).toEqual({ id: 'k1', plain: 'p' })
    expect(skipped).toEqual(['key'])
    expect(log).toContain("Warning: Skip output 'key' since it may contain secret.")
    expect(job.log.endsWith(log)).toBe(true)
  })

  it('are dropped in the encoded forms as well, with plainMasks or without', async () => {
    const job = startJob({ context: { secrets: { A: 'secret-key-1' } } })
    const { skipped } = job.jobOutputs({ key: Buffer.from('secret-key-1').toString('base64') })
    await job.end()
    expect(skipped).toEqual(['key'])
  })
})

describe('leaks', () => {
  const secret = 'a b/c+d"é~key?'
  const found = (text: string) => leaks(`before ${text} after`, [secret])

  it('finds nothing in a text without the secret', () => {
    expect(found('a b/c+d')).toEqual([])
  })

  it.each([
    ['as is', secret],
    ['URI-encoded', encodeURIComponent(secret)],
    ['URI-encoded', encodeURIComponent(secret).toLowerCase()],
    ['URI-encoded', encodeURI(secret)],
    ['form-encoded', String(new URLSearchParams({ a: secret }))],
    ['JSON-escaped', JSON.stringify({ a: secret })],
    ['JSON-escaped', JSON.stringify({ a: secret }).replaceAll('/', '\\/')],
    ['base64', Buffer.from(secret).toString('base64')],
    ['base64', Buffer.from(`x${secret}y`).toString('base64')],
    ['base64', Buffer.from(`xy${secret}z`).toString('base64')],
    ['base64', Buffer.from(`user:pass${secret}--`).toString('base64url')],
    ['lower-case hex', Buffer.from(secret).toString('hex')],
    ['upper-case hex', Buffer.from(secret).toString('hex').toUpperCase()],
  ])('finds it %s in %s', (form, text) => {
    expect(found(text)).toEqual([`${form} of ${secret}`])
  })

  it('counts a form once that is the same in two ways, and looks for every secret', () => {
    expect(leaks('plain-key other-key', ['plain-key', 'not-there', 'other-key'])).toEqual([
      'as is of plain-key',
      'as is of other-key',
    ])
  })

  it('refuses a secret that would be found by chance', () => {
    expect(() => leaks('abc', [''])).toThrow('too short')
  })
})
