import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { getControl } from '../../src/get/key.ts'
import { Connection } from '../../src/http/connection.ts'
import type { Clock } from '../../src/http/retry.ts'
import { readKeyInputs, readOriginInputs, readRevokeInputs } from '../../src/inputs/read.ts'
import { decide } from '../../src/post/decide.ts'
import { runPostStep } from '../../src/post/run.ts'
import { readPreviewInputs } from '../../src/preview/inputs-and-event.ts'
import { preview } from '../../src/preview/preview.ts'
import { revoke } from '../../src/revoke/revoke.ts'
import { type Core, logTo } from '../../src/runner/log.ts'
import { Masks } from '../../src/runner/masks.ts'
import { type Phase, readState } from '../../src/state/state.ts'
import type { Step } from '../../src/step/step.ts'
import { graceSignalsOf } from '../../src/step/time-limits.ts'
import { type Pinata, start } from './emulator-client.ts'
import { type GitHub, startGitHubForTest } from './github.ts'
import type { Reader } from './inputs.ts'
import { tempFolder } from './temp-folder.ts'

export type Inputs = Record<string, string>

/** The domain of the gateway in {@link pinataWithGateway}. */
export const HOST = 'fun-llama-300.mypinata.cloud'
/** Options for a fault that affects every matching request. */
export const ALWAYS = { times: Number.POSITIVE_INFINITY } as const

/** The result of a step, as the runner and the user see it. */
export interface StepOutcome {
  /** The message of the error that ended the step. */
  error: string | undefined
  outputs: Record<string, string>
  /** Each state that the step saved, in order. The post step reads the last one. */
  saved: string[]
  masks: string[]
  info: string[]
  warnings: string[]
  debug: string[]
  summary: string
  /** The step's pauses, in milliseconds. */
  pauses: number[]
}

type Saved = Pick<StepOutcome, 'saved'>

/** Returns everything that people can read from a step, except its outputs, which contain the key. */
export function readable(done: StepOutcome): string {
  const { outputs: _outputs, masks: _masks, ...rest } = done
  return JSON.stringify(rest)
}

export interface Options {
  /** The file that can't be written, as on a full disk. A state is identified by its phase. */
  broken?: 'outputs' | 'summary' | `${Phase['phase'] | 'cleared'} state`
  cancelled?: AbortSignal
  onPause?: () => unknown
  /** The runner's variables. */
  env?: Record<string, string>
  /** How far the runner's clock is ahead, in milliseconds. */
  aheadMs?: number
  /** The port on this machine where the gateways respond to plain HTTP. */
  gatewayPort?: number | undefined
}

const folder = tempFolder('summaries')
let summaries = 0

/** Runs a step's code in this process. Everything is real except the runner and the time that pauses take. */
async function run(inputs: Inputs, work: (step: Step) => Promise<void>, options: Options): Promise<StepOutcome> {
  const lists = { saved: [], masks: [], info: [], warnings: [], debug: [], pauses: [] }
  const done: StepOutcome = { error: undefined, outputs: {}, summary: '', ...lists }
  const failIfBroken = (target: Options['broken']) => {
    if (options.broken === target) throw new Error('no space left on device')
  }
  const core = {
    getInput: (name: string) => (inputs[name] ?? '').trim(),
    setSecret: (value: string) => done.masks.push(value),
    setOutput: (name: string, value: string) => {
      failIfBroken('outputs')
      done.outputs[name] = value
    },
    saveState: (_name: string, value: string) => {
      failIfBroken(`${value === '' ? 'cleared' : (JSON.parse(value) as Phase).phase} state`)
      done.saved.push(value)
    },
    info: (message: string) => done.info.push(message),
    warning: (message: string) => done.warnings.push(message),
    debug: (message: string) => done.debug.push(message),
  }
  const masks = new Masks(core.setSecret)
  const summaryFile = path.join(folder, String(summaries++))
  let skipped = 0
  const clock: Clock = {
    now: () => Date.now() + skipped + (options.aheadMs ?? 0),
    elapsed: () => performance.now() + skipped,
    sleep: async (ms, signal) => {
      done.pauses.push(ms)
      await options.onPause?.()
      signal?.throwIfAborted()
      skipped += ms
    },
    random: () => 0.5,
  }
  const fake = core as unknown as Core
  try {
    const cancelled = options.cancelled ?? new AbortController().signal
    const env = { GITHUB_STEP_SUMMARY: options.broken === 'summary' ? folder : summaryFile, ...options.env }
    const log = logTo(fake, masks, 'Test')
    const network = { log, redact: (text: string) => masks.redact(text) }
    await work({
      core: fake,
      masks,
      log,
      clock,
      env,
      stopped: cancelled,
      ...graceSignalsOf(cancelled),
      connect: (baseUrl, connection) => {
        const { protocol, host } = new URL(baseUrl)
        // The emulated APIs use plain HTTP.
        if (protocol === 'http:' || !options.gatewayPort) return new Connection(baseUrl, connection, network)
        const headers = { ...connection.headers, host }
        return new Connection(`http://127.0.0.1:${options.gatewayPort}`, { ...connection, headers }, network)
      },
    })
  } catch (error) {
    done.error = masks.redact((error as Error).message)
  }
  if (existsSync(summaryFile)) done.summary = readFileSync(summaryFile, 'utf8')
  return done
}

function stepOf<I>(read: Reader<I>, work: (inputs: I, step: Step) => Promise<void>) {
  return (inputs: Inputs, options: Options = {}) =>
    run(inputs, step => work(read({ ...step, getInput: step.core.getInput }), step), options)
}

export const runKeyStep = stepOf(readKeyInputs, getControl)
export const runOriginStep = stepOf(readOriginInputs, getControl)
export const runRevokeStep = stepOf(readRevokeInputs, revoke)
export const runPreviewStep = stepOf(readPreviewInputs, preview)

/** Returns the saved state of a step that was killed in this phase. */
export function killedAt(main: StepOutcome, phase: Phase['phase']): Saved {
  const saved = main.saved.findLast(state => state.includes(`"phase":"${phase}"`))
  if (saved === undefined) throw new Error(`The step saved no state ${phase}.`)
  return { saved: [saved] }
}

export async function until(condition: () => boolean): Promise<void> {
  const deadline = AbortSignal.timeout(20_000)
  while (!condition()) {
    // Otherwise, Jest would never end.
    deadline.throwIfAborted()
    await new Promise(resolve => setTimeout(resolve, 5))
  }
}

/** Starts a Pinata emulator whose gateway has this many keys. Returns the emulator with steps and inputs for it. */
export async function pinataWithGateway(keys = 1, options: Parameters<typeof start>[0] = {}) {
  const pinata = await start(options)
  const gateway = pinata.addGateway({ domain: 'fun-llama-300', keys })
  const jwt = pinata.addJwt()
  const inputs = { 'gateway-id': gateway.id, 'pinata-jwt': jwt, 'api-url': pinata.apiUrl }
  /** Returns the IDs of the keys that were added after the setup. */
  const keyIds = () => gateway.keys.slice(keys).map(({ id }) => id)
  const origins = () => gateway.allowedHosts.map(({ value }) => value)
  return { pinata, gateway, jwt, inputs, keyIds, origins, ...stepsWith(inputs, {}) }
}

/** Returns steps with these inputs. Each call can add more inputs. */
function stepsWith(inputs: Inputs, env: Record<string, string>) {
  return {
    run: (more: Inputs = {}, options: Options = {}) => runKeyStep({ ...inputs, ...more }, { env, ...options }),
    revoke: (more: Inputs, options: Options = {}) => runRevokeStep({ ...inputs, ...more }, { env, ...options }),
    /** Runs a step's post step, if it has anything to do, by default after a failed job. */
    post: async ({ saved }: Saved, status = 'failure', more: Inputs = {}, options: Options = {}) => {
      const plan = decide(readState({ 'STATE_post-step': saved.at(-1) }), status)
      return plan && run({ ...inputs, ...more }, step => runPostStep(plan, step), { env, ...options })
    },
  }
}

type Server = Pick<Pinata, 'fault'>
type Match = { method?: string; path?: string | RegExp; skip?: number; times?: number }

/** Calls a function after a request takes effect, before the server responds. */
export function atResponse(server: Server, match: Match, effect: () => unknown) {
  const body = (json: object) => {
    effect()
    return json
  }
  server.fault({ kind: 'body', body, ...match })
}

/** Changes the access controls in Pinata's response about the gateway, by default only in the next one. */
// biome-ignore lint/suspicious/noExplicitAny: tests also send responses that Pinata does not document
export function changeList(pinata: Server, change: (policies: any) => unknown, match: Match = {}) {
  const body = (json: { data: { settings: { restriction_policies: object } } }) => {
    change(json.data.settings.restriction_policies)
    return json
  }
  pinata.fault({ kind: 'body', method: 'GET', body, ...match })
}

/** Changes for {@link changeList}: the gateway seems to have no keys, or no origins. */
export const omitKeys = (policies: { accessTokens: object[] }) => policies.accessTokens.splice(0)
export const omitOrigins = (policies: { allowedHosts: object[] }) => policies.allowedHosts.splice(0)

/** Makes Pinata's list lag behind the next removal, by default in only one response. */
export function lagAfterRemoval(pinata: Server, gateway: Record<'keys' | 'allowedHosts', object[]>, match: Match = {}) {
  const before = { accessTokens: [...gateway.keys], allowedHosts: [...gateway.allowedHosts] }
  const lag = (policies: object) => Object.assign(policies, before)
  atResponse(pinata, { method: 'DELETE' }, () => changeList(pinata, lag, match))
}

/** The environment of all records, and the prefix of their tasks. */
export const RECORDS = { environment: 'pinata-gateway-keys', task: 'pinata-gateway-key:' }

/** Extends {@link pinataWithGateway} with a GitHub emulator, a token that may write deployments, and variables. */
export async function pinataAndGitHub(
  keys = 1,
  options: { pinata?: Parameters<typeof start>[0]; github?: Parameters<typeof startGitHubForTest>[0] } = {},
) {
  const fixture = await pinataWithGateway(keys, options.pinata)
  const github = await startGitHubForTest(options.github)
  const inputs = { ...fixture.inputs, 'github-token': github.addToken() }
  /** A runner's variables for this emulator. */
  const env = {
    GITHUB_API_URL: github.apiUrl,
    GITHUB_REPOSITORY: 'octo-org/octo-site',
    GITHUB_REPOSITORY_ID: '1296269',
    GITHUB_SHA: github.sha,
  }
  /** Returns the number of requests that change something. */
  const writes = () => [...fixture.pinata.requests, ...github.requests].filter(({ method }) => method !== 'GET').length
  /** Moves both servers' clocks forward. */
  const passTime = (ms: number) => {
    fixture.pinata.passTime(ms)
    github.passTime(ms)
  }
  return { ...fixture, github, inputs, env, writes, passTime, ...stepsWith(inputs, env) }
}

/** Returns the name and key ID of each record on GitHub, oldest first. */
export function recordsOf(github: GitHub): { name: string; keyId: string }[] {
  return [...github.deployments.values()].map(({ task, payload }) => ({
    name: task.slice(RECORDS.task.length),
    keyId: String((payload as { keyId?: unknown }).keyId),
  }))
}

/** Returns the requests that GitHub received, shortened: `POST statuses`. */
export function githubRequestsOf(github: GitHub): string[] {
  return github.requests.map(
    ({ method, path }) => `${method} ${/(deployments|statuses)(\/\d+)?(\?|$)/.exec(path)?.[1]}`,
  )
}

/** Returns the requests that Pinata received, shortened: `POST access_tokens`. */
export function requestsOf(pinata: Pinata): string[] {
  return pinata.requests.map(({ method, path }) => {
    const [, last = ''] = /\/v3(?:\/ipfs)?\/(?:gateways\/[^/]+\/)?([a-z_]+)/.exec(path) ?? []
    return `${method} ${last}`
  })
}
