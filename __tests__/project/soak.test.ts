import { execFile } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, expect, test } from '@jest/globals'
import { type Act, planOf } from '../../scripts/soak/plan.mjs'

const SEED = 1
// On Windows a process that ends itself looks like one that failed.
const onPosix = process.platform === 'win32' ? test.skip : test
const folders: string[] = []

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
})

/** The built actions, with one file changed. */
function actionWith(file: string, change: (code: string) => string): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'action-'))
  folders.push(folder)
  for (const name of ['action.yml', 'revoke', 'dist']) cpSync(name, path.join(folder, name), { recursive: true })
  const target = path.join(folder, file)
  const code = readFileSync(target, 'utf8')
  writeFileSync(target, change(code))
  expect(readFileSync(target, 'utf8')).not.toBe(code)
  return folder
}

/** The number of a run in which one job makes a key without a name, and nothing else happens but what is wished. */
function runOf(wished: (act: Act) => boolean): string {
  for (let run = 0; ; run++) {
    const { acts, limit } = planOf(SEED, run)
    const [act, ...others] = acts.flat()
    if (act?.action !== 'get' || others.length > 0 || limit !== undefined || act.post.length > 0) continue
    if (act.with.name || act.with['key-id'] || act.with['first-key'] === 'fail' || !wished(act)) continue
    return String(run)
  }
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
const killedInBetween = ({ main: [trouble, ...more] }: Act) =>
  more.length === 0 && trouble !== undefined && 'effect' in trouble && trouble.effect >= 5 && trouble.effect <= 8

/** The first request of all is answered with a redirect. */
const sentElsewhere = ({ main: [trouble, ...more] }: Act) =>
  more.length === 0 &&
  trouble?.what === 'fault' &&
  trouble.fault.kind === 'redirect' &&
  trouble.fault.skip === 0 &&
  ['GET', undefined].includes(trouble.fault.method)

onPosix('a key of a killed process is not lost, but it is where the end of the job does nothing', async () => {
  const run = runOf(killedInBetween)
  const good = await soak(run)
  expect(good.output).toMatch(
    /1 killed\n[\s\S]*Keys made: 1\.[\s\S]*\n0 lost, 0 leaks, 0 broken promises \(seed 1\)\n$/,
  )
  expect(good.exitCode).toBe(0)
  const bad = await soak(
    run,
    '--action',
    actionWith('dist/post.js', () => ''),
  )
  expect(bad.output).toMatch(
    /FAILED: Key [\w-]+ is lost\. \(--seed 1 --run \d+\)\n[\s\S]*\n1 lost, 0 leaks, 1 broken promises/,
  )
  expect(bad.exitCode).toBe(1)
})

test('a key that outlives the end of the job without a word is a broken promise', async () => {
  const run = runOf(({ main, with: { revoke } }) => main.length === 0 && revoke === 'after-job')
  const { exitCode, output } = await soak(
    run,
    '--action',
    actionWith('dist/post.js', () => ''),
  )
  expect(output).toMatch(/FAILED: Key [\w-]+ was to be revoked at the end of the job \(after-job\)/)
  expect(exitCode).toBe(1)
})

test('a secret that nobody masked is a leak', async () => {
  const run = runOf(({ main, debug }) => main.length === 0 && debug)
  expect(await soak(run)).toMatchObject({ exitCode: 0 })
  const unmasked = actionWith('dist/action.js', code => code.replace("issueCommand('add-mask', {}, secret)", ''))
  const { exitCode, output } = await soak(run, '--action', unmasked)
  expect(output).toMatch(/FAILED: In what a step left there is the value of key [\w-]+, as is\./)
  expect(output).toContain('FAILED: The key is not masked.')
  expect(exitCode).toBe(1)
})

test('a redirect that is followed is a broken promise', async () => {
  const run = runOf(sentElsewhere)
  expect(await soak(run)).toMatchObject({ exitCode: 0 })
  const following = actionWith('dist/action.js', code => code.replace('allowRedirects: false', 'allowRedirects: true'))
  const { exitCode, output } = await soak(run, '--action', following)
  expect(output).toMatch(/FAILED: a redirect was followed \d+ times/)
  expect(exitCode).toBe(1)
})

test('a revocation that is believed too soon is a broken promise', async () => {
  const run = runOf(
    ({ main: [trouble, ...more], calms, ends, with: { revoke } }) =>
      more.length === 0 &&
      trouble?.what === 'fault' &&
      trouble.name.startsWith('wrong success of a deletion') &&
      trouble.fault.skip === 0 &&
      (trouble.fault as { when?: string }).when === 'before' &&
      !calms &&
      ends !== undefined &&
      revoke === 'after-job',
  )
  expect(await soak(run)).toMatchObject({ exitCode: 0 })
  const credulous = actionWith('dist/action.js', code =>
    code.replace(/function isDocumentedDeletion\(reply\) \{/, match => `${match} return true;`),
  )
  const { exitCode, output } = await soak(run, '--action', credulous)
  expect(output).toMatch(/FAILED: Key [\w-]+ was to be revoked at the end of the job \(after-job\)/)
  expect(exitCode).toBe(1)
})
