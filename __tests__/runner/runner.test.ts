// biome-ignore-all lint/suspicious/noTemplateCurlyInString: GitHub's expressions look like that.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
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
  const folders = ['.', ...readdirSync('.')].filter(folder => existsSync(path.join(folder, 'action.yml')))
  it.each(folders)('of this repository is read as the yaml package reads it: %s', folder => {
    expect(readAction(folder)).toEqual(parse(readFileSync(path.join(folder, 'action.yml'), 'utf8')))
  })

  it.each([
    ['a: "x: \\"y\\" # z\\n" # not this\nb: \'it\'\'s # this\'\nc: ""\n# four\n\nd:\r\n  my key: 42\r\n'],
    ['a: ${{ job.status }}\nb: https://x.test/a?b=c # d\nc: x#y [z] {w} *\nd: true\n'],
  ])('is read as the yaml package reads it: %j', text => {
    expect(parseYaml(text)).toEqual(parse(text))
  })

  it.each(['a:\n  - b\n', 'a: [b]\n', 'a: |\n  b\n', 'a: b\n  c\n', 'a:\nb: c\n', 'a: b: c\n', 'a:b\n', 'a: "b" c\n'])(
    'is rejected where the emulator does not understand it: %j',
    text => {
      expect(() => parseYaml(text)).toThrow('unknown YAML')
    },
  )

  it('is that of a JavaScript action', async () => {
    const job = startJob()
    await expect(job.step({ action: writeAction({ runs: '  pre: a.js' }) })).rejects.toThrow('without pre')
    await expect(job.step({ action: 'docs' })).rejects.toThrow("'docs'")
    await job.end()
  })
})

describe('inputs', () => {
  it('come as INPUT_ variables, with a default or else an empty text', async () => {
    const env = await environmentOf(
      {
        inputs:
          '  gateway-id:\n    default: x\n  my key:\n    required: false\n  c:\n    default: false\n  d:\n    required: true',
      },
      { with: { 'Gateway-Id': 'g1', 'my key': 7 } },
    )
    expect([env['INPUT_GATEWAY-ID'], env.INPUT_MY_KEY, env.INPUT_C, env.INPUT_D]).toEqual(['g1', '7', 'false', ''])
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

  it('have their expressions evaluated at main, and again at post', async () => {
    const context = { secrets: { JWT: 'the-jwt' }, vars: { WHERE: 'here' }, github: { token: 'ghs_token' } }
    const job = startJob({ context })
    const show = 'say(process.env.INPUT_A, process.env.INPUT_B)'
    const inputs = '  a:\n    default: ${{ job.status }} ${{ github.token }}\n  b:\n    required: true'
    const action = writeAction({ inputs, main: show, post: show })
    const a = 'Bearer ${{ secrets.JWT }} ${{ VARS.where }} ${{job.status}}'
    const byDefault = await job.step({ action })
    const main = await job.step({ action, with: { a, b: '${{ steps.later.outputs.key-id }}' } })
    await job.step({ id: 'later', action: writeAction({ main: "add('OUTPUT', 'key-id=k1\\n')" }) })
    const [post, defaultPost] = await job.end({ status: 'cancelled' })
    expect([byDefault.raw, defaultPost?.raw]).toEqual(['success ghs_token\n\n', 'cancelled ghs_token\n\n'])
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
})

describe('the environment', () => {
  it('has the variables of the runner and nothing of the parent that nobody needs', async () => {
    process.env.RUNNER_TEST_LEFTOVER = 'x'
    const env = await environmentOf({})
    delete process.env.RUNNER_TEST_LEFTOVER
    expect(env).toMatchObject({
      CI: 'true',
      GITHUB_ACTIONS: 'true',
      GITHUB_REPOSITORY: 'octo-org/octo-site',
      GITHUB_SHA: expect.stringMatching(/^[\da-f]{40}$/),
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

  it("has the job's variables, and the step's before them", async () => {
    const env = await environmentOf({}, { env: { B: '${{ env.A }}-2', C: '3' } }, { env: { A: '1', B: '1' } })
    expect([env.A, env.B, env.C]).toEqual(['1', '1-2', '3'])
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

  it.each(['ENV', 'PATH'])('fail the step if it writes to %s, which nothing here does', async name => {
    expect((await runAction({ main: `add('${name}', 'A=1\\n')` })).outcome).toBe('failure')
  })

  it.each(['PATH', 'STEP_SUMMARY'])('do not fail it if a folder is in the place of %s', async name => {
    const main = `fs.rmSync(process.env.GITHUB_${name}); fs.mkdirSync(process.env.GITHUB_${name})`
    const { outcome, annotations } = await runAction({ main })
    expect([outcome, annotations]).toEqual(['success', []])
  })

  it.each([
    ['', ''],
    ['a secret-1', 'a ***\n'],
    ['a\r\nb\n\n', 'a\nb\n\n'],
  ])('give a masked summary that ends with a line break: %j', async (written, shown) => {
    const main = `say('::add-mask::secret-1'); add('STEP_SUMMARY', ${JSON.stringify(written)})`
    expect((await runAction({ main })).summary).toBe(shown)
  })

  it('show no summary of more than 1024 kB', async () => {
    const largest = await runAction({ main: "add('STEP_SUMMARY', 'x'.repeat(1024 * 1024))" })
    const step = await runAction({ main: "add('STEP_SUMMARY', 'x'.repeat(1025 * 1024 + 1))" })
    expect([largest.summary.length, largest.annotations]).toEqual([1024 * 1024 + 1, []])
    expect([step.summary, step.outcome]).toEqual(['', 'success'])
    expect(step.annotations[0]?.message).toMatch(/^\$GITHUB_STEP_SUMMARY upload aborted, .* of 1024k, got 1025k\./)
  })
})

describe('commands', () => {
  it('show errors, warnings and notices in the log and as annotations', async () => {
    const step = await runLines([
      '::error::one',
      '::warning title=T%3A,file=a.ts::two',
      '::notice::three%0Afour%250A',
      '::error title=,=c::six',
      'five',
    ])
    expect(body(step.log)).toEqual(['Error: one', 'Warning: two', 'Notice: three', 'four%0A', 'Error: six', 'five'])
    expect(step.annotations).toEqual([
      { level: 'error', title: '', message: 'one' },
      { level: 'warning', title: 'T:', message: 'two' },
      { level: 'notice', title: '', message: 'three\nfour%0A' },
      { level: 'error', title: '', message: 'six' },
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

  it('fold lines in groups', async () => {
    expect(body((await runLines(['::group::My group', 'in', '::endgroup::', 'out'])).log)).toEqual([
      '▼ My group',
      'in',
      'out',
    ])
  })

  it.each(['::set-env name=A::1', '##[set-output name=a]1', '::Stop-Commands::token', '::echo::on'])(
    'fail the step if nothing here uses them: %s',
    async line => {
      const { outcome, annotations } = await runLines([line])
      expect([outcome, annotations[0]?.message]).toEqual([
        'failure',
        `Unable to process command '${line}' successfully.`,
      ])
    },
  )
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
    // The real runner does not mask titles either.
    expect(step.annotations).toEqual([{ level: 'error', title: 'secret-1', message: '***' }])
    expect(step.masks).toEqual(['secret-1'])
    expect(step.raw).toContain('::add-mask::secret-1')
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

  it('of the last step comes first, and sees what the others made of the job', async () => {
    const job = startJob()
    const inputs = '  a:\n    default: ${{ job.status }}'
    await job.step({ action: writeAction({ inputs, main: "add('STATE', 'key=k1\\n')", post: show }) })
    await job.step({ action: writeAction({ inputs, post: `${show}; process.exitCode = 1` }) })
    expect((await job.end()).map(({ raw }) => raw)).toEqual(['[null,"success"]\n', '["k1","failure"]\n'])
    expect(job.status).toBe('failure')
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
})

describe('a step', () => {
  it('shows its inputs and its env in front, and leaves out what is empty', async () => {
    const inputs = '  a:\n    default: 1\n  b:\n    required: false\n  c:\n    required: true'
    const job = startJob({ env: { E: 'e' } })
    const action = writeAction({ inputs, main: "say('x')" })
    const { log } = await job.step({ action, with: { c: 'see' } })
    await job.end()
    expect(log).toBe([`▼ Run ${action}`, 'with:', '  c: see', '  a: 1', 'env:', '  E: e', 'x'].join('\n'))
    expect(job.log).toBe(log)
  })

  it('that fails leaves its outputs to the steps after it, and fails the job', async () => {
    const job = startJob()
    const main = "add('OUTPUT', 'a=1\\n'); process.exit(7)"
    const { exitCode, outcome } = await job.step({ action: writeAction({ main }), id: 'one' })
    const show = writeAction({ inputs: '  a:\n    required: true', main: 'say(process.env.INPUT_A)' })
    const a = '${{ steps.one.outputs.a }} ${{ steps.one.outcome }} ${{ steps.two.outputs.a }}'
    expect((await job.step({ action: show, with: { a }, if: 'always()' })).raw).toBe('1 failure \n')
    await job.end()
    expect([exitCode, outcome, job.status]).toEqual([7, 'failure', 'failure'])
  })

  it.each([
    [undefined, [true, false, false]],
    ['!success()', [false, true, true]],
    ['${{ ! Cancelled() }}', [true, true, false]],
    ['steps.before.outputs.a', [true, false, false]],
    ['${{ steps.before.outputs.none }}', [false, false, false]],
    ['steps.before.outputs.no', [true, false, false]],
    ['github.event.deleted', [false, false, false]],
    ['env.A', [true, false, false]],
  ])('runs if its condition holds: %s', async (condition, expected) => {
    const action = writeAction({})
    const ran = []
    for (const status of ['success', 'failure', 'cancelled'] as const) {
      const job = startJob({ context: { github: { event: { deleted: false } } } })
      const main = `add('OUTPUT', 'a=1\\nno=false\\n'); process.exitCode = ${Number(status === 'failure')}`
      await job.step({ id: 'before', action: writeAction({ main }) })
      if (status === 'cancelled') job.cancel()
      const { outcome } = await job.step({ action, env: { A: '1' }, ...(condition && { if: condition }) })
      ran.push(outcome === 'success')
      await job.end()
    }
    expect(ran).toEqual(expected)
  })

  it('that is skipped says nothing, has no post step, and leaves the status of the job alone', async () => {
    const job = startJob()
    const action = writeAction({ main: "say('x')", post: "say('x')" })
    const { outcome, log } = await job.step({ action, if: 'failure()' })
    expect([outcome, log, job.status, await job.end()]).toEqual(['skipped', '', 'success', []])
    await expect(job.end()).rejects.toThrow('has ended')
    await expect(job.step({ action })).rejects.toThrow('has ended')
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

  it('skips the steps after it, but for those with always() or cancelled()', async () => {
    const job = startJob({ cancelAfterMs })
    const onStart = whenReady(() => job.cancel())
    const outcomes = [(await job.step({ action: writeAction({ main: slow }), onStart })).outcome]
    for (const condition of ['failure()', '!cancelled()', 'cancelled()', 'always()']) {
      outcomes.push((await job.step({ action: writeAction({}), if: condition })).outcome)
    }
    await job.end()
    expect(outcomes).toEqual(['cancelled', 'skipped', 'skipped', 'success', 'success'])
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
    expect(job.status).toBe('cancelled')
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

  it('are dropped in the forms that the runner derives, which the log shows here', async () => {
    const secret = `a"b'c&d<e>/f g(h)+äö`
    const base64 = (text: string) => Buffer.from(text).toString('base64')
    const forms = {
      base64: base64(secret),
      'one byte later': base64(`x${secret}`).slice(4),
      'two bytes later': base64(`xy${secret}`).slice(4),
      JSON: JSON.stringify(secret).slice(1, -1),
      URI: encodeURIComponent(secret).replace(/[!'()*]/g, c => `%${c.charCodeAt(0).toString(16)}`),
      XML: 'a&quot;b&apos;c&amp;d&lt;e&gt;/f g(h)+äö',
      expression: secret.replace("'", "''"),
    }
    const { log, job } = await runLines([forms.base64], { context: { secrets: { A: secret } } })
    expect(body(log)).toEqual([forms.base64])
    expect(job.jobOutputs({ ...forms, other: 'a' }).skipped).toEqual(Object.keys(forms))
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

  it('refuses a secret that would be found by chance', () => {
    expect(() => leaks('abc', [''])).toThrow('too short')
  })
})
