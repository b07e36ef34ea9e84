// The steps of src, over an in-memory connection.
import { getKey } from '../../src/get/key.ts'
import { allowOrigin } from '../../src/get/origin.ts'
import type { Reply } from '../../src/http/answers.ts'
import type { ExchangeOptions, Exchanger } from '../../src/http/connection.ts'
import { readKeyInputs, readOriginInputs, readRevokeInputs } from '../../src/inputs/read.ts'
import type { KeyId } from '../../src/pinata/types.ts'
import { decide, type PostPlan } from '../../src/post/decide.ts'
import { runPostStep } from '../../src/post/run.ts'
import { revoke } from '../../src/revoke/revoke.ts'
import type { Core } from '../../src/runner/log.ts'
import type { Masks } from '../../src/runner/masks.ts'
import { readState } from '../../src/state/state.ts'
import type { Step } from '../../src/step.ts'
import { GATEWAY, GITHUB, PINATA, replyOf, requestOf, STOPPED } from './http.ts'
import { Actor, type NewActor } from './scheduler.ts'
import type { Response, StepSpec, World } from './world.ts'

const ENV = {
  GITHUB_API_URL: GITHUB,
  GITHUB_REPOSITORY: 'octo-org/octo-site',
  GITHUB_REPOSITORY_ID: '1296269',
  GITHUB_SHA: 'a'.repeat(40),
}
/** Nothing is masked: other tests check that no secret is printed. */
const masks = { add() {}, redact: (text: string) => text } as unknown as Masks
const never = new AbortController().signal

class RealStep extends Actor {
  readonly #plan: PostPlan | undefined
  readonly #stop = new AbortController()
  readonly #state: Record<string, string> = {}
  readonly #outputs: Record<string, string> = {}
  #hasFailed = true
  #slept = 0
  #options: ExchangeOptions | undefined
  #answer: (reply: Reply) => void = () => {}
  #onRequest = () => {}

  constructor(world: World, given: Pick<Actor, 'run' | 'spec' | 'isPost'>, plan?: PostPlan) {
    super(world, given)
    this.#plan = plan
  }

  start(): Promise<void> {
    return this.#untilNextRequest(() => void this.#run())
  }

  resume(response: Response): Promise<void> {
    const { request } = this
    if (request === undefined) throw new Error('no request')
    return this.#untilNextRequest(() => this.#answer(replyOf(request, response, this.world)))
  }

  async stop(): Promise<void> {
    this.#stop.abort()
    const { signal, graceMs = 0 } = this.#options ?? {}
    if (signal?.aborted && graceMs === 0) await this.#untilNextRequest(() => this.#answer(STOPPED))
  }

  post(): Actor | undefined {
    const plan = decide(readState(this.#state), this.#hasFailed ? 'failure' : 'success')
    return plan && new RealStep(this.world, { run: this.run, spec: this.spec, isPost: true }, plan)
  }

  /** Resolves when the step sends its next request, or ends. */
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
      if (this.#outputs['gateway-id'] !== undefined) this.#promise()
    } catch (error) {
      this.#log(true, (error as Error).message)
    }
    this.#onRequest()
  }

  async #main(step: Step): Promise<void> {
    const { getInput } = step.core
    const { does, origin } = this.spec
    if (does !== 'get') await revoke(revokeInputs(getInput, this.spec), step)
    else if (origin === undefined) await getKey(readKeyInputs(getInput, masks), step)
    else await allowOrigin(readOriginInputs(getInput, masks), step)
  }

  #step(): Step {
    const { world } = this
    const inputs = inputsOf(this.spec)
    const core = {
      getInput: (name: string) => inputs[name] ?? '',
      saveState: (name: string, value: string) => {
        this.#state[`STATE_${name}`] = value
      },
      setOutput: (name: string, value: string) => {
        if (this.spec.brokenOutputs) throw new Error('no space left on device')
        this.#outputs[name] = value
      },
      summary: { addRaw: () => core.summary, write: async () => {} },
    }
    return {
      core: core as unknown as Core,
      masks,
      log: {
        info: text => this.#log(false, text),
        warning: text => this.#log(true, text),
        debug() {},
        asking() {},
      },
      env: ENV,
      stopped: this.#stop.signal,
      graceEnded: never,
      clock: {
        now: () => world.now,
        elapsed: () => world.elapsed + this.#slept,
        sleep: async ms => void (this.#slept += ms),
        random: () => 0.5,
      },
      connect: baseUrl => this.#connect(baseUrl),
    }
  }

  #connect(baseUrl: string): Exchanger {
    return {
      exchange: (method, path, options) => {
        if (options.signal?.aborted) return Promise.resolve(STOPPED)
        if (this.request) throw new Error('two requests at once')
        return new Promise(resolve => {
          this.request = requestOf(baseUrl, { method, path, body: options.body }, this.world)
          this.#options = options
          this.#answer = resolve
          this.#onRequest()
        })
      },
    }
  }

  #log(isAlarm: boolean, text: string): void {
    this.world.log.push({ run: this.run, isAlarm, text })
  }

  /** Notes what a step passed on. It promises nothing about an entry of its origin that no record of its name is about. */
  #promise(): void {
    const { world, run } = this
    const { name, revoke } = this.spec
    const { history } = world
    const { created, origin, 'key-id': keyId, 'expires-at': expiresAt } = this.#outputs
    const until = expiresAt ? Date.parse(expiresAt) : Number.POSITIVE_INFINITY
    const isIt = (id: string) =>
      history.records.some(each => each.control === id && each.name === name && each.expiresAt === until)
    const control = history.controls.findLast(each =>
      created === 'true' ? each.by === run : keyId ? each.id === keyId : each.value === origin && isIt(each.id),
    )
    if (control) world.promises.push({ run, control: control.id, until, name, revoke })
  }
}

/** Starts a step of src. */
export const realStep: NewActor = (world, run, spec) => new RealStep(world, { run, spec, isPost: false })

function revokeInputs(getInput: Core['getInput'], { replacedBy }: StepSpec) {
  const inputs = readRevokeInputs(getInput, masks)
  if (inputs.selector.by !== 'name') return inputs
  return { ...inputs, selector: { ...inputs.selector, replacedBy: replacedBy as KeyId | undefined } }
}

function inputsOf({
  does,
  name = '',
  origin = '',
  period,
  rotate,
  revoke,
  replacedBy,
}: StepSpec): Record<string, string> {
  return {
    'gateway-id': GATEWAY,
    'pinata-jwt': 'eyJhbGciOiJIUzI1NiJ9.e30.c2lnbmF0dXJl',
    'api-url': PINATA,
    'github-token': 'ghs_token',
    name,
    origin,
    'expires-in': period === undefined ? '' : `${period}m`,
    rotate: String(rotate ?? false),
    revoke: revoke ?? 'never',
    'replaced-by': replacedBy ?? '',
    expired: String(does === 'sweep'),
  }
}
