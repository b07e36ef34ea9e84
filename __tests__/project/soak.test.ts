import { execFile } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, describe, expect, test } from '@jest/globals'
import { type Act, type Plan, planOf } from '../../scripts/soak/plan.mjs'

const SEED = 1
// On Windows a process that ends itself looks like one that failed.
const onPosix = process.platform === 'win32' ? test.skip : test
const folders: string[] = []

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
})

/** The built actions, with one file changed. */
function actionWith(...changes: [file: string, change: (code: string) => string][]): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'action-'))
  folders.push(folder)
  for (const name of ['action.yml', 'origin', 'revoke', 'dist'])
    cpSync(name, path.join(folder, name), { recursive: true })
  for (const [file, change] of changes) {
    const target = path.join(folder, file)
    const code = readFileSync(target, 'utf8')
    writeFileSync(target, change(code))
    expect(readFileSync(target, 'utf8')).not.toBe(code)
  }
  return folder
}

/** The number of a run of one job, and nothing else happens but what is wished. */
function runOfOneJob(wished: (act: Act, plan: Plan) => boolean): string {
  for (let run = 0; ; run++) {
    const plan = planOf(SEED, run)
    const [act, ...others] = plan.acts.flat()
    if (act === undefined || others.length > 0 || plan.limit !== undefined || act.post.length > 0) continue
    if (wished(act, plan)) return String(run)
  }
}

/** The number of a run in which one job makes a key without a name, and nothing else happens but what is wished. */
function runOf(wished: (act: Act) => boolean): string {
  return runOfOneJob(act => {
    const { name, 'key-id': keyId, 'first-control': firstControl } = act.with
    return act.action === 'get' && !name && !keyId && firstControl !== 'fail' && wished(act)
  })
}

function soak(run: string, ...args: string[]): Promise<{ exitCode: unknown; output: string }> {
  const all = ['scripts/soak.mjs', '--seed', String(SEED), '--run', run, ...args]
  return new Promise(resolve => {
    execFile(process.execPath, all, (error, stdout, stderr) =>
      resolve({ exitCode: error === null ? 0 : error.code, output: stdout + stderr }),
    )
  })
}

/** In front of an effect that comes when the key was made, and before it is handed over. */
const killedInBetween = ({ main: [disruption, ...more] }: Act) =>
  more.length === 0 &&
  disruption !== undefined &&
  'effect' in disruption &&
  disruption.effect >= 5 &&
  disruption.effect <= 8

/** The first request of all is answered with a redirect. */
const sentElsewhere = ({ main: [disruption, ...more] }: Act) =>
  more.length === 0 &&
  disruption?.what === 'fault' &&
  disruption.fault.kind === 'redirect' &&
  disruption.fault.skip === 0 &&
  ['GET', undefined].includes(disruption.fault.method)

onPosix('a key of a killed process is not lost, but it is where the post step does nothing', async () => {
  const run = runOf(killedInBetween)
  const good = await soak(run)
  expect(good.output).toMatch(
    /1 killed\n[\s\S]*1 keys and origins created\.[\s\S]*\n0 lost, 0 leaks, 0 broken promises \(seed 1\)\n$/,
  )
  expect(good.exitCode).toBe(0)
  const bad = await soak(
    run,
    '--action',
    actionWith(
      ['dist/post.js', () => ''],
      ['dist/action.js', code => code.replace('`Created key ${control.id}', '`Created a key')],
    ),
  )
  expect(bad.output).toMatch(
    /FAILED: Key [\w-]+ is lost\. \(--seed 1 --run \d+\)\n[\s\S]*\n1 lost, 0 leaks, 1 broken promises/,
  )
  expect(bad.exitCode).toBe(1)
})

test('a key that outlives the post step without a word is a broken promise', async () => {
  const run = runOf(({ main, with: { revoke } }) => main.length === 0 && revoke === 'after-job')
  const { exitCode, output } = await soak(run, '--action', actionWith(['dist/post.js', () => '']))
  expect(output).toMatch(/FAILED: Key [\w-]+ was to be revoked at the post step \(after-job\)/)
  expect(exitCode).toBe(1)
})

test('a secret that nobody masked is a leak', async () => {
  const run = runOf(({ main, debug }) => main.length === 0 && debug)
  expect(await soak(run)).toMatchObject({ exitCode: 0 })
  const unmasked = actionWith(['dist/action.js', code => code.replace(/\w+\('add-mask', {}, secret\)/, '')])
  const { exitCode, output } = await soak(run, '--action', unmasked)
  expect(output).toMatch(/FAILED: In what a step left there is the value of key [\w-]+, as is\./)
  expect(output).toContain('FAILED: The key is not masked.')
  expect(exitCode).toBe(1)
})

test('a redirect that is followed is a broken promise', async () => {
  const run = runOf(sentElsewhere)
  expect(await soak(run)).toMatchObject({ exitCode: 0 })
  const following = actionWith([
    'dist/action.js',
    code => code.replace('allowRedirects: false', 'allowRedirects: true'),
  ])
  const { exitCode, output } = await soak(run, '--action', following)
  expect(output).toMatch(/FAILED: a redirect was followed \d+ times/)
  expect(exitCode).toBe(1)
})

/** An action that takes any answer to a deletion for the documented one. */
const credulous = () =>
  actionWith([
    'dist/action.js',
    code => code.replace(/function isDocumentedDeletion\(reply\) \{/, match => `${match} return true;`),
  ])

/** All that happens is that the first deletion has no effect, and an answer as if it had. */
const isLiedTo = ({ main: [disruption, ...more] }: Act, lie: string) =>
  more.length === 0 &&
  disruption?.what === 'fault' &&
  disruption.name === `${lie} (pinata)` &&
  disruption.fault.skip === 0 &&
  // More often than the action repeats the deletion of a new key.
  (lie !== 'wrong 404 of a deletion' || Number(disruption.fault.times) >= 5) &&
  (!('when' in disruption.fault) || disruption.fault.when === 'before')

test('reports a wrong success that the post step believes as a broken promise', async () => {
  const lie = 'wrong success of a deletion'
  const run = runOf(
    act => isLiedTo(act, lie) && !act.clearsFaults && act.ends !== undefined && act.with.revoke === 'after-job',
  )
  expect(await soak(run)).toMatchObject({ exitCode: 0 })
  const { exitCode, output } = await soak(run, '--action', credulous())
  expect(output).toMatch(/FAILED: Key [\w-]+ was to be revoked at the post step \(after-job\)/)
  expect(output).toMatch(/FAILED: Key [\w-]+ is there, and a step said that it is not\./)
  expect(exitCode).toBe(1)
}, 120_000)

test('reports a wrong 404 that the revoke action believes as a broken promise', async () => {
  const run = runOfOneJob((act, { keys }) => {
    const { 'key-id': keyId = '', keep, 'dry-run': dryRun, 'last-control': lastControl } = act.with
    const names = act.action === 'revoke' && keys > 0 && /KEY_\d/.test(keyId) && !/NOBODYS/.test(keyId)
    return names && !keep && !dryRun && lastControl !== 'fail' && isLiedTo(act, 'wrong 404 of a deletion')
  })
  expect(await soak(run)).toMatchObject({ exitCode: 0 })
  const { exitCode, output } = await soak(run, '--action', credulous())
  expect(output).toMatch(/FAILED: Key [\w-]+ was to be revoked and is there, and the revoke action succeeded\./)
  expect(output).toMatch(/FAILED: Key [\w-]+ is there, and a step said that it is not\./)
  expect(exitCode).toBe(1)
}, 120_000)

describe('what a step prints', () => {
  const run = runOf(({ main, ends, with: { revoke } }) => {
    return main.length === 0 && ends !== undefined && revoke === 'after-job'
  })
  /** The commands for the runner pass, warnings among them. */
  const SILENT = `const { write } = process.stdout
    process.stdout.write = (text, ...rest) => !String(text).startsWith('::') || write.call(process.stdout, text, ...rest);\n`
  const TALKATIVE = `for (let line = 0; line < 1000; line++) console.log('A line');\n`

  test.each([
    ['step', 'ended in silence.', 'dist/main.js', SILENT],
    ['post step', 'ended in silence.', 'dist/post.js', SILENT],
    ['step', 'printed too much: 100', 'dist/main.js', TALKATIVE],
  ])('The %s %s', async (stage, failure, file, before) => {
    const broken = actionWith([file, code => before + code])
    const { exitCode, output } = await soak(run, '--action', broken)
    expect(output).toContain(`FAILED: The ${stage} ${failure}`)
    expect(output).toMatch(/, 1 broken promises \(seed 1\)\n$/)
    expect(exitCode).toBe(1)
  })
})
