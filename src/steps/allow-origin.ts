import { ActionError } from '../errors.ts'
import type { NameRecord, NameRecords, Sorted } from '../names/records.ts'
import { type Gateway, type HostOrigin, originsOf } from '../pinata/types.ts'
import { create } from './create.ts'
import type { OriginInputs } from './inputs.ts'
import { findUnexpired, takeForName } from './renew.ts'
import { openStep, type Step } from './step.ts'
import { addressOf, gatewayName } from './summary.ts'
import { handOverTaken } from './take.ts'

/** Sees to it that the gateway has the origin, and hands it to the workflow. @throws ActionError */
export async function allowOrigin(inputs: OriginInputs, step: Step): Promise<void> {
  const { deadline, api, id, records } = await openStep(inputs, step)
  const look = async (): Promise<Existing> => {
    // Of all names, as the origin may be recorded under another. Before the gateway is read: see NameRecords.find().
    const recorded = records ? await records.find() : []
    const details = await readGateway(() => api.gateway(id))
    const entries = originsOf(details.origins, inputs.wanted.value)
    const sorted = records ? records.sort(concerned(recorded, inputs), details.origins) : NOTHING
    const live = sorted.live.filter(({ subject }) => subject === inputs.wanted.value)
    return { ...sorted, live, details, entries, records, dateMs: api.dateMs }
  }
  let existing = await look()
  if (records && isJustAdded(existing)) {
    await step.clock.sleep(RECORDING_MS, step.stopped).catch(() => {})
    existing = await look()
  }
  await records?.remove(existing.gone)
  records?.warnOfUnproven(existing.unproven)
  const isTaken = existing.entries.length > 0 && (await take(existing, inputs, step))
  if (!isTaken) await create({ api, id, details: existing.details, deadline }, inputs, step)
}

/** How long a step takes from adding an origin to recording it, in milliseconds; much more than it should. */
const RECORDING_MS = 3_000

/** Whether no record stands for the origin, and its newest entry is so new that a step may be about to record it. */
function isJustAdded({ entries, live, dateMs }: Existing): boolean {
  const newest = Math.max(...entries.map(({ createdAt }) => Date.parse(createdAt) || 0))
  return live.length === 0 && dateMs !== undefined && dateMs - newest < 10 * RECORDING_MS
}

/** Without the gateway nobody could tell the step's own entry from somebody's. */
async function readGateway(read: () => Promise<Gateway>): Promise<Gateway> {
  try {
    return await read()
  } catch (error) {
    if (!(error instanceof ActionError)) throw error
    throw new ActionError(`No origin was added, as the gateway could not be read. ${error.message}`, error.kind)
  }
}

const NOTHING: Sorted = { live: [], gone: [], unproven: [] }

/** The records that are about this origin, or about origins of this name. */
function concerned(records: NameRecord[], { wanted, naming }: OriginInputs): NameRecord[] {
  return records.filter(
    ({ kind, subject, name }) => kind === 'origin' && (subject === wanted.value || name === naming?.name),
  )
}

/** What there is of an origin. In `live` are the records that prove that this action added an entry. */
interface Existing extends Sorted {
  details: Gateway
  entries: HostOrigin[]
  records: NameRecords | undefined
  dateMs: number | undefined
}

/**
 * Takes an origin that the gateway has. One that expired or is being removed is left to the sweep.
 *
 * @returns whether it could be taken
 */
async function take(
  { details, entries, records, live, dateMs }: Existing,
  inputs: OriginInputs,
  step: Step,
): Promise<boolean> {
  const { naming } = inputs
  const gateway = addressOf(inputs.gateway, details)
  const found = naming && findUnexpired(live, naming, dateMs)
  if (naming && records && found) {
    const record = await takeForName(found, naming, { records, gateway, dateMs }, step)
    if (record === undefined) return false
    await handOverTaken({ gateway, control: found.control, record }, step)
  } else {
    const recorded = new Set(live.map(({ control }) => control))
    const control = entries.find(entry => !recorded.has(entry))
    if (control === undefined) return false
    await handOverTaken({ gateway, control, record: undefined }, step)
    if (naming) {
      step.log.warning(
        `Origin ${inputs.wanted.value} was on gateway ${gatewayName(gateway)} before, and nothing shows that this action added it, so it is not recorded under the name ${naming.name}. To have it removed with the name, remove it at Pinata and run the job again.`,
      )
    }
  }
  if (inputs.revoke !== 'never') {
    step.log.info(`revoke: ${inputs.revoke} does not apply to it, as this step did not add it.`)
  }
  return true
}
