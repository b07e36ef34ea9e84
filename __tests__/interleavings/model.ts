// The model of everything around the steps: Pinata and GitHub, and what can go wrong with a request. The steps themselves are
// those of src, so there is no second version of the protocol that could differ from the first.

const SECOND = 1000
export const MINUTE = 60 * SECOND

export type Kind = 'key' | 'origin'

/** An access control, and the run that created it. */
export interface Control {
  id: string
  kind: Kind
  value: string
  createdAt: number
  by: string
}

/** A record of a name. `control` is the ID of its access control. */
export interface NameRecord {
  id: number
  name: string
  control: string
  expiresAt: number
  createdAt: number
}

/** `list` reads the gateway, `records` a page of the records of a name or of all names. */
export type Request =
  | { op: 'list' }
  | { op: 'create'; kind: Kind; value: string }
  | { op: 'delete'; id: string }
  | { op: 'records'; name: string | undefined; page: number }
  | { op: 'record'; name: string; control: string; expiresAt: number }
  | { op: 'status' | 'deactivate' | 'unrecord'; id: number }

/** `at` is the server's date. `lost` or `stopped` (given up after SIGINT): the request may have taken effect. */
export interface Response {
  result: 'ok' | 'lost' | 'refused' | 'missing' | 'stopped'
  at: number
  controls?: Control[]
  control?: Control
  records?: NameRecord[]
  hasNext?: boolean
}

/**
 * What goes wrong with a request, before or after it takes effect. From an `outage` on, the server never responds to this step.
 * A step that is `killed` has a post step, one that `dies` has none.
 */
export type Fault =
  | ('lags' | 'null' | 'misses a record' | 'refused' | 'late' | 'lost before' | 'lost after')
  | `${'outage' | 'killed' | 'dies' | 'SIGINT'} ${'before' | 'after'}`

/** A step about an origin, or about a key. Times are in minutes. */
export interface StepSpec {
  does: 'get' | 'close' | 'sweep'
  name?: string
  origin?: string
  period?: number
  rotate?: boolean
  revoke?: 'after-job'
  replacedBy?: string
  /** The runner does not accept the outputs. */
  brokenOutputs?: boolean
}

/** The step that sends a request. */
export interface Sender {
  run: string
  spec: StepSpec
  isPost: boolean
}

/** What a green step passed on. */
interface Promised {
  run: string
  spec: StepSpec
  control: string
  until: number
}

interface Removal {
  control: Control
  sender: Sender
  at: number
  /** The latest expiry of its records. */
  recordedUntil: number
  /** The sender looked for its record in vain. */
  inDoubt: boolean
}

/** How the servers behave. `skew`: how many minutes Pinata's clock is ahead. `duplicates`: what a second `POST` of an origin does. */
export interface Services {
  skew?: number
  duplicates?: 'added' | 'refused' | 'returned'
}

/** The servers, and what happened to them. */
export class World {
  now = Date.UTC(2026, 0, 2)
  readonly controls: Control[] = []
  readonly records: NameRecord[] = []
  /** Includes what was removed. */
  readonly history = { controls: [] as Control[], records: [] as NameRecord[] }
  /** Records whose requests have not taken effect yet. */
  readonly late: NameRecord[] = []
  readonly promises: Promised[] = []
  readonly removals: Removal[] = []
  /** Removals of the latest record of an existing access control. */
  readonly orphaned: { record: NameRecord; sender: Sender }[] = []
  readonly log: { run: string; isAlarm: boolean; text: string }[] = []
  /** Access controls whose creation has a lost response. */
  readonly unread = new Set<string>()
  /** Access controls whose first record has a lost response, and whether the step looked for the record in vain. */
  readonly doubts = new Map<string, { isMissing: boolean }>()
  /** Runs whose cleanup died. */
  readonly dead = new Set<string>()
  readonly trace: string[] = []
  readonly #services: Services
  #lastId = 0

  constructor(services: Services) {
    this.#services = services
  }

  get pinataNow(): number {
    return this.now + (this.#services.skew ?? 0) * MINUTE
  }

  add(kind: Kind, value: string, by: string): Control {
    const id = `${kind}-${String(++this.#lastId).padStart(4, '0')}`
    const control = { id, kind, value: value || `value-of-${id}`, createdAt: this.pinataNow, by }
    this.controls.push(control)
    this.history.controls.push(control)
    return control
  }

  draft({ name, control, expiresAt }: Pick<NameRecord, 'name' | 'control' | 'expiresAt'>): NameRecord {
    return { id: ++this.#lastId, name, control, expiresAt, createdAt: this.now }
  }

  addRecord(record: NameRecord): void {
    record.createdAt = this.now
    this.records.push(record)
    this.history.records.push(record)
  }

  /** @returns whether it existed */
  remove(id: string, sender: Sender): boolean {
    const [control] = take(this.controls, each => each.id === id)
    if (control === undefined) return false
    const recordedUntil = Math.max(...this.records.filter(each => each.control === id).map(each => each.expiresAt))
    const inDoubt = control.by === sender.run && this.doubts.get(id)?.isMissing === true
    this.removals.push({ control, sender, at: this.pinataNow, recordedUntil, inDoubt })
    return true
  }

  /** @returns whether it existed */
  removeRecord(id: number, sender: Sender): boolean {
    const [record] = take(this.records, each => each.id === id)
    if (record === undefined) return false
    const hasLater = this.records.some(each => each.control === record.control && each.expiresAt >= record.expiresAt)
    if (!hasLater && this.controls.some(each => each.id === record.control)) this.orphaned.push({ record, sender })
    return true
  }

  /** Performs a request. It takes two seconds, so that dates in whole seconds show which of two came first. */
  perform(sender: Sender, request: Request, fault?: Fault): Response {
    this.now += 2 * SECOND
    const at = isAboutPinata(request) ? this.pinataNow : this.now
    if (fault === 'refused') return { result: 'refused', at }
    if (fault?.endsWith('before')) return { result: 'lost', at }
    const response = { at, ...this.#effect(sender, request, fault) }
    if (fault && response.control) this.unread.add(response.control.id)
    return fault?.endsWith('after') ? { result: 'lost', at } : response
  }

  #effect(sender: Sender, request: Request, fault?: Fault): Omit<Response, 'at'> {
    switch (request.op) {
      case 'list':
        return { result: 'ok', controls: fault === 'null' ? [] : withLag(this.controls, this.pinataNow, fault) }
      case 'create':
        return this.#create(sender, request)
      case 'delete':
        return { result: this.remove(request.id, sender) ? 'ok' : 'missing' }
      case 'records':
        return { result: 'ok', ...pageOf(withLag(this.records, this.now, fault), request, fault) }
      case 'record':
        if (fault === 'late') this.late.push(this.draft(request))
        else this.addRecord(this.draft(request))
        return { result: fault === 'late' ? 'lost' : 'ok' }
      case 'unrecord':
        return { result: this.removeRecord(request.id, sender) ? 'ok' : 'missing' }
      default:
        return { result: this.records.some(({ id }) => id === request.id) ? 'ok' : 'missing' }
    }
  }

  #create({ run }: Sender, { kind, value }: { kind: Kind; value: string }): Omit<Response, 'at'> {
    const { duplicates = 'added' } = this.#services
    const existing = this.controls.find(each => each.value === value)
    if (!existing || duplicates === 'added') return { result: 'ok', control: this.add(kind, value, run) }
    return duplicates === 'refused' ? { result: 'refused' } : { result: 'ok', control: existing }
  }

  /** Notes whether the first record of an access control is in doubt. */
  noteDoubt({ run }: Sender, request: Request, { result, records = [] }: Response): void {
    const isOwn = (id: string) => this.history.controls.some(each => each.id === id && each.by === run)
    if (request.op === 'record' && isOwn(request.control)) {
      if (result === 'ok') this.doubts.delete(request.control)
      else if (result !== 'refused') this.doubts.set(request.control, { isMissing: false })
    } else if (request.op === 'records') {
      for (const [id, doubt] of this.doubts) if (isOwn(id)) doubt.isMissing = !records.some(each => each.control === id)
    }
  }
}

export function isAboutPinata({ op }: Request): boolean {
  return ['list', 'create', 'delete'].includes(op)
}

/** A list that lags does not show what is new. */
function withLag<T extends { createdAt: number }>(list: T[], now: number, fault?: Fault): T[] {
  return list.filter(({ createdAt }) => fault !== 'lags' || now - createdAt > MINUTE)
}

/** Returns 100 records, the newest first. If a removal shifts the pages meanwhile, a step misses one. */
function pageOf(list: NameRecord[], { name, page }: { name: string | undefined; page: number }, fault?: Fault) {
  const all = list.filter(each => name === undefined || each.name === name).sort((a, b) => b.id - a.id)
  const records = all.slice((page - 1) * 100, page * 100)
  return { records: fault === 'misses a record' ? records.slice(1) : records, hasNext: all.length > page * 100 }
}

/** Removes the matching items from a list, and returns them. */
export function take<T>(list: T[], isTaken: (item: T) => boolean): T[] {
  const taken = list.filter(isTaken)
  for (const item of taken) list.splice(list.indexOf(item), 1)
  return taken
}
