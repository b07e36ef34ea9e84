import type { Naming } from '../inputs/read.ts'
import type { Named } from '../names/record.ts'
import { RecordError } from '../names/records.ts'
import { lookupBackoff, type Step } from '../step.ts'
import { ignoreErrors, type NewControl } from './new-control.ts'

/**
 * Records the name of a new access control. The record is the commit point: once it exists, other runs may reuse the access
 * control, so nothing rolls it back.
 *
 * @throws ActionError if no record is known to exist
 */
export async function recordName(
  { control, gateway, clients, save }: NewControl,
  { name, expiresInMs = Number.POSITIVE_INFINITY }: Naming,
  step: Step,
): Promise<Named> {
  const { pinata, records } = clients
  if (records === undefined) throw new Error('A name needs the client for records.')
  const createdAtMs = Date.parse(control.createdAt) || pinata.dateMs || step.clock.now()
  const named = { name, expiresAtMs: createdAtMs + expiresInMs }
  const record = records.draft(named, control)
  // From now on, the post step looks for the record before it revokes.
  save({ phase: 'created', control, record: { name, proof: record.proof } })
  const waits = lookupBackoff(step)
  const deployment = await records.add(record).catch(async (error: unknown) => {
    const isInDoubt = error instanceof RecordError && error.isInDoubt
    if (isInDoubt && (await records.with(waits()).has(record))) return undefined
    throw error
  })
  ignoreErrors(() => save(undefined))
  if (deployment !== undefined) await records.setStatus(deployment, gateway)
  return named
}
