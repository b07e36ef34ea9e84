import path from 'node:path'
import { expect, jest, test } from '@jest/globals'
import { type Act, type Disruption, type Plan, planOf } from '../../scripts/soak/plan.mjs'
import { makeClone, runFirst, runNode } from '../support/demo.ts'

const SEED = 1
jest.setTimeout(120_000)

/** Returns the number of a run with one job, whose step at most one disruption affects. */
function runOf(wished: (act: Act, disruption: Disruption | undefined, plan: Plan) => boolean): string {
  for (let run = 0; ; run++) {
    const plan = planOf(SEED, run)
    const [act, ...others] = plan.acts.flat()
    if (act === undefined || others.length > 0 || plan.limit !== undefined) continue
    if (act.post.length === 0 && act.main.length < 2 && wished(act, act.main[0], plan)) return String(run)
  }
}

const createsUnnamedKey = ({ action, with: { name, 'key-id': keyId, 'first-control': firstControl } }: Act) =>
  action === 'get' && !name && !keyId && firstControl !== 'fail'
const revokesAfterJob = (act: Act) => createsUnnamedKey(act) && act.with.revoke === 'after-job'

/** Returns whether the first deletion has no effect but gets this response. */
const isLie = (disruption: Disruption | undefined, name: string) =>
  disruption?.what === 'fault' &&
  disruption.name === `${name} (pinata)` &&
  disruption.fault.skip === 0 &&
  // Often enough to outlast the action's retries for a new key.
  (name !== 'wrong 404 of a deletion' || Number(disruption.fault.times) >= 5) &&
  (!('when' in disruption.fault) || disruption.fault.when === 'before')

/** Prints only commands for the runner, including warnings. */
const SILENT = runFirst(`const { write } = process.stdout
  process.stdout.write = (text, ...rest) => !String(text).startsWith('::') || write.call(process.stdout, text, ...rest)`)
const TALKATIVE = runFirst("for (let line = 0; line < 1000; line++) console.log('A line')")

/** Believes any response to a deletion. */
const credulous = {
  'action.js': (code: string) => code.replace(/function isDocumentedDeletion\(reply\) \{/, '$& return true;'),
}
const withoutPostStep = { 'post.js': () => '' }
const NOT_REVOKED = /FAILED: The post step neither revoked key [\w-]+ \(revoke: after-job\) nor warned\./
const FALSE_CLAIM = /FAILED: A step reported key [\w-]+ as revoked or gone, but it exists\./

const undisturbed = runOf((act, disruption) => revokesAfterJob(act) && disruption === undefined && !!act.ends)

const cases: [string, string, Parameters<typeof makeClone>[0], RegExp[]][] = [
  [
    'an unmasked secret',
    runOf((act, disruption) => createsUnnamedKey(act) && disruption === undefined && act.debug),
    { 'action.js': code => code.replace(/\w+\('add-mask', {}, secret\)/, '') },
    [/FAILED: In what a step left there is the value of key [\w-]+, as is\./, /FAILED: The key is not masked\./],
  ],
  [
    'a redirect that is followed',
    runOf((act, disruption) => {
      if (!createsUnnamedKey(act) || disruption?.what !== 'fault') return false
      const { kind, skip, method } = disruption.fault
      return kind === 'redirect' && skip === 0 && method !== 'POST'
    }),
    { 'action.js': code => code.replace('allowRedirects: false', 'allowRedirects: true') },
    [/FAILED: a redirect was followed \d+ times/],
  ],
  ['a post step that does nothing', undisturbed, withoutPostStep, [NOT_REVOKED]],
  [
    'a wrong success that the post step believes',
    runOf(
      (act, disruption) =>
        revokesAfterJob(act) && isLie(disruption, 'wrong success of a deletion') && !act.clearsFaults && !!act.ends,
    ),
    credulous,
    [NOT_REVOKED, FALSE_CLAIM],
  ],
  [
    'a wrong 404 that the revoke action believes',
    runOf((act, disruption, { keys }) => {
      const { 'key-id': keyId = '', keep, 'dry-run': dryRun, 'last-control': lastControl } = act.with
      const names = act.action === 'revoke' && keys > 0 && /KEY_\d/.test(keyId) && !/NOBODYS/.test(keyId)
      return names && !keep && !dryRun && lastControl !== 'fail' && isLie(disruption, 'wrong 404 of a deletion')
    }),
    credulous,
    [/FAILED: The revoke action succeeded without revoking key [\w-]+\./, FALSE_CLAIM],
  ],
  [
    'silence',
    undisturbed,
    { 'main.js': SILENT, 'post.js': SILENT },
    [/FAILED: The step ended silently\./, /FAILED: The post step ended silently\./],
  ],
  ['too much output', undisturbed, { 'main.js': TALKATIVE }, [/FAILED: The step printed too much: 100/]],
]
// On Windows, a process that kills itself looks like one that failed.
if (process.platform !== 'win32') {
  cases.push([
    'a lost key',
    // The step is killed after the creation but before the output.
    runOf((act, disruption) => {
      const effect = disruption && 'effect' in disruption ? disruption.effect : 0
      return createsUnnamedKey(act) && effect >= 5 && effect <= 8
    }),
    { ...withoutPostStep, 'action.js': code => code.replace('`Created key ${control.id}', '`Created a key') },
    [/FAILED: Key [\w-]+ is lost\./, /\n1 lost, 0 leaks, 1 broken promises/],
  ])
}

// .ci/run checks that the soak finds nothing wrong with the unchanged action.
test.each(cases)('finds %s', async (_what, run, changes, failures) => {
  const args = ['--seed', String(SEED), '--run', run, '--action', makeClone(changes)]
  const { exitCode, output } = await runNode(path.resolve('scripts/soak.mjs'), ...args)
  for (const failure of failures) expect(output).toMatch(failure)
  expect(exitCode).toBe(1)
})
