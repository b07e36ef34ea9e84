import type { Name, NameRecords, ProvenRecord } from '../names/records.ts'
import type { HostOrigin } from '../pinata/types.ts'

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

/** The first of these records that nobody has set inactive, so that what it stands for has to stay. */
export async function firstActive(records: NameRecords, others: ProvenRecord[]): Promise<ProvenRecord | undefined> {
  for (const record of others) if (await records.isActive(record)) return record
  return undefined
}

/**
 * Gives up the records of a step for an origin that it added.
 *
 * @param deployment the step's record; `undefined` if it is not known, then all of its name
 * @returns the step's records, set inactive, and a record because of which the origin has to stay
 * @throws ActionError if that can't be told
 */
export async function releaseOrigin(
  records: NameRecords,
  origin: HostOrigin,
  { name, deployment }: { name: Name; deployment: number | undefined },
): Promise<{ own: ProvenRecord[]; holder: ProvenRecord | undefined }> {
  const { live } = records.sort(await records.find(), [origin])
  const mine = live.find(record => record.deployment === deployment)
  // By the proof: a request whose answer got lost may have written the same record once more.
  const isOwn = (record: ProvenRecord) =>
    deployment === undefined ? record.name === name : record.proof === mine?.proof
  const own = live.filter(isOwn)
  const others = own.length > 0 ? await announceRevocation(records, own) : live
  return {
    own,
    holder: await firstActive(
      records,
      others.filter(record => !isOwn(record)),
    ),
  }
}
