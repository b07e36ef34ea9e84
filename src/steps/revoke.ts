import { ActionError, messageOf } from '../errors.ts'
import { Deadline } from '../http/retry.ts'
import type { NameRecord, NameRecords, ProvenRecord } from '../names/records.ts'
import type { PinataApi } from '../pinata/api.ts'
import { controlsOf, type Gateway, type GatewayAddress, idOf } from '../pinata/types.ts'
import { maybeOpenGateway, refuseLastControl, removesLastControl, reportOpenGateway } from './guards.ts'
import type { RevokeInputs, Selector } from './inputs.ts'
import { controlsIn, goneOf, type Outcome, type Outcomes, withOutcome } from './outcomes.ts'
import { announceRevocation, firstActive } from './release.ts'
import { listOf, notRevoked, reportOutcomes, setOutputs } from './revoke-report.ts'
import { type Selected, type Selection, select } from './selection.ts'
import { backoffOf, openPinata, openRecords, STEP_LIMIT_MS, type Step } from './step.ts'

/** How many access controls are revoked at the same time. */
const SIDE_BY_SIDE = 4
/** How much more time a step has for each: each takes a second on the smallest plan. In milliseconds. */
const LIMIT_EACH_MS = 2_000
/** What a step works on. */
interface Work {
  api: PinataApi
  gateway: GatewayAddress
  /** The gateway before, or why it could not be read. */
  details: Gateway | ActionError
  records: NameRecords | undefined
  selection: Selection
  outcomes: Outcomes
}

/** Revokes keys and removes origins, those to keep excepted, and reports what became of each. @throws ActionError if one is left */
export async function revoke(inputs: RevokeInputs, step: Step): Promise<void> {
  const deadline = new Deadline(step.clock, STEP_LIMIT_MS)
  const work = await begin(deadline, inputs, step)
  const { details, selection, outcomes } = work
  deadline.extend(selection.selected.length * LIMIT_EACH_MS)
  const wanted = withOutcome(outcomes, 'not tried')
  const mayRefuse = inputs.lastKey === 'fail' && !(details instanceof ActionError)
  const holders = inputs.dryRun || mayRefuse ? await findHolders(work, inputs) : NO_HOLDERS
  if (mayRefuse) refuseLastControl(details, controlsIn(wanted.filter(one => !holders.has(one))), inputs)

  const firstError = inputs.dryRun ? rehearse(work, holders) : await revokeAll(work, deadline, inputs, step)
  await reportOutcomes(work, inputs, step)
  reportLastControl(work, inputs, step)
  const outputError = setOutputs(outcomes, step)
  if (firstError !== undefined) {
    const left = [...withOutcome(outcomes, 'not revoked'), ...withOutcome(outcomes, 'not tried')]
    throw new ActionError(`${left.length} of ${notRevoked(wanted)}: ${listOf(left)}. ${firstError.message}`)
  }
  if (outputError !== undefined) throw outputError
}

/** Reads what there is, and selects what to revoke. @throws ActionError */
async function begin(deadline: Deadline, inputs: RevokeInputs, step: Step): Promise<Work> {
  const { selector } = inputs
  const api = openPinata(step, inputs, backoffOf(step, deadline))
  const id = await api.resolve(inputs.gateway)
  const records = 'token' in selector ? openRecords(step, selector.token, id, backoffOf(step, deadline)) : undefined
  // Before the gateway is read: see NameRecords.find().
  const recorded = await findRecords(records, selector, step)
  const details = await readDetails(api, id, inputs)
  const existing = details instanceof ActionError ? undefined : details
  const sorted = existing && records?.sort(recorded, controlsOf(existing))
  if (sorted && records && selector.by === 'expired')
    sorted.live = await withoutReleased(records, sorted.live, api.dateMs)
  const selection = select(selector, existing, sorted, api.dateMs)
  records?.warnOfUnproven(sorted?.unproven ?? [])
  const outcomes: Outcomes = new Map(selection.selected.map(one => [one, outcomeBefore(one, inputs)]))
  return { api, gateway: existing ?? { id, url: '' }, details, records, selection, outcomes }
}

/**
 * Without the records that keep an expired access control, but were given up: set inactive, when they could not be removed.
 */
async function withoutReleased(
  records: NameRecords,
  live: ProvenRecord[],
  nowMs: number | undefined,
): Promise<ProvenRecord[]> {
  if (nowMs === undefined) return live
  const expired = new Set(live.filter(({ expiresAtMs }) => expiresAtMs <= nowMs).map(({ control }) => control))
  const counting: ProvenRecord[] = []
  for (const record of live) {
    const keeps = record.expiresAtMs > nowMs && expired.has(record.control)
    if (!keeps || (await records.isActive(record))) counting.push(record)
  }
  return counting
}

/**
 * Revokes what is left to revoke, in batches, so that a rate limit of GitHub's ends a large sweep after some of its work
 * and not before all of it.
 *
 * @returns the first error, if any
 */
async function revokeAll(
  work: Work,
  deadline: Deadline,
  inputs: RevokeInputs,
  step: Step,
): Promise<ActionError | undefined> {
  const { api, records, outcomes } = work
  const wanted = withOutcome(outcomes, 'not tried')
  const backoff = backoffOf(step, deadline)
  const apis = [api, ...wanted.slice(1, SIDE_BY_SIDE).map(() => openPinata(step, inputs, backoff))]
  const gone = goneOf(outcomes)
  let firstError: ActionError | undefined
  for (let from = 0, size = FIRST_BATCH; from < wanted.length; from += size, size *= 2) {
    const batch = wanted.slice(from, from + size)
    const unknown = await leaveToOthers(work, inputs, batch)
    const error = (await revokeSideBySide(apis, work, batch)) ?? unknown
    firstError ??= unknown ?? error
    const revoked = batch.filter(one => ['revoked', 'not-listed'].includes(outcomes.get(one) ?? ''))
    await records?.remove(revoked.flatMap(one => one.records))
    if (isFinal(error)) break
  }
  await records?.remove(gone.flatMap(one => one.records))
  return firstError
}

/** How many are revoked before the records are looked at again; then twice as many, as each look reads all of them. */
const FIRST_BATCH = 200

/** What is refused for one is refused for all. */
function isFinal(error: ActionError | undefined): boolean {
  return error !== undefined && ['unauthorized', 'forbidden', 'rate-limited'].includes(error.kind)
}

/** The records of others because of which an access control has to stay. */
type Holders = Map<Selected, NameRecord>
const NO_HOLDERS: Holders = new Map()

/** What is shared: what a step can renew or record while this one runs. */
function sharedOf(selected: Selected[], { selector }: RevokeInputs): Selected[] {
  return selected.filter(({ kind }) => selector.by === 'expired' || (selector.by === 'name' && kind === 'origin'))
}

/** Which of these has to stay. @param others all records but those of this step */
async function holdersOf(
  { api, records }: Work,
  { selector }: RevokeInputs,
  { shared, others }: { shared: Selected[]; others: ProvenRecord[] },
): Promise<Holders> {
  const nowMs = api.dateMs ?? Number.POSITIVE_INFINITY
  const holders: Holders = new Map()
  for (const one of shared) {
    const counting = others.filter(({ control, name, expiresAtMs }) => {
      return control === one.control && (selector.by === 'name' ? !selector.names.includes(name) : expiresAtMs > nowMs)
    })
    const holder = records && (await firstActive(records, counting))
    if (holder) holders.set(one, holder)
  }
  return holders
}

/** Which of the selected has to stay, as far as the records tell now. @throws ActionError */
async function findHolders(work: Work, inputs: RevokeInputs): Promise<Holders> {
  const { records, outcomes } = work
  const shared = inputs.selector.by === 'name' ? sharedOf(withOutcome(outcomes, 'not tried'), inputs) : []
  if (records === undefined || shared.length === 0) return NO_HOLDERS
  const controls = shared.flatMap(one => one.proven.map(({ control }) => control))
  const { live } = records.sort(await records.find(), controls)
  return await holdersOf(work, inputs, { shared, others: live })
}

/** Decides what would be revoked, and changes nothing. */
function rehearse(work: Work, holders: Holders): undefined {
  const { details, outcomes } = work
  const ids = new Set(details instanceof ActionError ? [] : controlsOf(details).map(idOf))
  for (const one of withOutcome(outcomes, 'not tried')) {
    const isListed = one.control !== undefined && ids.has(idOf(one.control))
    outcomes.set(one, isListed ? 'would be revoked' : 'not-listed')
    const holder = holders.get(one)
    if (holder) stay(one, standsFor(holder), work)
  }
  return undefined
}

/**
 * Leaves alone what others count on: an expired access control that was renewed meanwhile, and an origin that another
 * name stands for.
 *
 * @returns why that could not be told: then those are not revoked
 */
async function leaveToOthers(work: Work, inputs: RevokeInputs, batch: Selected[]): Promise<ActionError | undefined> {
  const { records, outcomes } = work
  const shared = sharedOf(batch, inputs)
  if (records === undefined || shared.length === 0) return undefined
  try {
    const announced = shared.flatMap(one => one.proven)
    const others = await announceRevocation(records, announced)
    for (const [one, holder] of await holdersOf(work, inputs, { shared, others })) {
      const isName = inputs.selector.by === 'name'
      stay(one, isName ? standsFor(holder) : 'it was renewed just now', work)
      // Those of a sweep stay for the next one: the step that renews removes them, or its own if it gives up.
      if (isName) await records.remove(one.records, ({ name }) => `The name ${name} is not needed any more`)
    }
    return undefined
  } catch (error) {
    for (const one of shared) if (outcomes.has(one)) outcomes.set(one, 'not revoked')
    return asActionError(error)
  }
}

function standsFor({ name }: NameRecord): string {
  return `the name ${name} stands for it too`
}

function stay(one: Selected, why: string, { selection, outcomes }: Pick<Work, 'selection' | 'outcomes'>): void {
  outcomes.delete(one)
  selection.staying.push({ ...one, why })
}

/** Reports that the gateway has no access control any more, or that nobody knows. */
function reportLastControl({ gateway, details, outcomes }: Work, inputs: RevokeInputs, step: Step): void {
  if (!(details instanceof ActionError)) {
    const removed = inputs.dryRun ? withOutcome(outcomes, 'would be revoked') : goneOf(outcomes)
    if (removesLastControl(details, controlsIn(removed))) reportOpenGateway(gateway, inputs, step)
  } else if (inputs.lastKey === 'warn') {
    step.log.warning(maybeOpenGateway(gateway, details.message))
  }
}

/** The records that the selector is about, and none if it is about none. */
async function findRecords(records: NameRecords | undefined, selector: Selector, step: Step): Promise<NameRecord[]> {
  if (records === undefined) return []
  if (selector.by !== 'name') return await records.find()
  const found: NameRecord[] = []
  for (const name of selector.names) {
    const ofName = await records.find(name)
    if (ofName.length === 0) step.log.info(`No key or origin of this gateway has the name ${name}.`)
    found.push(...ofName)
  }
  return found
}

function outcomeBefore({ control }: Selected, { keep }: RevokeInputs): Outcome {
  if (control === undefined) return 'not-listed'
  return control.kind === 'key' && keep.has(control.id) ? 'kept' : 'not tried'
}

/**
 * The gateway's details, or why they can't be read. Revoking keys by their IDs can do without them, unless the access or
 * the gateway is wrong, or it was asked to be sure of something that only they tell.
 */
async function readDetails(
  api: PinataApi,
  id: Gateway['id'],
  { dryRun, lastKey, selector }: RevokeInputs,
): Promise<Gateway | ActionError> {
  try {
    return await api.gateway(id)
  } catch (error) {
    if (!(error instanceof ActionError)) throw error
    const isRefused = ['unauthorized', 'forbidden', 'not-found'].includes(error.kind)
    if (dryRun || selector.by !== 'key-id' || isRefused) throw error
    if (lastKey === 'fail') {
      throw new ActionError(
        `Nothing was revoked, as last-key is fail and the gateway's access controls could not be read. ${error.message}`,
      )
    }
    return error
  }
}

/** Revokes a few at a time, each connection one by one. @returns the first error, if any */
async function revokeSideBySide(
  apis: PinataApi[],
  { gateway, details, outcomes }: Work,
  batch: Selected[],
): Promise<ActionError | undefined> {
  const ids = details instanceof ActionError ? undefined : new Set(controlsOf(details).map(idOf))
  const queue = batch.filter(one => outcomes.get(one) === 'not tried')
  let firstError: ActionError | undefined
  const work = async (api: PinataApi) => {
    for (let one = queue.shift(); one?.control !== undefined; one = queue.shift()) {
      try {
        outcomes.set(one, await api.remove(gateway.id, one.control, ids?.has(idOf(one.control))))
      } catch (error) {
        outcomes.set(one, 'not revoked')
        const known = asActionError(error)
        firstError ??= known
        if (isFinal(known)) queue.length = 0
      }
    }
  }
  await Promise.all(apis.map(work))
  return firstError
}

function asActionError(error: unknown): ActionError {
  return error instanceof ActionError ? error : new ActionError(messageOf(error))
}
