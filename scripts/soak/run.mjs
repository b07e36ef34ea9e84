// Executes one run of the soak, and records everything that happens.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { startJob } from '../../emulator/runner/runner.mjs'
import fastTime from '../fast-time.cjs'
import { HOUR_MS, isClosing, NAMES, nameOf, PULL_REQUEST, UNDISTURBED } from './plan.mjs'
import { trackProcess } from './process.mjs'
import { createWorld } from './world.mjs'

/** @import { JobPlan, At, Disruption, Plan } from './plan.mjs' */

/** @typedef {Awaited<ReturnType<typeof runPlan>>} RunResult */
/** @typedef {RunResult['jobs'][number]} JobRun */
/** @typedef {JobRun['main']} ProcessRun one process and its disruptions */

/** More than the longest time a step may take, which is 15 minutes plus three seconds for each key that a flood adds. */
const STEP_LIMIT_MS = 3 * HOUR_MS
/** More turns of the event loop than an emulator needs to read a request from a waiting connection. */
const TURNS = 20
const SCRIPT = fileURLToPath(new URL('child.cjs', import.meta.url))

/** @type {JobPlan} */
const LAST_SWEEP = { ...UNDISTURBED, action: 'revoke', with: { name: NAMES.join() } }

/**
 * @param {Plan} plan
 * @param {{ action: string, redirectTarget: string, tls: { key: string, cert: string }, caFile: string }} setting `action`:
 *   the actions' folder; `redirectTarget`: must get no request; `tls`: Pinata's, as PEM; `caFile`: a file with its `cert`
 */
export async function runPlan(plan, { action, redirectTarget, tls, caFile }) {
  /** @type {Map<number, ReturnType<typeof trackProcess>>} */
  const running = new Map()
  /** The names of the disruptions that occurred. @type {string[]} */
  const occurred = []
  /** @type {{ name: string, injected: { readonly count: number } }[]} */
  const faults = []
  const world = await createWorld(plan, tls, (job, ...moment) => running.get(job)?.onMoment(...moment))
  const { pinata, github, gateway, servers, snapshot } = world

  /** Returns `SOAK_KILL` for child.cjs. @param {Disruption[]} list */
  const killEffect = list => String(list.flatMap(each => ('effect' in each ? each.effect : [])).at(0) ?? '')

  /** @param {JobPlan} job @param {number} number @param {boolean} isAlone whether no other job runs in parallel */
  async function runJob(job, number, isAlone) {
    const { jwt, token } = world.credentials(number)
    const dir = mkdtempSync(path.join(tmpdir(), 'soak-'))
    const event = job.event && { event_name: 'pull_request', event: job.event }
    const runner = startJob({
      dir,
      debug: job.debug,
      context: { github: { api_url: github.apiUrl, token, ...event }, secrets: { PINATA_JWT: jwt } },
    })
    /** The selection, as inputs of the revoke action. @type {Record<string, string>} */
    const inputs = isClosing(job) ? { name: `pr-${PULL_REQUEST}` } : { ...job.with }
    for (const input of ['key-id', 'keep', 'replaced-by']) {
      if (inputs[input]) inputs[input] = inputs[input].replace(/KEY_(\w+)/g, (_, which) => world.keyId(which))
    }
    // The servers' clocks determine ages, so advance them, too. For other jobs, only the runner's clock is wrong.
    if (job.action === 'revoke') world.passTime(job.aheadMs)
    if (job.event) world.setPullRequest(isClosing(job))
    const time = fastTime.environment({ script: SCRIPT, aheadMs: job.aheadMs })
    const env = { ...time, NODE_EXTRA_CA_CERTS: caFile, SOAK_KILL: killEffect(job.main) }
    let isShutDown = false

    /** Starts the disruptions of a process. @param {Disruption[]} list */
    function disrupt(list) {
      const tracked = trackProcess(path.join(dir, '_temp', '_runner_file_commands'))
      running.set(number, tracked)
      for (const each of list) {
        if (each.kind === 'fault') {
          const { fault, name, side } = each
          const injected = servers[side].fault(fault.kind === 'redirect' ? { ...fault, to: redirectTarget } : fault)
          faults.push({ name, injected })
        } else if ('at' in each) tracked.expect(each.at, () => trigger(tracked, each))
      }
      return tracked
    }

    /** @param {ReturnType<typeof trackProcess>} tracked @param {Extract<Disruption, { at: At }>} each */
    function trigger(tracked, each) {
      const { kind } = each
      if (kind === 'kill') return tracked.kill(each.losesState)
      occurred.push(kind === 'lose' ? `lost ${each.file} file` : kind)
      if (kind === 'lose') return tracked.lose(each.file)
      if (kind === 'down') return world.takeDown(each.side, each.forMs)
      isShutDown ||= kind === 'shutdown'
      runner[kind]()
    }

    let before = snapshot()
    let tracked = disrupt(job.main)
    const access = { 'gateway-id': gateway.id, 'pinata-jwt': '${{ secrets.PINATA_JWT }}', 'api-url': pinata.apiUrl }
    const result = await runner.step({
      id: 'ours',
      action: path.join(action, job.action === 'get' ? '' : job.action),
      with: { ...access, ...(isClosing(job) ? job.with : inputs) },
      env,
      timeoutMs: STEP_LIMIT_MS,
      onStart: child => tracked.start(child),
    })
    const main = { inputs, result, requests: tracked.requests, lost: tracked.lost, before, after: snapshot() }
    // Wait. Otherwise, unread requests of the ended process would count as those of the next one.
    for (let turn = 0; turn < TURNS; turn++) await setImmediate()
    if (job.clearsFaults) world.clearFaults()
    const { skipped } = runner.jobOutputs({ key: '${{ steps.ours.outputs.gateway-key }}' })

    env.SOAK_KILL = killEffect(job.post)
    before = snapshot()
    tracked = disrupt(job.post)
    const [ended] = await runner.end(job.status && runner.status === 'success' ? { status: job.status } : {})
    const { requests, lost } = tracked
    const post = ended && { inputs, result: ended, requests, lost, before, after: snapshot() }
    running.delete(number)
    rmSync(dir, { recursive: true, force: true, maxRetries: 5 })
    /** Whether another job would get the key as an output of this job. */
    const passesKey = skipped.length === 0 && Boolean(result.outputs['gateway-key'])
    return { planned: job, main, post, processes: post ? [main, post] : [main], isShutDown, isAlone, passesKey }
  }

  try {
    /** @type {Awaited<ReturnType<typeof runJob>>[]} */
    const jobs = []
    for (const group of plan.jobs) {
      jobs.push(...(await Promise.all(group.map((job, index) => runJob(job, jobs.length + index, group.length === 1)))))
    }
    await world.settle()
    /** The keys and origins of the gateway after all jobs and before the sweep. */
    const remaining = snapshot().controls
    /** The IDs of the keys and origins with a record on GitHub at that time. */
    const recorded = world.recorded()
    world.clearFaults()
    await world.recover()
    // A close removes the record of a missing access control only if the record is more than an hour old.
    world.passTime(2 * HOUR_MS)
    // With rate limits, the sweep would spend most of its time waiting.
    const isNamed = plan.jobs.flat().some(nameOf)
    const sweep = isNamed && !plan.limit && !plan.writeLimit ? await runJob(LAST_SWEEP, jobs.length, true) : undefined
    for (const { name, injected } of faults) for (let count = injected.count; count > 0; count--) occurred.push(name)
    for (const { main, post } of jobs) {
      if (main.result.signal === 'SIGKILL') occurred.push('killed')
      if (post?.result.signal === 'SIGKILL') occurred.push('killed in the post step')
    }
    return {
      ...{ jobs: sweep ? [...jobs, sweep] : jobs, sweep, remaining, recorded, disruptions: occurred },
      ...{ created: world.created, revoked: world.revoked },
      recordsAfterSweep: github.deployments.size,
      /** JWTs, and tokens for GitHub. */
      tokens: [...world.owners.keys()],
      requests: { pinata: pinata.requests, github: github.requests },
      /** An error in an emulator. */
      emulatorError: await world.close(),
    }
  } finally {
    await world.close()
  }
}
