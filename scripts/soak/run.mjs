// Executes one run of the soak, and records everything that happens.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { startJob } from '../../emulator/runner/runner.mjs'
import fastTime from '../fast-time.cjs'
import { CALM, HOUR_MS, isClosing, NAMES, nameOf, PULL_REQUEST } from './plan.mjs'
import { createProcess } from './process.mjs'
import { createWorld } from './world.mjs'

/** @import { Act, At, Disruption, Plan } from './plan.mjs' */

/** @typedef {Awaited<ReturnType<typeof runPlan>>} RunResult */
/** @typedef {RunResult['jobs'][number]} JobRun */
/** @typedef {JobRun['main']} ProcessRun one process and its disruptions */

/** Longer than any step may take: 15 minutes, plus two seconds for each key that a flood adds. */
const STEP_LIMIT_MS = 3 * HOUR_MS
/** More turns of the event loop than an emulator needs to read a request from a waiting connection. */
const TURNS = 20
const SCRIPT = fileURLToPath(new URL('child.cjs', import.meta.url))

/** @type {Act} */
const LAST_SWEEP = { ...CALM, action: 'revoke', with: { name: NAMES.join() } }

/**
 * @param {Plan} plan
 * @param {{ action: string, elsewhere: string }} setting the folder with the actions, and a URL that must get no request
 */
export async function runPlan(plan, { action, elsewhere }) {
  /** @type {Map<number, ReturnType<typeof createProcess>>} */
  const running = new Map()
  /** The names of the disruptions that occurred. @type {string[]} */
  const disruptions = []
  /** @type {{ name: string, order: { readonly count: number } }[]} */
  const faults = []
  const world = await createWorld(plan, (job, ...moment) => running.get(job)?.sends(...moment))
  const { pinata, github, gateway, servers, snapshot } = world

  /** Returns `SOAK_KILL` for child.cjs. @param {Disruption[]} planned */
  const killEffect = planned => String(planned.flatMap(each => ('effect' in each ? each.effect : [])).at(0) ?? '')

  /** @param {Act} act @param {number} number @param {boolean} isAlone whether no other job runs in parallel */
  async function job(act, number, isAlone) {
    const { jwt, token } = world.credentials(number)
    const dir = mkdtempSync(path.join(tmpdir(), 'soak-'))
    const event = act.event && { event_name: 'pull_request', event: act.event }
    const runner = startJob({
      dir,
      debug: act.debug,
      context: { github: { api_url: github.apiUrl, token, ...event }, secrets: { PINATA_JWT: jwt } },
    })
    /** The selection, as inputs of the revoke action. @type {Record<string, string>} */
    const inputs = isClosing(act) ? { name: `pr-${PULL_REQUEST}` } : { ...act.with }
    for (const input of ['key-id', 'keep', 'replaced-by']) {
      if (inputs[input]) inputs[input] = inputs[input].replace(/KEY_(\w+)/g, (_, which) => world.aKey(which))
    }
    // The servers' clocks determine ages, so advance them, too. For other jobs, only the runner's clock is wrong.
    if (act.action === 'revoke') world.passTime(act.aheadMs)
    if (act.event) world.setPullRequest(isClosing(act))
    const env = { ...fastTime.environment({ script: SCRIPT, aheadMs: act.aheadMs }), SOAK_KILL: killEffect(act.main) }
    let isShutDown = false

    /** Starts the disruptions of a process. @param {Disruption[]} planned */
    function disrupt(planned) {
      const live = createProcess(path.join(dir, '_temp', '_runner_file_commands'))
      running.set(number, live)
      for (const each of planned) {
        if (each.what === 'fault') {
          const { fault, name, side } = each
          const order = servers[side].fault(fault.kind === 'redirect' ? { ...fault, to: elsewhere } : fault)
          faults.push({ name, order })
        } else if ('at' in each) live.expect(each.at, () => trigger(live, each))
      }
      return live
    }

    /** @param {ReturnType<typeof createProcess>} live @param {Extract<Disruption, { at: At }>} each */
    function trigger(live, each) {
      const { what } = each
      if (what === 'kill') return live.kill(each.losing)
      disruptions.push(what === 'lose' ? `lost ${each.file} file` : what)
      if (what === 'lose') return live.lose(each.file)
      if (what === 'down') return world.down(each.side, each.forMs)
      isShutDown ||= what === 'shutdown'
      runner[what]()
    }

    let before = snapshot()
    let live = disrupt(act.main)
    const access = { 'gateway-id': gateway.id, 'pinata-jwt': '${{ secrets.PINATA_JWT }}', 'api-url': pinata.apiUrl }
    const result = await runner.step({
      id: 'ours',
      action: path.join(action, act.action === 'get' ? '' : act.action),
      with: { ...access, ...(isClosing(act) ? act.with : inputs) },
      env,
      timeoutMs: STEP_LIMIT_MS,
      onStart: child => live.start(child),
    })
    const main = { inputs, result, requests: live.requests, lost: live.lost, before, after: snapshot() }
    // Wait. Otherwise, unread requests of the ended process would count as those of the next one.
    for (let turn = 0; turn < TURNS; turn++) await setImmediate()
    if (act.clearsFaults) world.clearFaults()
    const { skipped } = runner.jobOutputs({ key: '${{ steps.ours.outputs.gateway-key }}' })

    env.SOAK_KILL = killEffect(act.post)
    before = snapshot()
    live = disrupt(act.post)
    const [ended] = await runner.end(act.ends && runner.status === 'success' ? { status: act.ends } : {})
    const { requests, lost } = live
    const post = ended && { inputs, result: ended, requests, lost, before, after: snapshot() }
    running.delete(number)
    rmSync(dir, { recursive: true, force: true, maxRetries: 5 })
    /** Whether another job would get the key as an output of this one. */
    const passesKey = skipped.length === 0 && Boolean(result.outputs['gateway-key'])
    return { act, main, post, processes: post ? [main, post] : [main], isShutDown, isAlone, passesKey }
  }

  try {
    /** @type {Awaited<ReturnType<typeof job>>[]} */
    const jobs = []
    for (const acts of plan.acts) {
      jobs.push(...(await Promise.all(acts.map((act, index) => job(act, jobs.length + index, acts.length === 1)))))
    }
    await world.settle()
    /** The keys and origins of the gateway after all jobs and before the sweep. */
    const left = snapshot().controls
    /** The IDs of those with a record on GitHub at that time. */
    const recorded = world.recorded()
    world.clearFaults()
    await world.recover()
    // A close removes the record of a missing access control only if the record is more than an hour old.
    world.passTime(2 * HOUR_MS)
    // With limits, the sweep would spend most of its time waiting.
    const isNamed = plan.acts.flat().some(nameOf)
    const sweep = isNamed && !plan.limit && !plan.writeLimit ? await job(LAST_SWEEP, jobs.length, true) : undefined
    for (const { name, order } of faults) for (let count = order.count; count > 0; count--) disruptions.push(name)
    for (const { main, post } of jobs) {
      if (main.result.signal === 'SIGKILL') disruptions.push('killed')
      if (post?.result.signal === 'SIGKILL') disruptions.push('killed in the post step')
    }
    return {
      ...{ jobs: sweep ? [...jobs, sweep] : jobs, sweep, left, recorded, disruptions },
      ...{ made: world.made, revoked: world.revoked },
      recordsAfterSweep: github.deployments.size,
      /** JWTs, and tokens for GitHub. */
      tokens: [...world.owners.keys()],
      requests: { pinata: pinata.requests, github: github.requests },
      /** An error in an emulator. */
      broken: await world.close(),
    }
  } finally {
    await world.close()
  }
}
