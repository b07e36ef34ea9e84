// A model of everything around the steps: Pinata, GitHub, and faults that affect requests. The steps themselves run the
// code in src, so there is no second version of the protocol that could differ from that code.
import type { Reply } from '../../src/http/reply.ts'
import type { ControlKind } from '../../src/pinata/types.ts'
import type { Control, NameRecord, Payload, Request } from './http.ts'
import { deployments, gateway, isAboutPinata, LOST, payloadOf, rejection, response, row, STOPPED } from './http.ts'

export const MINUTE = 60_000

/**
 * A fault before or after a request takes effect. After an `outage`, the server no longer responds to the step.
 * A step that is `killed` has a post step. A step that `dies` does not.
 */
export type Fault =
  | ('lags' | 'null' | 'misses a record' | 'refused' | 'late' | 'lost before' | 'lost after')
  | `${'outage' | 'killed' | 'dies' | 'SIGINT'} ${'before' | 'after'}`

/** An action's step, with its inputs except the common ones. */
export interface StepSpec {
  does: 'get' | 'close' | 'sweep'
  name?: string
  origin?: string
  'expires-in'?: string
  rotate?: 'true'
  revoke?: 'after-job'
  expired?: 'true'
  'replaced-by'?: string
  /** Whether the runner rejects the outputs. */
  brokenOutputs?: boolean
}

export interface Sender {
  run: string
  spec: StepSpec
  isPost: boolean
}

/** An access control from an earlier run, with a record for each expiry (in minutes from the start). */
export interface ExistingControl {
  origin?: string
  name: string
  expires: number[]
  isNew?: boolean
}

/** The access controls at the start, and Pinata's behavior. */
export interface Setting {
  before: ExistingControl[]
  /** How many minutes Pinata's clock is ahead. */
  skew?: number
  /** The effect of a second `POST` of an origin. */
  duplicates?: 'added' | 'refused' | 'returned'
}

/** The servers, and everything that happened. */
export class World {
  now = Date.UTC(2026, 0, 2)
  readonly controls: Control[] = []
  readonly records: NameRecord[] = []
  /** All access controls and records, including removed ones. */
  readonly history = { controls: [] as Control[], records: [] as NameRecord[] }
  /** Records whose requests have not taken effect yet. */
  readonly late: NameRecord[] = []
  /** Access controls that successful steps passed on. */
  readonly promises: { run: string; spec: StepSpec; control: string; until: number }[] = []
  /** `recordedUntil`: the latest expiry in the control's records. `inDoubt`: the sender did not find the record. */
  readonly removals: { control: Control; sender: Sender; at: number; recordedUntil: number; inDoubt: boolean }[] = []
  /** Removals of the latest record of an existing access control. */
  readonly orphaned: { record: NameRecord; sender: Sender }[] = []
  readonly log: { run: string; isAlarm: boolean; text: string }[] = []
  /** Access controls whose creation got no response. */
  readonly lostCreations = new Set<string>()
  /** Access controls whose first record request got no response, and whether a lookup failed to find the record. */
  readonly #doubts = new Map<string, boolean>()
  /** Runs whose step or post step died. */
  readonly deadRuns = new Set<string>()
  readonly trace: string[] = []
  readonly #setting: Setting
  #lastId = 0

  constructor(setting: Setting) {
    this.#setting = setting
    const [start, run] = [this.now, 'an earlier run']
    for (const [index, { origin = '', name, expires, isNew }] of setting.before.entries()) {
      this.now = isNew ? start : start - (1000 - index) * MINUTE
      const control = this.add(origin ? 'origin' : 'key', origin, run)
      const times = expires.map(after => start + (after + (setting.skew ?? 0)) * MINUTE)
      for (const time of times) this.addRecord(this.draft(payloadOf(name, time, control)))
      this.promises.push({ run, spec: { does: 'get', name }, control: control.id, until: Math.max(...times) })
    }
    this.now = start
  }

  get pinataNow(): number {
    return this.now + (this.#setting.skew ?? 0) * MINUTE
  }

  add(kind: ControlKind, value: string, createdBy: string): Control {
    const id = `${kind}-${String(++this.#lastId).padStart(4, '0')}`
    const control = { id, kind, value: value || `value-of-${id}`, createdAt: this.pinataNow, createdBy }
    this.controls.push(control)
    this.history.controls.push(control)
    return control
  }

  /** Returns a record without adding it. The proof identifies the record's access control. */
  draft(payload: Payload): NameRecord {
    const { name, proof } = payload
    const expiresAt = payload.expiresAt === null ? Number.POSITIVE_INFINITY : Date.parse(payload.expiresAt)
    const control = this.history.controls.findLast(each => payloadOf(name, expiresAt, each).proof === proof)
    if (control === undefined) throw new Error('a record with a wrong proof')
    return { id: ++this.#lastId, name, control: control.id, expiresAt, payload, createdAt: this.now }
  }

  addRecord(record: NameRecord): void {
    record.createdAt = this.now
    this.records.push(record)
    this.history.records.push(record)
  }

  /** @returns whether the access control existed */
  remove(id: string, sender: Sender): boolean {
    const [control] = removeWhere(this.controls, each => each.id === id)
    if (control === undefined) return false
    const recordedUntil = Math.max(...this.records.filter(each => each.control === id).map(each => each.expiresAt))
    const inDoubt = control.createdBy === sender.run && this.#doubts.get(id) === true
    this.removals.push({ control, sender, at: this.pinataNow, recordedUntil, inDoubt })
    return true
  }

  /** @returns whether the record existed */
  removeRecord(id: number, sender: Sender): boolean {
    const [record] = removeWhere(this.records, each => each.id === id)
    if (record === undefined) return false
    const hasLater = this.records.some(each => each.control === record.control && each.expiresAt >= record.expiresAt)
    if (!hasLater && this.controls.some(each => each.id === record.control)) this.orphaned.push({ record, sender })
    return true
  }

  /** Responds to a request. Each request takes two seconds, so dates in whole seconds show the requests' order. */
  respond(sender: Sender, request: Request, fault?: Fault): Reply {
    this.now += 2000
    const lost = fault?.startsWith('SIGINT') ? STOPPED : LOST
    const reply = fault?.endsWith('before') ? lost : this.#respond(sender, request, fault)
    const isLost = fault === 'late' || fault?.endsWith('after')
    if (isLost && request.op.startsWith('POST') && isAboutPinata(request))
      this.lostCreations.add(this.controls.at(-1)?.id ?? '')
    this.#noteDoubt(sender, request, isLost ? lost : reply)
    return isLost ? lost : reply
  }

  #respond(sender: Sender, request: Request, fault?: Fault): Reply {
    const at = isAboutPinata(request) ? this.pinataNow : this.now
    if (fault === 'refused') return rejection(403, at)
    switch (request.op) {
      case 'GET gateways':
        return response(200, { data: gateway(fault === 'null' ? [] : withLag(this.controls, at, fault)) }, at)
      case 'POST access_tokens':
        return response(200, { data: row(this.add('key', '', sender.run)) }, at)
      case 'POST hosts':
        return this.#addOrigin(sender, request.body.host ?? '', at)
      case 'GET deployments':
        return response(200, deployments(this.#listed(request, at, fault)), at)
      case 'POST deployments': {
        const record = this.draft(request.body.payload as Payload)
        if (fault === 'late') this.late.push(record)
        else this.addRecord(record)
        return response(201, { id: record.id }, at)
      }
      case 'POST statuses':
        return response(201, {}, at)
      case 'DELETE deployments':
        return this.removeRecord(Number(request.id), sender) ? response(204, undefined, at) : rejection(404, at)
      default:
        return this.remove(request.id, sender) ? response(200, { data: null }, at) : rejection(404, at)
    }
  }

  /** Returns the listed records. If a removal shifts the pages while a step reads them, the step misses a record. */
  #listed({ name }: Request, at: number, fault?: Fault): NameRecord[] {
    const records = withLag(this.records, at, fault).filter(each => name === undefined || each.name === name)
    return fault === 'misses a record' ? records.slice(0, -1) : records
  }

  #addOrigin({ run }: Sender, value: string, at: number): Reply {
    const { duplicates = 'added' } = this.#setting
    const existing = this.controls.find(each => each.value === value)
    if (existing && duplicates === 'refused') return rejection(409, at)
    return response(200, { data: row((duplicates === 'returned' && existing) || this.add('origin', value, run)) }, at)
  }

  /** Notes whether the first record of an access control is in doubt. */
  #noteDoubt({ run }: Sender, { op, body }: Request, reply: Reply): void {
    const isOwn = (id: string) => this.history.controls.some(each => each.id === id && each.createdBy === run)
    if (op === 'POST deployments') {
      const { control } = this.draft(body.payload as Payload)
      if (!isOwn(control)) return
      if (reply.kind === 'fault') this.#doubts.set(control, false)
      else if (reply.status === 201) this.#doubts.delete(control)
    } else if (op === 'GET deployments') {
      const ids = new Set(reply.kind === 'response' ? (reply.json as { id: number }[]).map(({ id }) => id) : [])
      const shown = this.records.filter(({ id }) => ids.has(id)).map(({ control }) => control)
      for (const id of this.#doubts.keys()) if (isOwn(id)) this.#doubts.set(id, !shown.includes(id))
    }
  }
}

/** Returns the list, but without new items if the list lags. */
function withLag<T extends { createdAt: number }>(list: T[], now: number, fault?: Fault): T[] {
  return list.filter(({ createdAt }) => fault !== 'lags' || now - createdAt > MINUTE)
}

/** Removes the matching items from a list, and returns them. */
export function removeWhere<T>(list: T[], matches: (item: T) => boolean): T[] {
  const removed = list.filter(matches)
  for (const item of removed) list.splice(list.indexOf(item), 1)
  return removed
}
