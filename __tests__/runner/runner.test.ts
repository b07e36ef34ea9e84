// biome-ignore-all lint/suspicious/noTemplateCurlyInString: GitHub's expressions look like that.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { parse } from 'yaml'
import { parseYaml } from '../../emulator/runner/action.mjs'
import { evaluate, holds } from '../../emulator/runner/expressions.mjs'
import { readAction, startJob } from '../../emulator/runner/runner.mjs'
import { type ThrowawayAction, writeAction } from '../support/throwaway-action.ts'

type JobOptions = NonNullable<Parameters<typeof startJob>[0]>
type StepOptions = Omit<Parameters<ReturnType<typeof startJob>['step']>[0], 'action'>

// Node has no way to send Ctrl+C on Windows.
const itHasSignals = process.platform === 'win32' ? it.skip : it

/** Runs an action as the only step of a job. */
async function runAction(action: ThrowawayAction, step: StepOptions = {}, options: JobOptions = {}) {
  const job = startJob(options)
  const main = await job.step({ action: writeAction(action), ...step })
  await job.end()
  return { ...main, job }
}

/** Returns the lines that the action wrote, without the header. */
const body = (log: string) => log.split('\n').filter(line => !/^(?:▼ Run |with:|env:| {2}[\w-]+: )/.test(line))

const STATUSES = ['success', 'failure', 'cancelled'] as const

describe('action.yml', () => {
  const folders = ['.', ...readdirSync('.')].filter(folder => existsSync(path.join(folder, 'action.yml')))
  it('is read as the yaml package reads it', () => {
    for (const folder of folders) {
      expect(readAction(folder)).toEqual(parse(readFileSync(path.join(folder, 'action.yml'), 'utf8')))
    }
    for (const text of [
      'a: "x: \\"y\\" # z\\n" # not this\nb: \'it\'\'s # this\'\nc: ""\n# four\n\nd:\r\n  my key: 42\r\n',
      'a: ${{ job.status }}\nb: https://x.test/a?b=c # d\nc: x#y [z] {w} *\nd: true\n',
    ]) {
      expect(parseYaml(text)).toEqual(parse(text))
    }
  })

  it.each(['a:\n  - b\n', 'a: [b]\n', 'a: |\n  b\n', 'a: b\n  c\n', 'a:\nb: c\n', 'a: b: c\n', 'a:b\n', 'a: "b" c\n'])(
    'is rejected where the emulator does not understand it: %j',
    text => {
      expect(() => parseYaml(text)).toThrow('unknown YAML')
    },
  )

  it('is that of a JavaScript action', () => {
    expect(() => readAction(writeAction({ runs: '  pre: a.js' }))).toThrow('without pre')
    expect(() => readAction('docs')).toThrow("'docs'")
  })
})

describe('expressions', () => {
  it.each([
    ["${{ steps.a.outcome == 'success' }}", 'evaluates paths'],
    ['${{ toJSON(secrets) }}', 'evaluates paths'],
    ['${{ secrets }}', 'evaluates paths'],
    ['${{ github.event }}', 'is no text'],
    ['${{ jobs.a }}', "Unrecognized named-value: 'jobs'"],
    ['${{ secrets.a', 'without an end'],
  ])('are rejected if they are not understood: %s', (value, why) => {
    expect(() => evaluate(value, { secrets: {}, steps: {}, github: { event: {} } }, 'with.a')).toThrow(why)
  })

  it.each([
    ['always()', [true, true, true]],
    ['success()', [true, false, false]],
    ['failure()', [false, true, false]],
    ['${{ ! Cancelled() }}', [true, true, false]],
    ['steps.before.outputs.a', [true, true, true]],
    ['${{ steps.before.outputs.none }}', [false, false, false]],
    // A text is true.
    ['steps.before.outputs.no', [true, true, true]],
    ['github.event.deleted', [false, false, false]],
  ])('hold as conditions: %s', (condition, expected) => {
    const contexts = { steps: { before: { outputs: { a: '1', no: 'false' } } }, github: { event: { deleted: false } } }
    expect(STATUSES.map(status => holds(condition, status, contexts))).toEqual(expected)
  })
})

describe('inputs', () => {
  it('come as INPUT_ variables, with a default or else an empty text, and a warning if they are not declared', async () => {
    const { raw, annotations } = await runAction(
      {
        inputs:
          '  gateway-id:\n    default: x\n  my key:\n    required: false\n  c:\n    default: false\n  d:\n    required: true',
        main: "say(JSON.stringify(['GATEWAY-ID', 'MY_KEY', 'C', 'D', 'E'].map(name => process.env['INPUT_' + name])))",
      },
      { with: { 'Gateway-Id': 'g1', 'my key': 7, e: '3' } },
    )
    expect(JSON.parse(raw)).toEqual(['g1', '7', 'false', '', '3'])
    const valid = "valid inputs are ['gateway-id', 'my key', 'c', 'd']"
    expect(annotations).toEqual([{ level: 'warning', title: '', message: `Unexpected input(s) 'e', ${valid}` }])
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
})

describe('the environment', () => {
  it("has the runner's variables, the job's and the step's, and drops unneeded ones of the parent process", async () => {
    process.env.RUNNER_TEST_LEFTOVER = 'x'
    const event = { number: 7 }
    const main = 'say(JSON.stringify([process.env, fs.readFileSync(process.env.GITHUB_EVENT_PATH, "utf8")]))'
    const step = { env: { B: '${{ env.A }}-2', C: '3' } }
    const { raw } = await runAction({ main }, step, {
      env: { A: '1', B: '1' },
      context: { github: { sha: 'abc', event } },
      debug: true,
    })
    delete process.env.RUNNER_TEST_LEFTOVER
    const [env, written] = JSON.parse(raw)
    expect(env).toMatchObject({
      ...{ CI: 'true', GITHUB_ACTIONS: 'true', GITHUB_REPOSITORY: 'octo-org/octo-site', GITHUB_SHA: 'abc' },
      ...{ RUNNER_DEBUG: '1', RUNNER_OS: expect.stringMatching(/^(?:Linux|macOS|Windows)$/), PATH: process.env.PATH },
      ...{ A: '1', B: '1-2', C: '3' },
    })
    for (const name of ['RUNNER_TEST_LEFTOVER', 'GITHUB_TOKEN']) expect(env).not.toHaveProperty(name)
    expect(JSON.parse(written)).toEqual(event)
  })

  it("is gone when the job has ended, unless the caller gave the job's folder", async () => {
    const dir = mkdtempSync(path.join(tmpdir(), 'given-'))
    const [job, other] = [startJob(), startJob({ dir })]
    await Promise.all([job.end(), other.end()])
    expect([existsSync(job.workspace), existsSync(other.workspace)]).toEqual([false, true])
    rmSync(dir, { recursive: true })
  })
})

describe('what a step writes', () => {
  it('counts on stdout and stderr, and in files, which the step may delete', async () => {
    const main = `say('::error::one')
      console.error('::error::two')
      add('OUTPUT', 'a=1')
      add('STEP_SUMMARY', 'b')
      fs.rmSync(process.env.GITHUB_STATE)`
    const { annotations, stderr, outputs, summary, outcome } = await runAction({ main })
    expect(annotations.map(({ message }) => message).sort()).toEqual(['one', 'two'])
    expect({ stderr, outputs, summary, outcome }).toEqual({
      ...{ stderr: '::error::two\n', outputs: { a: '1' }, summary: 'b\n', outcome: 'success' },
    })
  })

  it('fails the step if the runner rejects it', async () => {
    const { exitCode, outcome, job } = await runAction({ main: "add('OUTPUT', 'x')" })
    expect([exitCode, outcome, job.status]).toEqual([0, 'failure', 'failure'])
  })

  it("masks values for the steps after it, and in the job's log", async () => {
    const job = startJob()
    const one = await job.step({ action: writeAction({ main: "say('::add-mask::secret-1')" }) })
    const two = await job.step({ action: writeAction({ main: "say('secret-1', '::add-mask::secret-1')" }) })
    await job.end()
    expect([body(two.log), one.masks, two.masks]).toEqual([['***'], ['secret-1'], []])
    expect(job.log).not.toContain('secret-1')
  })

  it('never shows secrets and the token, also where the log shows inputs and env', async () => {
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
    expect([body(step.log).at(-1), step.masks]).toEqual(['*** ***', []])
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

  it('that fails leaves its outputs to later steps, fails the job, and skips steps without a status function', async () => {
    const job = startJob()
    const main = "add('OUTPUT', 'a=1\\n'); process.exit(7)"
    const { exitCode, outcome } = await job.step({ action: writeAction({ main }), id: 'one' })
    const inputs = '  a:\n    required: true'
    const show = writeAction({ inputs, main: 'say(process.env.INPUT_A)', post: '' })
    for (const condition of [undefined, 'success()', 'steps.one.outputs.a']) {
      const skipped = await job.step({ action: show, ...(condition && { if: condition }) })
      expect([skipped.outcome, skipped.log]).toEqual(['skipped', ''])
    }
    const a = '${{ steps.one.outputs.a }} ${{ steps.one.outcome }} ${{ steps.two.outputs.a }}'
    expect((await job.step({ action: show, with: { a }, if: 'always()' })).raw).toBe('1 failure \n')
    // Skipped steps have no post step.
    expect(await job.end()).toHaveLength(1)
    expect([exitCode, outcome, job.status]).toEqual([7, 'failure', 'failure'])
    await expect(job.end()).rejects.toThrow('has ended')
    await expect(job.step({ action: show })).rejects.toThrow('has ended')
  })

  it('has a post step that gets its state, runs in reverse order, and sees the status of the job', async () => {
    const job = startJob()
    const show = 'say(JSON.stringify([process.env.STATE_key, process.env.INPUT_A]))'
    const inputs = '  a:\n    default: ${{ job.status }}'
    const post = (more: ThrowawayAction) => job.step({ action: writeAction({ inputs, post: show, ...more }) })
    await post({ main: "add('STATE', 'key=k1\\n'); process.exitCode = 1" })
    for (const condition of ['failure()', 'success()', '"!cancelled()"']) {
      await job.step({ action: writeAction({ inputs, post: show, runs: `  post-if: ${condition}` }), if: 'always()' })
    }
    const posts = await job.end()
    expect(posts.map(({ raw }) => raw)).toEqual(['[null,"failure"]\n', '[null,"failure"]\n', '["k1","failure"]\n'])
    expect(body(posts[0]?.log ?? '')[0]).toBe('Post job cleanup.')
  })

  it('fails the job if its post step fails', async () => {
    const job = startJob()
    await job.step({ action: writeAction({ post: 'process.exitCode = 1' }) })
    await job.end()
    expect(job.status).toBe('failure')
  })
})

// A test need not wait as long as a runner does.
const cancelAfterMs = { terminate: 300, kill: 300 }
/** Prints which signals it receives, and does not end for them. */
const stubborn = `
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => say(signal))
  setTimeout(() => {}, 10_000)
  say('ready')`
/** Takes some time, but ends by itself. */
const slow = "say('ready'); setTimeout(() => say('done'), 300)"

/** For `onStart`: does something when the process is ready. */
const whenReady = (then: () => void): NonNullable<StepOptions['onStart']> => {
  return child => child.stdout?.once('data', text => String(text).startsWith('ready') && then())
}

describe('cancelling', () => {
  it('ends the step, and its post step gets what it saved until then', async () => {
    const job = startJob({ cancelAfterMs })
    const post = 'say(process.env.INPUT_STATUS, process.env.STATE_key)'
    const inputs = '  status:\n    default: ${{ job.status }}'
    const action = writeAction({ inputs, main: `add('STATE', 'key=k1\\n');${stubborn}`, post })
    const { outcome, annotations } = await job.step({ action, onStart: whenReady(() => job.cancel()) })
    expect([outcome, annotations.at(-1)?.message]).toEqual(['cancelled', 'The operation was canceled.'])
    expect((await job.end()).map(({ raw }) => raw)).toEqual(['cancelled\nk1\n'])
    expect(job.status).toBe('cancelled')
  })

  it('lets a post step continue that always runs, and ends one that runs on success', async () => {
    const outcomes = []
    for (const condition of ['always()', 'success()']) {
      const job = startJob({ cancelAfterMs })
      const action = writeAction({ post: slow, runs: `  post-if: ${condition}` })
      await job.step({ action, onStart: whenReady(() => job.cancel()) })
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
})

it('ends a step and a post step at the time limit as a cancellation does, and fails the job', async () => {
  const signals = process.platform === 'win32' ? '' : 'SIGINT\nSIGTERM\n'
  const action = writeAction({ main: stubborn, post: stubborn })
  const job = startJob({ cancelAfterMs })
  const main = await job.step({ action, timeoutMs: 1800 })
  const [post] = await job.end()
  for (const [title, step] of [
    ['Run', main],
    ['Post Run', post],
  ] as const) {
    expect([step?.outcome, step?.raw]).toEqual(['failure', `ready\n${signals}`])
    expect(step?.annotations[0]?.message).toBe(`The action '${title} ${action}' has timed out after 0.03 minutes.`)
  }
  expect(job.status).toBe('failure')
})

describe('a shutdown of the runner', () => {
  itHasSignals('signals the step that runs, fails the job, and skips all other steps, post steps too', async () => {
    const job = startJob({ cancelAfterMs })
    const main = `add('STATE', 'key=k1\\n'); ${stubborn}`
    const action = writeAction({ main, post: '', runs: '  post-if: always()' })
    const onStart = whenReady(() => job.shutdown())
    const { state, annotations, ...step } = await job.step({ action, if: 'always()', onStart })
    expect([step.outcome, step.raw, step.signal]).toEqual(['cancelled', 'ready\nSIGINT\nSIGTERM\n', 'SIGKILL'])
    expect(state).toEqual({ key: 'k1' })
    expect(annotations.map(({ message }) => message)).toEqual(['The operation was canceled.'])
    for (const condition of ['always()', 'failure()', 'cancelled()']) {
      expect((await job.step({ action, if: condition })).outcome).toBe('skipped')
    }
    expect([await job.end(), job.status]).toEqual([[], 'failure'])
  })

  itHasSignals('signals a post step that runs, and skips those after it', async () => {
    const job = startJob({ cancelAfterMs })
    await job.step({ action: writeAction({ post: '' }) })
    await job.step({ action: writeAction({ post: stubborn }), onStart: whenReady(() => job.shutdown()) })
    const posts = await job.end()
    expect(posts.map(({ outcome, raw, signal }) => [outcome, raw, signal])).toEqual([
      ['cancelled', 'ready\nSIGINT\nSIGTERM\n', 'SIGKILL'],
    ])
  })

  it('has no effect after a cancellation, and the other way round', async () => {
    const [down, cancelled] = [startJob(), startJob()]
    down.shutdown()
    down.cancel()
    cancelled.cancel()
    cancelled.shutdown()
    await Promise.all([down.end(), cancelled.end()])
    expect([down.status, cancelled.status]).toEqual(['failure', 'cancelled'])
  })
})

it('drops outputs of the job with a warning if they contain something masked in any form, and empty ones', async () => {
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
  const job = startJob({ context: { secrets: { A: secret } } })
  const main = `add('OUTPUT', 'key=x' + ${JSON.stringify(secret)} + '\\nid=k1\\n'); say('${forms.base64}')`
  const { log: shown } = await job.step({
    id: 'make',
    action: writeAction({ main, post: "add('OUTPUT', 'id=k2\\n')" }),
  })
  // In the log, a form that the action forgot to mask stays visible.
  expect(body(shown)).toEqual([forms.base64])
  await job.end()
  const { outputs, skipped, log } = job.jobOutputs({
    key: '${{ steps.make.outputs.key }}',
    id: '${{ steps.make.outputs.id }}',
    none: '${{ steps.make.outputs.none }}',
    ...forms,
  })
  expect([outputs, skipped]).toEqual([{ id: 'k1' }, ['key', ...Object.keys(forms)]])
  expect(log).toContain("Warning: Skip output 'key' since it may contain secret.")
  expect(job.log.endsWith(log)).toBe(true)
})
