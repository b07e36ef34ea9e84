import path from 'node:path'
import { expect, jest, test } from '@jest/globals'
import { type Disruption, drawPlan, type JobPlan, type Plan } from '../../scripts/soak/plan.mjs'
import { makeClone, runFirst, runNode } from '../support/demo.ts'

// With this seed, the search below takes a short time.
const SEED = 83
jest.setTimeout(120_000)

/** Returns the number of a run with one job whose step is affected by at most one disruption. */
function runOf(matches: (job: JobPlan, disruption: Disruption | undefined, plan: Plan) => boolean): string {
  for (let run = 0; run < 10_000_000; run++) {
    const plan = drawPlan(SEED, run)
    const [job, ...others] = plan.jobs.flat()
    if (job === undefined || others.length > 0 || plan.limit !== undefined) continue
    if (job.post.length === 0 && job.main.length < 2 && matches(job, job.main[0], plan)) return String(run)
  }
  throw new Error('No run matches.')
}

const createsUnnamedKey = ({ action, with: { name, 'key-id': keyId, 'first-control': firstControl } }: JobPlan) =>
  action === 'get' && !name && !keyId && firstControl !== 'fail'
const revokesAfterJob = (job: JobPlan) => createsUnnamedKey(job) && job.with.revoke === 'after-job'

/** Returns whether deletions have no effect but get a 404, even after the action's retries for a new key. */
const isFaked = (disruption: Disruption | undefined) =>
  disruption?.kind === 'fault' &&
  disruption.name === 'wrong 404 of a deletion (pinata)' &&
  disruption.fault.skip === 0 &&
  Number(disruption.fault.times) >= 5

/** Prints only commands for the runner, including warnings. */
const SILENT = runFirst(`const { write } = process.stdout
  process.stdout.write = (text, ...rest) => !String(text).startsWith('::') || write.call(process.stdout, text, ...rest)`)
const VERBOSE = runFirst("for (let line = 0; line < 1000; line++) console.log('A line')")

const withoutPostStep = { 'post.js': () => '' }

const undisturbed = runOf((job, disruption) => revokesAfterJob(job) && disruption === undefined && !!job.status)

const cases: [string, string, Parameters<typeof makeClone>[0], RegExp[]][] = [
  [
    'an unmasked secret',
    runOf((job, disruption) => createsUnnamedKey(job) && disruption === undefined && job.debug),
    { 'action.js': code => code.replace(/\w+\('add-mask', {}, secret\)/, '') },
    [/FAILED: Found the value of key [\w-]+ in what a step left\./, /FAILED: The key is not masked\./],
  ],
  [
    'a redirect that is followed',
    runOf((job, disruption) => {
      if (!createsUnnamedKey(job) || disruption?.kind !== 'fault') return false
      const { kind, skip, method } = disruption.fault
      return kind === 'redirect' && skip === 0 && method !== 'POST'
    }),
    { 'action.js': code => code.replace('allowRedirects: false', 'allowRedirects: true') },
    [/FAILED: a redirect was followed \d+ times/],
  ],
  [
    'a post step that does nothing',
    undisturbed,
    withoutPostStep,
    [/FAILED: The post step neither revoked key [\w-]+ \(revoke: after-job\) nor warned\./],
  ],
  [
    'a wrong 404 that the revoke action trusts',
    runOf((job, disruption, { keys }) => {
      const { 'key-id': keyId = '', keep, 'dry-run': dryRun, 'last-control': lastControl } = job.with
      const names = job.action === 'revoke' && keys > 0 && /KEY_\d/.test(keyId) && !/UNKNOWN/.test(keyId)
      return names && !keep && !dryRun && lastControl !== 'fail' && isFaked(disruption)
    }),
    { 'action.js': code => code.replace('if (isDocumented && ', 'if (true || ') },
    [
      /FAILED: The revoke action succeeded without revoking key [\w-]+\./,
      /FAILED: A step reported key [\w-]+ as revoked or gone, but it exists\./,
    ],
  ],
  [
    'silence',
    undisturbed,
    { 'main.js': SILENT, 'post.js': SILENT },
    [/FAILED: The step ended silently\./, /FAILED: The post step ended silently\./],
  ],
  ['too much output', undisturbed, { 'main.js': VERBOSE }, [/FAILED: The step printed too much: 100/]],
]
// On Windows, a process that kills itself looks like one that failed.
if (process.platform !== 'win32') {
  cases.push([
    'a lost key',
    // The step is killed after the creation but before the output.
    runOf((job, disruption) => {
      const effect = disruption && 'effect' in disruption ? disruption.effect : 0
      return createsUnnamedKey(job) && effect >= 5 && effect <= 8
    }),
    { ...withoutPostStep, 'action.js': code => code.replace('`Created key ${control.subject}', '`Created a key') },
    [/FAILED: Key [\w-]+ is lost\./, /\n1 lost, 1 broken promises/],
  ])
}

// .ci/run checks that the soak finds nothing wrong with the unchanged action.
test.each(cases)('finds %s', async (_name, run, changes, failures) => {
  const args = ['--seed', String(SEED), '--run', run, '--action', makeClone(changes)]
  const { exitCode, output } = await runNode(path.resolve('scripts/soak.mjs'), ...args)
  for (const failure of failures) expect(output).toMatch(failure)
  expect(exitCode).toBe(1)
})
