import { ActionError, STOPPED } from '../errors.ts'
import type { Naming } from '../inputs/read.ts'
import { byControl, latestExpiry } from '../names/expiry.ts'
import type { Named, ProvenRecord } from '../names/record.ts'
import type { NameRecords } from '../names/records.ts'
import { gatewayName, LABELS } from '../pinata/labels.ts'
import { type AccessControl, type GatewayAddress, publicName } from '../pinata/types.ts'
import type { Step } from '../step.ts'
import { nameNote, setOutputs, summarize } from './outputs.ts'

/** A recorded access control that a step can reuse. */
export interface Reusable {
  control: AccessControl
  /** The expiry that counts, in milliseconds since 1970. */
  expiresAtMs: number
}

/**
 * Returns the newest access control that has not expired.
 *
 * @param records of one name
 * @param nowMs Pinata's time, in milliseconds since 1970; while it is unknown, nothing counts as expired
 * @param graceMs how long after its expiry an access control is still reused
 */
export function newestReusable(records: ProvenRecord[], nowMs: number | undefined, graceMs = 0): Reusable | undefined {
  const createdAt = ({ control }: Reusable) => Date.parse(control.createdAt) || 0
  return [...byControl(records)]
    .map(([control, its]) => ({ control, expiresAtMs: latestExpiry(its) }))
    .filter(({ expiresAtMs }) => nowMs === undefined || expiresAtMs + graceMs > nowMs)
    .sort((a, b) => createdAt(b) - createdAt(a))[0]
}

/**
 * Renews an access control if less than half of the period is left, and passes it on.
 *
 * @throws ActionError if a due renewal can't be recorded
 */
export async function reuse(
  reusable: Reusable,
  { records, gateway, nowMs }: { records: NameRecords; gateway: GatewayAddress; nowMs: number | undefined },
  naming: Naming,
  step: Step,
): Promise<void> {
  const { control } = reusable
  const renewedMs = renewedExpiry(reusable, naming, nowMs, step)
  const named: Named = { name: naming.name, expiresAtMs: renewedMs ?? reusable.expiresAtMs }
  if (renewedMs !== undefined) await records.add(records.draft(named, control))
  await passOnExisting({ gateway, control, named }, step)
}

/** Returns the later expiry if a renewal is due. An access control that does not expire stays so. */
function renewedExpiry(
  { control, expiresAtMs }: Reusable,
  { expiresInMs = Number.POSITIVE_INFINITY }: Naming,
  nowMs: number | undefined,
  { log }: Step,
): number | undefined {
  if (!Number.isFinite(expiresAtMs)) return undefined
  if (nowMs === undefined) {
    log.warning(
      `Could not renew ${control.kind} ${publicName(control)}: Pinata's response has no usable date, and expiries are measured by its clock.`,
    )
    return undefined
  }
  const isDue = expiresAtMs <= nowMs || (Number.isFinite(expiresInMs) && expiresAtMs - nowMs < expiresInMs / 2)
  return isDue ? nowMs + expiresInMs : undefined
}

/** Passes on an access control that this step did not create. @throws ActionError if readers can't use it */
export async function passOnExisting(
  { gateway, control, named }: { gateway: GatewayAddress; control: AccessControl; named: Named | undefined },
  step: Step,
): Promise<void> {
  if (control.kind === 'key') {
    if (control.value === undefined) {
      throw new ActionError(
        `Could not reuse key ${control.id}: Pinata returned a value that readers can't send or GitHub can't mask. Create a new key.`,
      )
    }
    step.masks.add(control.value.reveal())
  }
  if (step.stopped.aborted) throw new ActionError(STOPPED)
  const access = { gateway, control, named, isNew: false }
  setOutputs(access, step)
  const { revoke } = LABELS[control.kind]
  const note = named === undefined ? '' : ` ${nameNote(control.kind, named)}`
  step.log.info(
    control.kind === 'key'
      ? `Reusing key ${control.id} of gateway ${gatewayName(gateway)}. Its value is masked in this job's log. This job does not ${revoke} it.${note}`
      : `Reusing origin ${control.value} of gateway ${gatewayName(gateway)}. This job does not ${revoke} it.${note}`,
  )
  const sentence =
    control.kind === 'key' ? 'An existing key, masked in the log.' : 'Pages of this origin could already read.'
  await summarize(access, { sentence, revoked: 'not by this job' }, step)
}
