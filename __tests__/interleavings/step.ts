import { devNull } from 'node:os'
import { ActionError } from '../../src/errors.ts'
import { getControl } from '../../src/get/key.ts'
import type { ExchangeOptions, Exchanger, Method } from '../../src/http/connection.ts'
import type { Reply } from '../../src/http/reply.ts'
import { readKeyInputs, readOriginInputs, readRevokeInputs } from '../../src/inputs/read.ts'
import { decide, type PostPlan } from '../../src/post/decide.ts'
import { runPostStep } from '../../src/post/run.ts'
import { revoke } from '../../src/revoke/revoke.ts'
import type { Core } from '../../src/runner/log.ts'
import type { Masks } from '../../src/runner/masks.ts'
import { readState } from '../../src/state/state.ts'
import type * as src from '../../src/step/step.ts'
import { GATEWAY, REPOSITORY, type Request, requestOf, STOPPED } from './http.ts'
import type { Sender, StepSpec, World } from './model.ts'

const ENV = {
  GITHUB_REPOSITORY: REPOSITORY.name,
  GITHUB_REPOSITORY_ID: REPOSITORY.id,
  GITHUB_SHA: 'a'.repeat(40),
  GITHUB_STEP_SUMMARY: devNull,
}
const COMMON_INPUTS = {
  'gateway-id': GATEWAY,
  'pinata-jwt': 'eyJhbGciOiJIUzI1NiJ9.e30.c2ln',
  'github-token': 'ghs_token',
  'replaced-by': 'none',
}
/** Masks nothing, because other tests check that no secret is printed. */
const masks = { add() {}, redact: (text: string) => text } as unknown as Masks
const never = new AbortController().signal

/** A step from src, or its post step. The schedule decides when its requests take effect. */
export class Step implements Sender, Exchanger {
  readonly run: string
  readonly spec: StepSpec
  readonly isPost: boolean
  /** The pending request; `undefined` once the step has ended. */
  request: Request | undefined
  /** When its first request took effect. */
  startedAt: number | undefined
  /** Servers that no longer respond. `true` is Pinata, and `false` is GitHub. */
  readonly cutOff = new Set<boolean>()
  readonly #world: World
  readonly #plan: PostPlan | undefined
  readonly #stop = new AbortController()
  readonly #state: Record<string, string> = {}
  readonly #outputs: Record<string, string> = {}
  #hasFailed = true
  #slept = 0
  #options: ExchangeOptions | undefined
  #respond = (_reply: Reply) => {}
  #onRequest = () => {}

  constructor(world: World, { run, spec, plan }: { run: string; spec: StepSpec; plan?: PostPlan }) {
    this.#world = world
    this.run = run
    this.spec = spec
    this.#plan = plan
    this.isPost = plan !== undefined
  }

  get isStopped(): boolean {
    return this.#stop.signal.aborted
  }

  /** Runs until the first request. */
  start(): Promise<void> {
    return this.#untilNextRequest(() => void this.#run())
  }

  /** Passes on the response, and runs until the next request. */
  resume(reply: Reply): Promise<void> {
    return this.#untilNextRequest(() => this.#respond(reply))
  }

  /** Receives a request from the step. The schedule decides when it takes effect. */
  exchange(method: Method, path: string, options: ExchangeOptions): Promise<Reply> {
    if (options.backoff.signal.aborted) return Promise.resolve(STOPPED)
    if (this.request) throw new Error('The step sends two requests at once.')
    this.request = requestOf(method, path, options.body)
    this.#options = options
    this.#onRequest()
    return new Promise(resolve => {
      this.#respond = resolve
    })
  }

  /** Sends SIGINT. @returns whether the step abandons the pending request */
  stop(): boolean {
    this.#stop.abort()
    return this.#options?.backoff.signal.aborted === true && !this.#options.graceMs
  }

  /** Returns the post step, if it has anything to do. */
  post(): Step | undefined {
    const plan = decide(readState(this.#state), this.#hasFailed ? 'failure' : 'success')
    return plan && new Step(this.#world, { run: this.run, spec: this.spec, plan })
  }

  #untilNextRequest(go: () => void): Promise<void> {
    this.request = undefined
    return new Promise(resolve => {
      this.#onRequest = resolve
      go()
    })
  }

  async #run(): Promise<void> {
    const step = this.#step()
    try {
      if (this.#plan) await runPostStep(this.#plan, step)
      else await this.#main(step)
      this.#hasFailed = false
      if ('gateway-id' in this.#outputs) this.#promise()
    } catch (error) {
      this.#log(true, error instanceof ActionError ? error.message : `Bug: ${(error as Error).stack}`)
    }
    this.#onRequest()
  }

  async #main(step: src.Step): Promise<void> {
    const source = { getInput: step.core.getInput, masks, env: ENV }
    const { does, origin } = this.spec
    if (does !== 'get') await revoke(readRevokeInputs(source), step)
    else await getControl(origin === undefined ? readKeyInputs(source) : readOriginInputs(source), step)
  }

  #step(): src.Step {
    const world = this.#world
    const inputs: Record<string, unknown> = { ...COMMON_INPUTS, ...this.spec }
    const core = {
      getInput: (name: string) => String(inputs[name] ?? ''),
      saveState: (name: string, value: string) => {
        this.#state[`STATE_${name}`] = value
      },
      setOutput: (name: string, value: string) => {
        if (this.spec.brokenOutputs) throw new Error('no space left on device')
        this.#outputs[name] = value
      },
    }
    const log = {
      info: (text: string) => this.#log(false, text),
      warning: (text: string) => this.#log(true, text),
      debug() {},
      lastRequest: '',
    }
    // The schedule limits how long a step lives, so no deadline passes.
    const clock = {
      now: () => world.now,
      elapsed: () => this.#slept,
      sleep: async (ms: number) => {
        this.#slept += ms
      },
      random: () => 0.5,
    }
    const signals = { stopped: this.#stop.signal, graceEnded: never, lookupEnded: never }
    return { masks, log, clock, env: ENV, ...signals, core: core as unknown as Core, connect: () => this }
  }

  #log(isAlarm: boolean, text: string): void {
    this.#world.log.push({ run: this.run, isAlarm, text })
  }

  /** Notes what a step passed on. A step promises nothing about an origin entry that is not recorded under its name. */
  #promise(): void {
    const { run, spec } = this
    const { controls, records } = this.#world.history
    const { created, origin, 'key-id': keyId, 'expires-at': expiresAt } = this.#outputs
    const until = expiresAt ? Date.parse(expiresAt) : Number.POSITIVE_INFINITY
    const isNamed = (id: string) =>
      records.some(each => each.control === id && each.name === spec.name && each.expiresAt === until)
    const control = controls.findLast(({ id, value, createdBy }) =>
      created === 'true' ? createdBy === run : keyId ? id === keyId : value === origin && isNamed(id),
    )
    if (control) this.#world.promises.push({ run, spec, control: control.id, until })
  }
}
