// Pinata and GitHub in memory. A request takes effect at one moment, and every request takes two seconds.

export const SECOND = 1000
export const MINUTE = 60 * SECOND
const LAG = MINUTE

export type Kind = 'key' | 'origin'

/** An access control. */
export interface Control {
  id: string
  kind: Kind
  value: string
  createdAt: number
  /** The run that created it. */
  by: string
}

/** A record of a name, on GitHub. */
export interface NameRecord {
  id: number
  name: string
  /** The ID of its access control. */
  control: string
  expiresAt: number
  createdAt: number
}

/** A request, whatever its form: `list` reads the gateway, `records` a page of the records. */
export type Request =
  | { op: 'list' }
  | { op: 'create'; kind: Kind; value: string }
  | { op: 'delete'; id: string }
  | { op: 'records'; name?: string | undefined; page?: number }
  | { op: 'record'; name: string; control: string; expiresAt: number }
  | { op: 'status' | 'deactivate' | 'unrecord'; id: number }

/** What a step receives. `lost`: the request may have taken effect. `stopped`: the step gave up because of SIGINT. */
export interface Response {
  result: 'ok' | 'lost' | 'refused' | 'missing' | 'stopped'
  /** The server's date. */
  at: number
  controls?: Control[]
  control?: Control
  records?: NameRecord[]
  hasNext?: boolean
  id?: number
}

/** Why a response differs from the truth, or never arrives. */
export type Fault =
  | ('lags' | 'null' | 'misses a record' | 'lost before' | 'lost after' | 'late' | 'refused')
  | ('killed' | 'killed after' | 'dies' | 'dies after' | 'SIGINT')

/** The step that sends a request. */
export interface Sender {
  run: string
  spec: StepSpec
  isPost: boolean
}

/** A step of a workflow. Times are in minutes. */
export interface StepSpec {
  does: 'get' | 'close' | 'sweep'
  name?: string
  /** The value of the origin. Without it, the step is about a key. */
  origin?: string
  period?: number
  rotate?: boolean
  revoke?: 'after-job'
  replacedBy?: string
  /** The runner does not accept the step's outputs. */
  brokenOutputs?: boolean
}

/** What a green step promised. */
export interface Promised {
  run: string
  control: string
  until: number
  name?: string | undefined
  revoke?: 'after-job' | undefined
}

/** A removal of an access control. Without a sender, a person removed it. `inDoubt`: the sender looked for its record in vain. */
interface Removal {
  control: Control
  sender: Sender | undefined
  at: number
  inDoubt: boolean
  isOverdue: boolean
}

export class World {
  now = Date.UTC(2026, 0, 2)
  /** How long all machines were suspended. */
  suspended = 0
  readonly controls: Control[] = []
  readonly records: NameRecord[] = []
  /** With those that were removed. */
  readonly history = { controls: [] as Control[], records: [] as NameRecord[] }
  /** Requests for records that have not taken effect yet. */
  readonly late: NameRecord[] = []
  readonly promises: Promised[] = []
  readonly removals: Removal[] = []
  readonly log: { run: string; isAlarm: boolean; text: string }[] = []
  /** Access controls whose creation has a lost response. */
  readonly unread = new Set<string>()
  /** Access controls whose record has a lost response, and whether the step that sent it looked for it in vain. */
  readonly doubts = new Map<string, { run: string; isMissing: boolean }>()
  /** Runs whose cleanup died. */
  readonly dead = new Set<string>()
  /** The requests and what happened to them, one a line. */
  readonly trace: string[] = []
  readonly #skew: number
  readonly #duplicates: 'added' | 'refused' | 'returned'
  #lastId = 0

  constructor({
    skew = 0,
    duplicates = 'added',
  }: { skew?: number; duplicates?: 'added' | 'refused' | 'returned' } = {}) {
    this.#skew = skew * MINUTE
    this.#duplicates = duplicates
  }

  /** By a clock that stands still while a machine is suspended. */
  get elapsed(): number {
    return this.now - this.suspended
  }

  get pinataNow(): number {
    return this.now + this.#skew
  }

  add(kind: Kind, value: string, by: string): Control {
    const id = `${kind}-${String(++this.#lastId).padStart(4, '0')}`
    const control = { id, kind, value: value || `value-of-${id}`, createdAt: this.pinataNow, by }
    this.controls.push(control)
    this.history.controls.push(control)
    return control
  }

  /** Returns a record that {@link addRecord} adds, now or later. */
  draft(name: string, control: string, expiresAt: number): NameRecord {
    return { id: ++this.#lastId, name, control, expiresAt, createdAt: this.now }
  }

  addRecord(record: NameRecord): void {
    record.createdAt = this.now
    this.records.push(record)
    this.history.records.push(record)
  }

  creatorOf(control: string): string | undefined {
    return this.history.controls.find(({ id }) => id === control)?.by
  }

  /** Removes an access control for a step, or for a person. @returns whether it existed */
  remove(id: string, sender?: Sender): boolean {
    const [control] = take(this.controls, each => each.id === id)
    if (control === undefined) return false
    const doubt = this.doubts.get(id)
    const inDoubt = doubt?.run === sender?.run && doubt?.isMissing === true
    const expiries = this.records.filter(each => each.control === id && each.name === sender?.spec.name)
    const now = Math.min(this.now, this.pinataNow)
    const isOverdue = expiries.length > 0 && expiries.every(({ expiresAt }) => expiresAt + 60 * MINUTE < now)
    this.removals.push({ control, sender, at: this.pinataNow, inDoubt, isOverdue })
    return true
  }

  /** Performs a request, and returns the response. */
  perform(sender: Sender, request: Request, fault?: Fault): Response {
    this.now += 2 * SECOND
    const at = ['list', 'create', 'delete'].includes(request.op) ? this.pinataNow : this.now
    if (fault === 'refused') return { result: 'refused', at }
    if (fault === 'lost before' || fault === 'killed' || fault === 'dies') return { result: 'lost', at }
    const isVisible = ({ createdAt }: { createdAt: number }) => fault !== 'lags' || at - createdAt > LAG
    switch (request.op) {
      case 'list':
        return { result: 'ok', at, controls: fault === 'null' ? [] : this.controls.filter(isVisible) }
      case 'create':
        return { at, ...this.#create(sender, request) }
      case 'delete':
        return { result: this.remove(request.id, sender) ? 'ok' : 'missing', at }
      case 'records':
        return { result: 'ok', at, ...this.#page(request, this.records.filter(isVisible), fault) }
      case 'record': {
        const record = this.draft(request.name, request.control, request.expiresAt)
        if (fault === 'late') this.late.push(record)
        else this.addRecord(record)
        return { result: fault === 'late' ? 'lost' : 'ok', at, id: record.id }
      }
      default: {
        const record = this.records.find(each => each.id === request.id)
        if (request.op === 'unrecord') take(this.records, each => each === record)
        return { result: record ? 'ok' : 'missing', at }
      }
    }
  }

  #create({ run }: Sender, { kind, value }: { kind: Kind; value: string }): Omit<Response, 'at'> {
    const existing = kind === 'origin' ? this.controls.find(each => each.value === value) : undefined
    if (existing && this.#duplicates === 'refused') return { result: 'refused' }
    if (existing && this.#duplicates === 'returned') return { result: 'ok', control: existing }
    return { result: 'ok', control: this.add(kind, value, run) }
  }

  /** Returns a page of 100 records, the newest first. */
  #page({ name, page = 1 }: { name?: string | undefined; page?: number }, visible: NameRecord[], fault?: Fault) {
    const all = visible.filter(each => name === undefined || each.name === name).sort((a, b) => b.id - a.id)
    const records = all.slice((page - 1) * 100, page * 100)
    return { records: fault === 'misses a record' ? records.slice(0, -1) : records, hasNext: all.length > page * 100 }
  }

  /** Notes what a step can't know about a request. @param response `undefined` if the step never receives one */
  noteDoubt({ run }: Sender, request: Request, response: Response | undefined): void {
    if (request.op === 'record' && this.creatorOf(request.control) === run) {
      if (response?.result === 'ok') this.doubts.delete(request.control)
      else if (response?.result !== 'refused') this.doubts.set(request.control, { run, isMissing: false })
    }
    if (request.op !== 'records') return
    const shown = new Set(response?.records?.map(({ control }) => control))
    for (const [control, doubt] of this.doubts) if (doubt.run === run) doubt.isMissing = !shown.has(control)
  }
}

/** Removes the matching items from a list, and returns them. */
export function take<T>(list: T[], isTaken: (item: T) => boolean): T[] {
  const taken = list.filter(isTaken)
  for (const item of taken) list.splice(list.indexOf(item), 1)
  return taken
}
