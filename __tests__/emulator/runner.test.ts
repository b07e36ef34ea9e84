import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, test } from '@jest/globals'
import { parse } from 'yaml'
import { readAction } from '../../emulator/runner/action.mjs'
import { evaluate } from '../../emulator/runner/expressions.mjs'
import { startJob } from '../../emulator/runner/runner.mjs'
import { onPosix } from '../support/job.ts'
import { type ThrowawayAction, writeAction } from '../support/throwaway-action.ts'

type JobOptions = NonNullable<Parameters<typeof startJob>[0]>
type StepOptions = Omit<Parameters<ReturnType<typeof startJob>['step']>[0], 'action'>

async function runAction(action: ThrowawayAction, step: StepOptions = {}, options: JobOptions = {}) {
  const job = startJob(options)
  const folder = writeAction(action)
  const main = await job.step({ action: folder, ...step })
  const [post] = await job.end()
  return { main, post, job, folder }
}

const folders = ['.', ...readdirSync('.')].filter(folder => existsSync(path.join(folder, 'action.yml')))
test.each(folders)('reads %s/action.yml as the yaml package does', folder => {
  expect(readAction(folder)).toEqual(parse(readFileSync(path.join(folder, 'action.yml'), 'utf8')))
})

test.each(["${{ steps.a == 'b' }}", '${{ toJSON(secrets) }}', '${{ jobs.a }}'])('rejects the expression %s', value => {
  expect(() => evaluate(value, { secrets: {}, steps: {}, github: { event: {} } }, 'a')).toThrow('evaluates only paths')
})

test('starts the log with the masked inputs and env, and warns about unexpected inputs', async () => {
  const context = { secrets: { JWT: ' the-jwt\n' }, github: { token: 'ghs_token' } }
  const inputs = '  a:\n    required: true\n  b:\n    default: ${{ job.status }} ${{ github.token }}'
  const step = { with: { a: 'Bearer ${{ secrets.JWT }}', e: 7 }, env: { F: 'the-jwt' } }
  const { main, folder } = await runAction({ inputs }, step, { context })
  const unexpected = "Unexpected input(s) 'e', valid inputs are ['a', 'b']"
  const given = ['with:', '  a: Bearer  ***', '', '  e: 7', '  b: success ***', 'env:', '  F: ***']
  expect(main.log).toBe(
    [`Warning: ${unexpected}`, `▼ Run ./${path.relative('', folder).replaceAll('\\', '/')}`, ...given].join('\n'),
  )
  expect(main.annotations).toEqual([{ level: 'warning', title: '', message: unexpected }])
})

test("sets the variables of the runner and the step, and does not pass on the parent's unneeded ones", async () => {
  process.env.RUNNER_TEST_LEFTOVER = 'x'
  const dir = mkdtempSync(path.join(tmpdir(), 'given-'))
  const main = 'print(JSON.stringify([process.env, fs.readFileSync(process.env.GITHUB_EVENT_PATH, "utf8")]))'
  const options = { dir, context: { github: { sha: 'abc', event: { number: 7 } } }, debug: true }
  const done = await runAction({ main }, { env: { A: '1', RUNNER_DEBUG: '2' } }, options)
  delete process.env.RUNNER_TEST_LEFTOVER
  const [env, event] = JSON.parse(done.main.raw)
  expect(env).toMatchObject({
    ...{ CI: 'true', GITHUB_ACTIONS: 'true', GITHUB_REPOSITORY: 'octo-org/octo-site', GITHUB_SHA: 'abc' },
    ...{ A: '1', RUNNER_DEBUG: '1', PATH: process.env.PATH },
  })
  for (const name of ['RUNNER_TEST_LEFTOVER', 'GITHUB_TOKEN']) expect(env).not.toHaveProperty(name)
  expect(event).toBe('{"number":7}')
  // The job deletes its folder, unless the caller provided it.
  const { main: other } = await runAction({ main: 'print(process.cwd())' })
  expect([existsSync(other.raw.trim()), existsSync(env.GITHUB_WORKSPACE)]).toEqual([false, true])
  rmSync(dir, { recursive: true })
})

test.each<[name: string, action: ThrowawayAction, exitCode: number]>([
  ["a step's exit code", { main: "add('OUTPUT', 'a=1\\n'); process.exit(7)" }, 7],
  ['an output that the runner rejects', { main: "add('OUTPUT', 'a=1\\nx')" }, 0],
  ['a failed post step', { main: "add('OUTPUT', 'a=1\\n')", post: 'process.exitCode = 1' }, 0],
])("fails a job for %s, keeps the step's outputs, and runs no later steps", async (_name, action, exitCode) => {
  const { main, post, job } = await runAction(action)
  expect(main).toMatchObject({ exitCode, outputs: { a: '1' } })
  expect([post?.outcome ?? main.outcome, job.status]).toEqual(['failure', 'failure'])
  await expect(job.step({ action: '.' })).rejects.toThrow('has ended')
})

const cancelAfterMs = { terminate: 300, kill: 300 }
const ignoresSignals = `
  add('STATE', 'key=k1\\n')
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => print(signal))
  setTimeout(() => {}, 10_000)
  print('ready')`
const SIGNALS = process.platform === 'win32' ? '' : 'SIGINT\nSIGTERM\n'

/** Runs an action in a job, and interrupts the job when the action's process is ready. */
async function interrupt(action: ThrowawayAction, how: 'cancel' | 'shutdown') {
  const job = startJob({ cancelAfterMs })
  const onStart: StepOptions['onStart'] = child => {
    child.stdout?.once('data', text => String(text).startsWith('ready') && job[how]())
  }
  // An earlier step that also has a post step.
  await job.step({ action: writeAction({ post: '' }) })
  const main = await job.step({ action: writeAction(action), onStart })
  const later = await job.step({ action: writeAction({}) })
  return { main, later: later.outcome, posts: await job.end(), status: job.status }
}

test('cancels the running step, and runs post steps with the saved state', async () => {
  const inputs = '  status:\n    default: ${{ job.status }}'
  const post = 'print(process.env.INPUT_STATUS, process.env.STATE_key)'
  const { main, later, posts, status } = await interrupt({ inputs, main: ignoresSignals, post }, 'cancel')
  expect(main).toMatchObject({ outcome: 'cancelled', raw: `ready\n${SIGNALS}` })
  expect(main.annotations.at(-1)?.message).toBe('The operation was canceled.')
  expect([later, posts.map(({ raw }) => raw), status]).toEqual(['skipped', ['cancelled\nk1\n', ''], 'cancelled'])
})

test('lets a post step continue if the job is canceled', async () => {
  const { posts, status } = await interrupt({ post: "print('ready'); setTimeout(() => print('done'), 300)" }, 'cancel')
  expect([posts.map(({ outcome }) => outcome), status]).toEqual([['success', 'success'], 'cancelled'])
})

onPosix('shuts down the runner: signals the running step, and starts no others, not even post steps', async () => {
  const killed = { outcome: 'cancelled', raw: `ready\n${SIGNALS}`, signal: 'SIGKILL', state: { key: 'k1' } }
  const { main, later, ...ended } = await interrupt({ main: ignoresSignals, post: '' }, 'shutdown')
  expect(main).toMatchObject(killed)
  expect([later, ended]).toEqual(['skipped', { posts: [], status: 'failure' }])
  expect((await interrupt({ post: ignoresSignals }, 'shutdown')).posts).toMatchObject([killed])
})

test('drops empty job outputs and, with a warning, those that contain a masked value in any form', async () => {
  const secret = `a"b'c&d<e>/f g(h)+äö`
  const forms = { base64: Buffer.from(`x${secret}`).toString('base64'), URI: encodeURIComponent(secret) }
  const main = `add('OUTPUT', 'key=x' + ${JSON.stringify(secret)} + '\\nid=k1\\n'); print('${forms.base64}')`
  const { main: step, job } = await runAction({ main }, { id: 'a' }, { context: { secrets: { A: secret } } })
  // In the log, a form that the action forgot to mask stays visible.
  expect(step.log.split('\n').at(-1)).toBe(forms.base64)
  const [key, id, none] = ['${{ steps.a.outputs.key }}', '${{ steps.a.outputs.id }}', '${{ steps.a.outputs.none }}']
  const { outputs, skipped, log } = job.jobOutputs({ key, id, none, ...forms })
  expect([outputs, skipped]).toEqual([{ id: 'k1' }, ['key', ...Object.keys(forms)]])
  expect(log).toContain("Warning: Skip output 'key' since it may contain secret.")
  expect(job.log.endsWith(log)).toBe(true)
})
