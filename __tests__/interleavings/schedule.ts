// Plays schedules: orders in which the requests of overlapping steps take effect, including faults.
import type { Reply } from '../../src/http/reply.ts'
import { isAboutPinata, type Op, type Request } from './http.ts'
import { type Fault, MINUTE, removeWhere, type Setting, type StepSpec, World } from './model.ts'
import { Step } from './step.ts'

/** A request, and the response that the step has not received yet. */
export interface Call {
  world: World
  step: Step
  request: Request
  reply: Reply
}

/** A function that returns the reply to pass on instead, or a pattern of lines to remove from the log. */
export type Break = RegExp | ((call: Call) => Reply)

/** Steps that overlap, and the faults that a schedule may contain. */
export interface Scenario extends Setting {
  steps: StepSpec[]
  faults?: number
  /** The possible lengths of a jump in time, in minutes. A schedule contains at most two jumps. */
  jumps?: number[]
  /** Breaks the protocol on purpose. */
  sabotage?: Break
}

type Move = () => Promise<void> | void

/** Chooses the next move. `rare` returns faults and jumps while the schedule may contain more of them. */
export type Choose = (plain: Move[], rare: () => Move[]) => Move

/** Faults by request. Every request can also encounter an outage, the end of the process, or SIGINT. */
const FAULTS: Partial<Record<Op, Fault[]>> = {
  'GET gateways': ['lags', 'null', 'lost before'],
  'GET deployments': ['lags', 'misses a record', 'lost before'],
  'POST deployments': ['lost before', 'lost after', 'refused', 'late'],
  'POST statuses': ['lost after', 'refused'],
  'DELETE deployments': ['lost after', 'refused'],
}
const FAULTS_OF_CONTROLS: Fault[] = ['lost before', 'lost after', 'refused']
/** The time limits of a step and of a post step. */
const [LIMIT, POST_LIMIT] = [15 * MINUTE, 3 * MINUTE]

export class Schedule {
  readonly #world: World
  readonly #scenario: Scenario
  readonly #alive: Step[] = []
  readonly #left: { faults: number; jumps: number; nulls: number }

  constructor(scenario: Scenario) {
    this.#scenario = scenario
    this.#left = { faults: scenario.faults ?? 0, jumps: scenario.jumps ? 2 : 0, nulls: 1 }
    this.#world = new World(scenario)
  }

  async play(choose: Choose): Promise<World> {
    const world = this.#world
    for (const [index, spec] of this.#scenario.steps.entries()) {
      await this.#start(new Step(world, { run: `${spec.does} ${index + 1}`, spec }))
    }
    while (this.#alive.length > 0) {
      await choose(this.#plainMoves(), () => this.#rareMoves())()
    }
    for (const record of [...world.late]) this.#takeEffect(record)
    const { sabotage } = this.#scenario
    if (sabotage instanceof RegExp) removeWhere(world.log, ({ text }) => sabotage.test(text))
    return world
  }

  async #start(step: Step | undefined): Promise<void> {
    await step?.start()
    if (step?.request !== undefined) this.#alive.push(step)
  }

  #plainMoves(): Move[] {
    const requests = this.#alive.map(step => () => this.#carryOut(step, isCutOff(step) ? 'lost before' : undefined))
    return [...requests, ...this.#world.late.map(record => () => this.#takeEffect(record))]
  }

  #rareMoves(): Move[] {
    const steps = this.#left.faults > 0 ? this.#alive : []
    const jumps = this.#left.jumps > 0 ? (this.#scenario.jumps ?? []) : []
    const possible = jumps.filter(minutes => this.#alive.every(step => this.#livesFor(step, minutes)))
    return [
      ...steps.flatMap(step => this.#faultsOf(step).map(fault => () => this.#carryOut(step, fault))),
      ...possible.map(minutes => () => this.#pass(minutes)),
    ]
  }

  /** Returns whether a rate limit may delay a step's next request by this many minutes. */
  #livesFor({ startedAt, isStopped, isPost }: Step, minutes: number): boolean {
    if (startedAt === undefined) return true
    return !isStopped && this.#world.now - startedAt + minutes * MINUTE < (isPost ? POST_LIMIT : LIMIT)
  }

  /** Returns the faults that make a difference. */
  #faultsOf(step: Step): Fault[] {
    const { request, isPost, isStopped, spec } = step
    if (request === undefined || isCutOff(step)) return []
    const { controls, records, now, pinataNow } = this.#world
    const ages = isAboutPinata(request)
      ? controls.map(({ createdAt }) => pinataNow - createdAt)
      : records.map(({ createdAt }) => now - createdAt)
    const faults = (FAULTS[request.op] ?? FAULTS_OF_CONTROLS).filter(fault => {
      if (fault === 'lags') return ages.some(age => age < MINUTE)
      if (fault === 'null') return this.#left.nulls > 0 && ages.length > 0
      return fault !== 'misses a record' || request.name === undefined
    })
    const ends = ['outage', isPost ? 'dies' : 'killed']
    if (!isPost && spec.does === 'get') ends.push('dies', ...(isStopped ? [] : ['SIGINT']))
    const moments = request.op.startsWith('GET') ? ['before'] : ['before', 'after']
    return [...faults, ...ends.flatMap(end => moments.map(moment => `${end} ${moment}` as Fault))]
  }

  async #carryOut(step: Step, fault: Fault | undefined): Promise<void> {
    const world = this.#world
    const { request } = step
    if (request === undefined) return
    const title = step.isPost ? `${step.run} (post step)` : step.run
    world.trace.push(`${title}: ${describe(request)}${fault ? `  [${fault}]` : ''}`)
    if (fault && !isCutOff(step)) this.#left.faults--
    if (fault === 'null') this.#left.nulls--
    if (fault?.startsWith('outage')) step.cutOff.add(isAboutPinata(request))
    step.startedAt ??= world.now
    // A stopped step that is still waiting for the response receives it in a later move.
    if (fault?.startsWith('SIGINT') && !step.stop()) return
    const reply = world.respond(step, request, fault)
    if (fault?.startsWith('dies')) world.deadRuns.add(step.run)
    if (fault?.startsWith('killed') || fault?.startsWith('dies'))
      return await this.#end(step, fault.startsWith('killed'))
    const { sabotage } = this.#scenario
    await step.resume(sabotage instanceof Function ? sabotage({ world, step, request, reply }) : reply)
    if (step.request === undefined) await this.#end(step)
  }

  async #end(step: Step, hasPost = true): Promise<void> {
    removeWhere(this.#alive, each => each === step)
    if (hasPost && !step.isPost) await this.#start(step.post())
  }

  #takeEffect(record: World['late'][number]): void {
    removeWhere(this.#world.late, each => each === record)
    this.#world.addRecord(record)
    this.#world.trace.push(`the record of ${record.control} takes effect`)
  }

  /** Lets time pass. Late records take effect first, because no record is delayed by minutes. */
  #pass(minutes: number): void {
    this.#left.jumps--
    for (const record of [...this.#world.late]) this.#takeEffect(record)
    this.#world.now += minutes * MINUTE
    this.#world.trace.push(`${minutes} minutes pass`)
  }
}

function isCutOff({ request, cutOff }: Step): boolean {
  return request !== undefined && cutOff.has(isAboutPinata(request))
}

function describe({ op, id, name, body }: Request): string {
  return [op, id, name, body.host, body.payload?.expiresAt].filter(Boolean).join(' ')
}

/**
 * Uses numbers to choose moves, because fast-check shrinks numbers to the fewest faults and the simplest order. (It
 * does not shrink the order of `fc.scheduler`.) Three out of four numbers choose a move without a fault.
 */
export function chooseBy(numbers: ArrayLike<number>): Choose {
  let index = 0
  return (plain, rare) => {
    const number = numbers[index++] ?? 0
    const rareMoves = number % 4 === 3 ? rare() : []
    const moves = rareMoves.length > 0 ? rareMoves : plain
    return moves[Math.floor(number / 4) % moves.length] as Move
  }
}

export async function playAll(scenario: Scenario, check: (world: World) => void): Promise<void> {
  const path: { chosen: number; options: number }[] = []
  do {
    let depth = 0
    const world = await new Schedule(scenario).play((plain, rare) => {
      const moves = [...plain, ...rare()]
      if (depth === path.length) path.push({ chosen: 0, options: moves.length })
      return moves[path[depth++]?.chosen ?? 0] as Move
    })
    check(world)
    while (path.at(-1)?.chosen === (path.at(-1)?.options ?? 0) - 1) path.pop()
    const last = path.at(-1)
    if (last) last.chosen++
  } while (path.length > 0)
}
