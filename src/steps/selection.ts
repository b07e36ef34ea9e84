import { ActionError } from '../errors.ts'
import type { Name, NameRecord, ProvenRecord, Sorted } from '../names/records.ts'
import { type ControlKind, type Gateway, idOf, type Key, publicName, type Removable } from '../pinata/types.ts'
import type { Selector } from './inputs.ts'
import { readableTime } from './summary.ts'

/** An access control that a step looked at. */
interface Subject {
  kind: ControlKind
  /** The ID of the key, or the value of the origin. */
  subject: string
  /** What it is called, as far as it was looked up. */
  name?: Name | undefined
  /** As Pinata gives it. */
  createdAt?: string | undefined
}

/** One that is to be revoked. */
export interface Selected extends Subject {
  /** `undefined` if it is known not to be there any more. */
  control: Removable | undefined
  /** The records that are to be removed with it. */
  records: NameRecord[]
  /** Those of them that prove that this action created it. */
  proven: ProvenRecord[]
}

/** One that was looked at and not selected. */
export interface Staying extends Subject {
  /** After "stays, as". */
  why: string
}

/** What a step is to revoke, and what else there is to say about what it looked at. */
export interface Selection {
  /** In the order of the user, of the records or of Pinata; without duplicates. */
  selected: Selected[]
  staying: Staying[]
}

const NOTHING = { live: [], gone: [] }

/**
 * Selects what to revoke.
 *
 * @param gateway as Pinata told of it; it may be missing only for keys by ID
 * @param recorded the records of the gateway, for a selection by name or expiry
 * @param nowMs Pinata's time, by which age and expiry are measured, in milliseconds since 1970; `undefined` if no answer
 *   told it
 * @throws ActionError if ages or expiries are asked for and the time is not known
 */
export function select(
  selector: Selector,
  gateway: Gateway | undefined,
  recorded: Pick<Sorted, 'live' | 'gone'> = NOTHING,
  nowMs: number | undefined,
): Selection {
  if (selector.by === 'key-id') {
    const keys = new Map(gateway?.keys.map(key => [key.id, key]))
    return selectionOf(selector.keyIds.map(id => selectedOf(keys.get(id) ?? { kind: 'key', id })))
  }
  if (gateway === undefined) throw new ActionError('The gateway could not be read, so nothing was selected.')
  if (selector.by === 'origin') return selectionOf(selector.origins.flatMap(value => ofValue(value, gateway)))
  if (selector.by === 'name') return selectionOf([...byControl(recorded.live), ...bySubject(recorded.gone)])
  if (nowMs === undefined) {
    throw new ActionError(
      "Nothing was revoked, as ages are measured by Pinata's clock, and its answer had no usable date. Check api-url, and whether a proxy answers in Pinata's place.",
    )
  }
  if (selector.by === 'older-than') return olderThan(selector, gateway.keys, nowMs)
  return expired(recorded, nowMs)
}

/** All entries of an origin, or one that stands for none. */
function ofValue(value: string, gateway: Gateway): Selected[] {
  const entries = gateway.origins.filter(each => each.value === value)
  const none = { kind: 'origin' as const, subject: value, control: undefined, records: [], proven: [] }
  return entries.length === 0 ? [none] : entries.map(entry => selectedOf(entry))
}

/** What has several records expires with the last of them, so that no copy of a record makes it go sooner. */
function expired({ live, gone }: Pick<Sorted, 'live' | 'gone'>, nowMs: number): Selection {
  const selection = selectionOf([])
  for (const one of byControl(live)) {
    const expiresAtMs = Math.max(...one.proven.map(record => record.expiresAtMs))
    if (expiresAtMs <= nowMs) selection.selected.push(one)
    else selection.staying.push({ ...one, why: expiryNote(expiresAtMs) })
  }
  selection.selected.push(...bySubject(gone))
  return selection
}

function expiryNote(expiresAtMs: number): string {
  return Number.isFinite(expiresAtMs) ? `it expires at ${readableTime(expiresAtMs)}` : 'it never expires'
}

function olderThan({ ms, age }: Extract<Selector, { by: 'older-than' }>, keys: Key[], nowMs: number): Selection {
  const selection = selectionOf([])
  for (const key of keys) {
    const createdAtMs = Date.parse(key.createdAt)
    const stay = (why: string) => selection.staying.push({ ...selectedOf(key), why })
    if (createdAtMs < nowMs - ms) selection.selected.push(selectedOf(key))
    else if (Number.isNaN(createdAtMs)) stay('Pinata gave no time of its creation')
    else stay(`it is not older than ${age}`)
  }
  return selection
}

/** Each access control of the records, with all of its records. */
function byControl(live: ProvenRecord[]): Selected[] {
  return groupsOf(live, ({ kind, control }) => `${kind} ${idOf(control)}`).map(([first, records]) => ({
    ...selectedOf(first.control),
    name: first.name,
    records,
    proven: records,
  }))
}

/** Each access control that is gone, with all of its records. */
function bySubject(gone: NameRecord[]): Selected[] {
  return groupsOf(gone, ({ kind, subject }) => `${kind} ${subject}`).map(([{ kind, subject, name }, records]) => ({
    kind,
    subject,
    name,
    control: undefined,
    records,
    proven: [],
  }))
}

/** Groups in the order of their first members, each with its first member. */
function groupsOf<T>(all: T[], keyOf: (one: T) => string): [T, T[]][] {
  const groups = new Map<string, [T, T[]]>()
  for (const one of all) {
    const group = groups.get(keyOf(one))
    if (group === undefined) groups.set(keyOf(one), [one, [one]])
    else group[1].push(one)
  }
  return [...groups.values()]
}

function selectedOf(control: Removable & { createdAt?: string }): Selected {
  const { kind, createdAt } = control
  return { kind, subject: publicName(control), createdAt, control, records: [], proven: [] }
}

function selectionOf(selected: Selected[]): Selection {
  return { selected, staying: [] }
}
