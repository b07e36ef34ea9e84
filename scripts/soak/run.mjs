// Executes one run of the soak, with a Pinata and a GitHub of its own, and records all that happened.
import { createHmac, randomUUID } from 'node:crypto'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setImmediate, setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { startGitHub } from '../../emulator/github/github.mjs'
import { startPinata } from '../../emulator/pinata/pinata.mjs'
import { startJob } from '../../emulator/runner/runner.mjs'
import { NAMES, ORIGINS } from './plan.mjs'

/** @import { ChildProcess } from 'node:child_process' */
/** @import { StepResult } from '../../emulator/runner/runner.mjs' */
/** @import { ApiRequest, Moment } from '../../emulator/http/server.mjs' */
/** @import { Act, At, Plan, Side, Disruption } from './plan.mjs' */

const { environment } = createRequire(import.meta.url)('../fast-time.cjs')

/**
 * @typedef {object} ProcessRun one process, and what disturbed it
 * @property {Record<string, string>} inputs
 * @property {StepResult} result
 * @property {Record<Side, ApiRequest[]>} requests
 * @property {Set<string>} lost the files that were taken away from it
 * @property {World} before what there was when it began
 * @property {Set<string>} keysAfter the IDs of keys and origins of the gateway when it ended
 * @property {string[]} originsAfter the origins of the gateway when it ended
 */
/**
 * @typedef {object} World
 * @property {number} at by the runner's clock, in milliseconds since 1970
 * @property {Map<string, { createdAt: string }>} keys of the gateway
 * @property {{ keyId: string, name: string, expiresAtMs: number }[]} records of keys on GitHub
 */
/**
 * @typedef {object} Created a key or an origin that a job asked for
 * @property {'key' | 'origin'} kind
 * @property {string} id
 * @property {string} value
 * @property {string} createdAt
 * @property {number} job
 * @property {number} passedMs how much time had been let pass
 */
/**
 * @typedef {{ id: string, value: string, job: number, passedMs: number, at: number, isLast: boolean }} Revoked
 *   `at`: by Pinata's clock, in milliseconds since 1970; `isLast`: whether the gateway has no other entry of this value
 */
/**
 * @typedef {object} JobRun
 * @property {Act} act
 * @property {ProcessRun} main
 * @property {ProcessRun | undefined} post
 * @property {boolean} isShutDown whether the runner was shut down while it ran
 * @property {boolean} isAlone whether no other job ran at the same time
 * @property {boolean} passesKey whether another job would get the key as an output of this one
 */
/**
 * @typedef {object} RunResult
 * @property {JobRun[]} jobs in the order in which they began
 * @property {JobRun | undefined} sweep the clearFaults one at the end, if a name was used
 * @property {Created[]} made
 * @property {Revoked[]} revoked
 * @property {Map<string, { value: string, createdAt: string }>} left the keys and origins of the gateway when all jobs
 *   had ended
 * @property {Set<string>} recorded the keys and origins that records on GitHub stand for, then
 * @property {number} recordsAfterSweep
 * @property {Set<string>} keysAfterSweep
 * @property {string[]} tokens JWTs, and tokens for GitHub
 * @property {Record<Side, ApiRequest[]>} requests all of them
 * @property {Map<string, number>} faultCounts how often each disruption occurred
 * @property {unknown} broken an error in the emulator
 */

/** The environment whose deployments are the records of named keys. */
const ENVIRONMENT = 'pinata-gateway-keys'
/** Of the emulated runner's repository, which is in each proof. */
const REPOSITORY_ID = '1296269'
/** Longer than the action keeps records of access controls that are gone, in milliseconds. */
const OLD_RECORD_MS = 2 * 3_600_000
/** Longer than any step may take: 15 minutes, and two seconds for each key that a flood adds. */
const STEP_LIMIT_MS = 3 * 3_600_000
/** More turns of the event loop than an emulator takes from a connection that waits for it to a request that is there. */
const TURNS = 20
/** Faults that leave a request without an answer for ever. */
const SILENT = ['hang', 'reset', 'upgrade', 'close', 'interim']

/** @type {Act} */
const LAST_SWEEP = {
  action: 'revoke',
  with: { name: NAMES.join() },
  debug: false,
  ends: undefined,
  aheadMs: 0,
  main: [],
  post: [],
  clearsFaults: false,
}

/**
 * The IDs of what a record stands for: a key by its ID, an origin by the proof.
 *
 * @param {{ payload: any }} record
 * @param {{ id: string, value: string }[]} controls
 */
function recordedBy({ payload }, controls) {
  const { schema, kind, name, gatewayId, keyId, origin, expiresAt, proof } = payload
  if (kind === 'key') return [String(keyId)]
  const fields = JSON.stringify([schema, kind, name, gatewayId, origin, expiresAt, REPOSITORY_ID])
  return controls
    .filter(({ id }) => createHmac('sha256', id).update(fields).digest('base64url') === proof)
    .map(({ id }) => id)
}

/** A process while it lives. */
class LiveProcess {
  /** @type {Record<Side, ApiRequest[]>} */
  requests = { pinata: [], github: [] }
  /** @type {Set<string>} */
  lost = new Set()
  /** @type {ChildProcess | undefined} */
  #child
  /** @type {{ at: At, trigger: () => void }[]} */
  #expected = []

  /** @param {At} at @param {() => void} trigger */
  expect(at, trigger) {
    this.#expected.push({ at, trigger })
  }

  /** @param {ChildProcess} child */
  start(child) {
    this.#child = child
    for (const { at, trigger } of this.#expected) if (!('request' in at)) this.#later(at.ms, trigger)
  }

  /** @param {Side} side @param {number} request @param {Moment} moment */
  happens(side, request, moment) {
    for (const { at, trigger } of this.#expected) {
      if ('request' in at && at.side === side && at.request === request && at.moment === moment) {
        this.#later(at.ms, trigger)
      }
    }
  }

  /** @param {number} ms @param {() => void} trigger */
  #later(ms, trigger) {
    const triggerIfAlive = () => {
      if (this.#isAlive()) trigger()
    }
    if (ms === 0) triggerIfAlive()
    else setTimeout(triggerIfAlive, ms)
  }

  #isAlive() {
    return this.#child?.exitCode === null && this.#child.signalCode === null
  }

  kill() {
    this.#child?.kill('SIGKILL')
  }

  /** @param {string} folder @param {string} file */
  lose(folder, file) {
    this.lost.add(file)
    const names = readdirSync(folder).filter(name => name.includes(`${file}_`))
    for (const name of names) rmSync(path.join(folder, name))
  }

  /** Before the runner takes it. @param {string} folder @param {string} file */
  loseAtEnd(folder, file) {
    this.#child?.once('exit', () => this.lose(folder, file))
  }
}

/**
 * @param {Plan} plan
 * @param {{ actions: Record<Act['action'], string>, elsewhere: string }} setting where the actions are, and where no
 *   request must go
 * @returns {Promise<RunResult>}
 */
export async function runPlan(plan, { actions, elsewhere }) {
  /** @type {Map<string, number>} the job of a JWT or of a token */
  const owners = new Map()
  /** @type {Map<number, LiveProcess>} */
  const running = new Map()
  /** @type {Map<string, number>} */
  const faultCounts = new Map()
  /** @type {{ name: string, order: { readonly count: number } }[]} */
  const faults = []
  /** @type {(() => Promise<void>)[]} */
  const recoveries = []
  /** @type {Created[]} */
  const made = []
  /** @type {Revoked[]} */
  const revoked = []
  /** How much time passed for both servers besides what passes by itself. */
  let passedMs = 0

  const { latencyMs, date, limit, writeLimit } = plan
  const pinata = await startPinata({ latencyMs, date, ...(limit && { limit }), observe: observer('pinata') })
  const github = await startGitHub({
    latencyMs,
    ...(writeLimit && { secondaryLimit: writeLimit }),
    observe: observer('github'),
  })
  const gateway = pinata.addGateway({ keys: plan.keys, allowedHosts: plan.hosts ? ORIGINS.slice(1) : [] })
  const controls = () => [...gateway.keys, ...gateway.allowedHosts]
  const foreign = new Set(controls().map(({ id }) => id))
  let known = new Map(controls().map(control => [control.id, control]))

  /** @param {Side} side @returns {(moment: Moment, request: ApiRequest) => void} */
  function observer(side) {
    /** @type {WeakMap<ApiRequest, { liveProcess: LiveProcess, number: number }>} */
    const whose = new WeakMap()
    return (moment, request) => {
      const job = owners.get(String(request.headers.authorization).replace('Bearer ', '')) ?? -1
      if (side === 'pinata' && moment === 'taken') compareControls(job)
      const liveProcess = running.get(job)
      if (moment === 'arrived' && liveProcess) {
        const number = liveProcess.requests[side].push(request) - 1
        whose.set(request, { liveProcess, number })
      }
      const its = whose.get(request)
      its?.liveProcess.happens(side, its.number, moment)
    }
  }

  /** @param {number} job */
  function compareControls(job) {
    const now = new Map(controls().map(control => [control.id, control]))
    for (const control of now.values()) {
      const kind = gateway.allowedHosts.includes(control) ? 'origin' : 'key'
      if (!known.has(control.id)) made.push({ kind, ...control, job, passedMs })
    }
    for (const { id, value } of known.values()) {
      const isLast = !controls().some(each => each.value === value)
      if (!now.has(id)) revoked.push({ id, value, job, passedMs, at: Date.now() + passedMs, isLast })
    }
    known = now
  }

  /** @param {string} name */
  function count(name) {
    faultCounts.set(name, (faultCounts.get(name) ?? 0) + 1)
  }

  const servers = { pinata, github }

  /** @param {Side} side @param {number} forMs */
  function down(side, forMs) {
    const server = servers[side]
    server.refuse()
    const back = new AbortController()
    const recover = async () => {
      await sleep(forMs, undefined, { signal: back.signal }).catch(() => {})
      // Its port may be somebody else's for a moment.
      for (let tries = 0; tries < 50; tries++) {
        const isBack = await server.resume().then(
          () => true,
          () => false,
        )
        if (isBack) return
        await sleep(1000)
      }
    }
    const over = recover()
    recoveries.push(() => {
      back.abort()
      return over
    })
  }

  /**
   * Lets the disruptions of a process begin.
   *
   * @param {number} job
   * @param {Disruption[]} disruptions
   * @param {{ cancel: () => void, shutdown: () => void, files: string }} runner
   */
  function disrupt(job, disruptions, runner) {
    const liveProcess = new LiveProcess()
    running.set(job, liveProcess)
    for (const disruption of disruptions) {
      if (disruption.what === 'fault') {
        const { fault } = disruption
        const order = servers[disruption.side].fault(fault.kind === 'redirect' ? { ...fault, to: elsewhere } : fault)
        faults.push({ name: disruption.name, order })
      } else if ('at' in disruption) {
        liveProcess.expect(disruption.at, () => trigger(liveProcess, disruption, runner))
      }
    }
    return liveProcess
  }

  /**
   * @param {LiveProcess} liveProcess
   * @param {Exclude<Disruption, { what: 'fault' } | { effect: number }>} disruption
   * @param {{ cancel: () => void, shutdown: () => void, files: string }} runner
   */
  function trigger(liveProcess, disruption, { cancel, shutdown, files }) {
    switch (disruption.what) {
      case 'cancel':
        count('cancelled')
        return cancel()
      case 'shutdown':
        count('shut down')
        return shutdown()
      case 'kill':
        if (disruption.losing) {
          count('state file lost')
          liveProcess.loseAtEnd(files, 'state')
        }
        return liveProcess.kill()
      case 'lose':
        count(`${disruption.file} file lost`)
        return liveProcess.lose(files, disruption.file)
      case 'down':
        count(`refused connections (${disruption.side})`)
        return down(disruption.side, disruption.forMs)
    }
  }

  /** @param {Disruption[]} disruptions */
  function killEffect(disruptions) {
    const effect = disruptions.find(disruption => 'effect' in disruption)
    return effect && 'effect' in effect ? { SOAK_KILL: String(effect.effect) } : {}
  }

  /** @param {Act} act @param {number} number @param {boolean} [isAlone] @returns {Promise<JobRun>} */
  async function job(act, number, isAlone = true) {
    const jwt = pinata.addJwt()
    const token = github.addToken()
    owners.set(jwt, number).set(token, number)
    const dir = mkdtempSync(path.join(tmpdir(), 'soak-'))
    const files = path.join(dir, '_temp', '_runner_file_commands')
    const runner = startJob({
      dir,
      debug: act.debug,
      context: { github: { api_url: github.apiUrl, token }, secrets: { PINATA_JWT: jwt } },
    })
    const inputs = { ...act.with }
    for (const input of ['key-id', 'keep', 'replaced-by']) {
      if (inputs[input]) inputs[input] = inputs[input].replace(/KEY_(\w+)/g, (_, which) => aKey(which))
    }
    const script = fileURLToPath(new URL('child.cjs', import.meta.url))
    /** @type {Record<string, string>} */
    // Time passes for the servers, whose clocks measure ages. For other jobs only the runner's clock is wrong.
    if (act.action === 'revoke') passTime(act.aheadMs)
    const env = { ...environment({ script, aheadMs: act.aheadMs }), ...killEffect(act.main) }
    let isShutDown = false
    const shutdown = () => {
      isShutDown = true
      runner.shutdown()
    }
    let before = world()
    let liveProcess = disrupt(number, act.main, { cancel: () => runner.cancel(), shutdown, files })
    const main = await runner.step({
      id: 'ours',
      action: actions[act.action],
      with: {
        'gateway-id': gateway.id,
        'pinata-jwt': '${{ secrets.PINATA_JWT }}',
        'api-url': pinata.apiUrl,
        ...inputs,
      },
      env,
      timeoutMs: STEP_LIMIT_MS,
      onStart: child => liveProcess.start(child),
    })
    const mainRun = {
      inputs,
      result: main,
      requests: liveProcess.requests,
      lost: liveProcess.lost,
      before,
      keysAfter: controlIds(),
      originsAfter: gateway.allowedHosts.map(({ value }) => value),
    }
    // What a process sent before it was ended may not have been read yet, and is not to count as sent by the next one.
    for (let turn = 0; turn < TURNS; turn++) await setImmediate()
    if (act.clearsFaults) clearFaults()
    const { skipped } = runner.jobOutputs({ key: '${{ steps.ours.outputs.gateway-key }}' })

    delete env.SOAK_KILL
    Object.assign(env, killEffect(act.post))
    before = world()
    liveProcess = disrupt(number, act.post, { cancel: () => {}, shutdown, files })
    const [post] = await runner.end(act.ends && runner.status === 'success' ? { status: act.ends } : {})
    const postRun = post && {
      inputs,
      result: post,
      requests: liveProcess.requests,
      lost: liveProcess.lost,
      before,
      keysAfter: controlIds(),
      originsAfter: gateway.allowedHosts.map(({ value }) => value),
    }
    running.delete(number)
    rmSync(dir, { recursive: true, force: true, maxRetries: 5 })
    return {
      act,
      main: mainRun,
      post: postRun,
      isShutDown,
      isAlone,
      passesKey: skipped.length === 0 && 'gateway-key' in main.outputs,
    }
  }

  /** @param {number} ms */
  function passTime(ms) {
    pinata.passTime(ms)
    github.passTime(ms)
    passedMs += ms
  }

  /** @param {string} which */
  function aKey(which) {
    const isOrigin = (/** @type {string} */ id) => gateway.allowedHosts.some(each => each.id === id)
    const keys = made.filter(({ kind }) => kind === 'key').map(({ id }) => id)
    const ids = [...[...foreign].filter(id => !isOrigin(id)), ...keys]
    return ids.length === 0 || which === 'NOBODYS' ? randomUUID() : String(ids.at(Number(which) % ids.length))
  }

  function clearFaults() {
    pinata.clearFaults()
    github.clearFaults()
  }

  const records = () => [...github.deployments.values()].filter(({ environment }) => environment === ENVIRONMENT)

  const controlIds = () => new Set(controls().map(({ id }) => id))

  /** @returns {World} */
  function world() {
    return {
      at: Date.now() + passedMs,
      keys: new Map(gateway.keys.map(key => [key.id, key])),
      records: records().flatMap(({ payload }) => {
        const { keyId, name, expiresAt } = /** @type {any} */ (payload)
        if (keyId === undefined) return []
        return { keyId, name, expiresAtMs: expiresAt === null ? Number.POSITIVE_INFINITY : Date.parse(expiresAt) }
      }),
    }
  }

  try {
    /** @type {JobRun[]} */
    const jobs = []
    for (const acts of plan.acts) {
      jobs.push(...(await Promise.all(acts.map((act, index) => job(act, jobs.length + index, acts.length === 1)))))
    }
    // What a client gave up on may still take effect.
    await sleep(1000)
    for (let tries = 0; unfinished() && tries < 60; tries++) await sleep(1000)
    const left = new Map(known)
    const recorded = new Set(records().flatMap(record => recordedBy(record, controls())))
    clearFaults()
    await Promise.all(recoveries.map(recover => recover()))
    // A close removes the record of an access control that is gone only when the record is old.
    passTime(OLD_RECORD_MS)
    const named = plan.acts.flat().some(act => act.action !== 'revoke' && act.with.name !== undefined)
    // It would be waiting for limits most of the time.
    const sweep = named && !limit && !writeLimit ? await job(LAST_SWEEP, jobs.length) : undefined
    for (const { name, order } of faults)
      if (order.count > 0) faultCounts.set(name, (faultCounts.get(name) ?? 0) + order.count)
    for (const { main, post } of jobs) {
      if (main.result.signal === 'SIGKILL') count('killed')
      if (post?.result.signal === 'SIGKILL') count('killed in the post step')
    }
    const broken = await close()
    return {
      jobs,
      sweep,
      made,
      revoked,
      left,
      recorded,
      recordsAfterSweep: records().length,
      keysAfterSweep: controlIds(),
      tokens: [...owners.keys()],
      requests: { pinata: pinata.requests, github: github.requests },
      faultCounts,
      broken,
    }
  } finally {
    await close()
  }

  /** Whether there are requests that have not taken effect yet, but will. */
  function unfinished() {
    const all = [...pinata.requests, ...github.requests]
    return all.some(({ fault, status }) => !SILENT.includes(fault?.kind ?? '') && !status)
  }

  async function close() {
    const ends = await Promise.allSettled([pinata.close(), github.close()])
    return ends.find(end => end.status === 'rejected')?.reason
  }
}
