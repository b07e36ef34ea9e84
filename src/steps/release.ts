import type { NameRecords, ProvenRecord } from '../names/records.ts'

/**
 * Announces that access controls are about to be revoked, and looks who else counts on them. It writes first and then
 * looks, as does a step that takes an access control for a name: so at least one of the two sees the other.
 *
 * @param announced the records of the one who revokes; they are set inactive
 * @returns the records that others have written for the same access controls, read after that
 * @throws ActionError if that can't be told
 */
export async function announceRevocation(records: NameRecords, announced: ProvenRecord[]): Promise<ProvenRecord[]> {
  for (const record of announced) await records.deactivate(record)
  const own = new Set(announced.map(({ deployment }) => deployment))
  const controls = [...new Set(announced.map(({ control }) => control))]
  const { live } = records.sort(await records.find(), controls)
  return live.filter(({ deployment }) => !own.has(deployment))
}

/** The first record of another name that nobody has set inactive, so that what it stands for has to stay. */
export async function firstActive(records: NameRecords, others: ProvenRecord[]): Promise<ProvenRecord | undefined> {
  for (const record of others) if (await records.isActive(record)) return record
  return undefined
}
