// Plays schedules: orders in which the requests of overlapping steps take effect, with faults. It knows steps only as actors
// that send one request at a time, so it plays the steps of src and the model alike.
import {
  type Fault,
  type Kind,
  MINUTE,
  type NameRecord,
  type Request,
  type Response,
  type StepSpec,
  take,
  World,
} from './world.ts'

/** How long a step, and a post step, may take. */
const [LIMIT, POST_LIMIT] = [15 * MINUTE, 3 * MINUTE]

/** What exists before, which steps overlap, and what may happen to them. */
export interface Scenario {
  steps: StepSpec[]
  /** What earlier runs left: an access control with a record for each expiry, in minutes from the start. */
  before?: { kind: Kind; value?: string; name: string; expires: number[] }[]
  /** How many requests have a fault. */
  faults?: number
  /** How many minutes may pass at once, twice in a schedule. */
  jumps?: number[]
  /** How far Pinata's clock is ahead, in minutes. */
  skew?: number
  /** What Pinata does with an origin that exists. */
  duplicates?: 'added' | 'refused' | 'returned'
  /** All machines may be suspended while time passes. */
  suspends?: boolean
  /** A person may remove an access control. */
  byHand?: boolean
}

/** A step, or its post step. */
export abstract class Actor {
  readonly world: World
  readonly run: string
  readonly spec: StepSpec
  readonly isPost: boolean
  /** `undefined` once the step has ended. */
  request: Request | undefined
  /** When its first request took effect. */
  begunAt: number | undefined
  isStopped = false

  constructor(world: World, { run, spec, isPost }: Pick<Actor, 'run' | 'spec' | 'isPost'>) {
    this.world = world
    this.run = run
    this.spec = spec
    this.isPost = isPost
  }

  /** Runs until the first request. */
  abstract start(): Promise<void> | void
  /** Passes on the response, and runs until the next request. */
  abstract resume(response: Response): Promise<void> | void
  /** Sends SIGINT. */
  abstract stop(): Promise<void> | void
  /** Returns the post step, if it has something to do. */
  abstract post(): Actor | undefined
}

export type NewActor = (world: World, run: string, spec: StepSpec) => Actor

type Move =
  | { actor: Actor; fault?: Fault }
  | { late: NameRecord }
  | { minutes: number; isSuspended: boolean }
  | { byHand: string }

/** Chooses the next move. `rare` are faults and the like, as long as the schedule may contain more of them. */
export type Choose = (plain: Move[], rare: Move[]) => Move

/** Faults that a request can have. */
const FAULTS: Record<Request['op'], Fault[]> = {
  list: ['lags', 'null', 'lost before'],
  create: ['lost after', 'lost before'],
  delete: ['lost after', 'lost before', 'refused'],
  records: ['lags', 'misses a record', 'lost before'],
  record: ['lost after', 'lost before', 'refused', 'late'],
  status: ['refused'],
  deactivate: ['lost after', 'refused'],
  unrecord: ['lost after', 'refused'],
}
const READS = ['list', 'records']

class Schedule {
  readonly world: World
  readonly #scenario: Scenario
  readonly #alive: Actor[] = []
  readonly #makers = new Map<Actor, () => Actor | undefined>()
  readonly #left: { faults: number; jumps: number; hands: number; nulls: number }

  constructor(scenario: Scenario) {
    const { faults = 0, jumps = [], byHand } = scenario
    this.#scenario = scenario
    this.#left = { faults, jumps: jumps.length > 0 ? 2 : 0, hands: byHand ? 1 : 0, nulls: 1 }
    this.world = new World(scenario)
    this.#prepare()
  }

  #prepare(): void {
    const { world } = this
    const start = world.now
    const run = 'an earlier run'
    for (const [index, { kind, value = '', name, expires }] of (this.#scenario.before ?? []).entries()) {
      world.now = start - (1000 - index) * MINUTE
      const { id } = world.add(kind, value, run)
      const times = expires.map(after => world.pinataNow - world.now + start + after * MINUTE)
      for (const time of times) world.addRecord(world.draft(name, id, time))
      world.promises.push({ run, control: id, until: Math.max(...times), name })
    }
    world.now = start
  }

  async play(newActor: NewActor, choose: Choose): Promise<World> {
    for (const [index, spec] of this.#scenario.steps.entries()) {
      await this.#start(() => newActor(this.world, `${spec.does} ${index + 1}`, spec))
    }
    while (this.#alive.length > 0) {
      const move = choose(this.#plainMoves(), this.#rareMoves())
      if ('actor' in move) await this.#carryOut(move.actor, move.fault)
      else if ('late' in move) this.#takeEffect(move.late)
      else if ('byHand' in move) this.#removeByHand(move.byHand)
      else await this.#pass(move)
    }
    for (const record of [...this.world.late]) this.#takeEffect(record)
    return this.world
  }

  async #start(make: () => Actor | undefined): Promise<void> {
    const actor = make()
    await actor?.start()
    if (actor?.request === undefined) return
    this.#alive.push(actor)
    this.#makers.set(actor, make)
  }

  #plainMoves(): Move[] {
    return [...this.#alive.map(actor => ({ actor })), ...this.world.late.map(late => ({ late }))]
  }

  #rareMoves(): Move[] {
    const { jumps = [], suspends } = this.#scenario
    const { world } = this
    const moves: Move[] = []
    if (this.#left.faults > 0)
      for (const actor of this.#alive) for (const fault of this.#faultsOf(actor)) moves.push({ actor, fault })
    if (this.#left.hands > 0) for (const { id } of world.controls) moves.push({ byHand: id })
    for (const minutes of this.#left.jumps > 0 ? jumps : []) {
      if (this.#alive.every(actor => this.#livesFor(actor, minutes))) moves.push({ minutes, isSuspended: false })
      if (suspends) moves.push({ minutes, isSuspended: true })
    }
    return moves
  }

  /** Whether a step may wait that long before its next request, for a rate limit. */
  #livesFor({ begunAt, isStopped, isPost }: Actor, minutes: number): boolean {
    const age = begunAt === undefined ? 0 : this.world.elapsed - begunAt + minutes * MINUTE
    return begunAt === undefined || (!isStopped && age < (isPost ? POST_LIMIT : LIMIT))
  }

  /** Returns the faults that make a difference. */
  #faultsOf(actor: Actor): Fault[] {
    const { request, isPost, isStopped, spec } = actor
    if (request === undefined) return []
    const listed = request.op === 'list' ? this.world.controls : this.world.records
    const at = request.op === 'list' ? this.world.pinataNow : this.world.now
    const faults = FAULTS[request.op].filter(fault => {
      if (fault === 'lags') return listed.some(({ createdAt }) => at - createdAt < MINUTE)
      if (fault === 'null') return this.#left.nulls > 0 && listed.length > 0
      return fault !== 'misses a record' || ('name' in request && request.name === undefined)
    })
    const ends: Fault[] = isPost ? [] : ['killed']
    if (isPost || spec.does === 'get') ends.push('dies')
    if (!READS.includes(request.op)) ends.push(...ends.map(each => `${each} after` as Fault))
    const signals: Fault[] = isPost || isStopped || spec.does !== 'get' ? [] : ['SIGINT']
    return [...faults, ...ends, ...signals]
  }

  async #carryOut(actor: Actor, fault: Fault | undefined): Promise<void> {
    const { world } = this
    const { request } = actor
    if (request === undefined) return
    world.trace.push(`${nameOf(actor)}: ${describe(request)}${fault ? `  [${fault}]` : ''}`)
    if (fault !== undefined) this.#left.faults--
    if (fault === 'null') this.#left.nulls--
    actor.begunAt ??= world.elapsed
    if (fault === 'SIGINT') {
      actor.isStopped = true
      await actor.stop()
      return await this.#endIfDone(actor)
    }
    const performed = world.perform(actor, request, fault)
    const isKilled = fault?.startsWith('killed') || fault?.startsWith('dies')
    const response: Response = fault === 'lost after' ? { result: 'lost', at: performed.at } : performed
    if (performed.control && fault) world.unread.add(performed.control.id)
    world.noteDoubt(actor, request, isKilled ? undefined : response)
    if (fault?.startsWith('dies')) world.dead.add(actor.run)
    if (isKilled) return await this.#end(actor, fault?.startsWith('killed'))
    await actor.resume(response)
    await this.#endIfDone(actor)
  }

  async #endIfDone(actor: Actor): Promise<void> {
    if (actor.request === undefined) await this.#end(actor)
  }

  async #end(actor: Actor, hasPost = true): Promise<void> {
    take(this.#alive, each => each === actor)
    if (hasPost && !actor.isPost) await this.#start(() => actor.post())
  }

  #takeEffect(record: NameRecord): void {
    take(this.world.late, each => each === record)
    this.world.addRecord(record)
    this.world.trace.push(`the record of ${record.control} takes effect`)
  }

  #removeByHand(id: string): void {
    this.#left.hands--
    this.world.remove(id)
    this.world.trace.push(`a person removes ${id} at Pinata`)
  }

  /** Lets time pass. No record is late by minutes. */
  async #pass({ minutes, isSuspended }: { minutes: number; isSuspended: boolean }): Promise<void> {
    const { world } = this
    this.#left.jumps--
    for (const record of [...world.late]) this.#takeEffect(record)
    world.now += minutes * MINUTE
    if (isSuspended) world.suspended += minutes * MINUTE
    world.trace.push(`${minutes} minutes pass${isSuspended ? ' while all machines are suspended' : ''}`)
    for (const actor of [...this.#alive]) if (actor.begunAt === undefined) await this.#startLater(actor)
  }

  /** Replaces a step that has sent no request by one that starts now. */
  async #startLater(actor: Actor): Promise<void> {
    take(this.#alive, each => each === actor)
    await this.#start(this.#makers.get(actor) ?? (() => undefined))
  }
}

export function nameOf({ run, isPost }: Pick<Actor, 'run' | 'isPost'>): string {
  return isPost ? `${run} (post step)` : run
}

function describe({ op, ...details }: Request): string {
  const given = Object.entries(details).filter(([, value]) => value !== undefined)
  return [op, ...given.map(([name, value]) => `${name}=${value}`)].join(' ')
}

/** Plays one schedule. */
export function play(scenario: Scenario, newActor: NewActor, choose: Choose): Promise<World> {
  return new Schedule(scenario).play(newActor, choose)
}

/** Returns choices by a list of numbers, of which fast-check finds the shortest one. Three of four are requests without a fault. */
export function chooseBy(numbers: ArrayLike<number>): Choose {
  let index = 0
  return (plain, rare) => {
    const number = numbers[index++] ?? 0
    const moves = number % 4 === 3 && rare.length > 0 ? rare : plain
    return moves[Math.floor(number / 4) % moves.length] as Move
  }
}

/** Plays all schedules of a scenario, or the first ones. `onPlayed` returns whether that is enough. */
export async function playAll(
  scenario: Scenario,
  newActor: NewActor,
  onPlayed: (world: World) => boolean | undefined,
): Promise<number> {
  const path: { chosen: number; options: number }[] = []
  for (let count = 1; ; count++) {
    let depth = 0
    const world = await play(scenario, newActor, (plain, rare) => {
      const moves = [...plain, ...rare]
      if (depth === path.length) path.push({ chosen: 0, options: moves.length })
      return moves[path[depth++]?.chosen ?? 0] as Move
    })
    if (onPlayed(world)) return count
    while (path.length > 0 && path.at(-1)?.chosen === (path.at(-1)?.options ?? 0) - 1) path.pop()
    const last = path.at(-1)
    if (last === undefined) return count
    last.chosen++
  }
}
