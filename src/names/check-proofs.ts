import type { AccessControl } from '../pinata/types.ts'
import { groupBy } from './expiry-and-renewal.ts'
import { draftRecord, type NameRecord, type ProvenRecord, type RecordScope } from './record-format.ts'

/**
 * Divides records into `proven` (correct proof), `unlisted` (access control not on the gateway), and `unproven` (no
 * proof, or a wrong one for a listed key). Anyone who can create deployments can forge records, but not their proofs.
 */
export function checkProofs(records: NameRecord[], controls: AccessControl[], scope: RecordScope) {
  const bySubject = groupBy(controls, control => `${control.kind} ${control.subject}`)
  const [proven, unlisted, unproven]: [ProvenRecord[], NameRecord[], NameRecord[]] = [[], [], []]
  for (const record of records) {
    const candidates = bySubject.get(`${record.kind} ${record.subject}`) ?? []
    const control = candidates.find(each => record.proof === draftRecord(record, each, scope).payload.proof)
    if (control !== undefined) proven.push({ ...record, control })
    // An origin's record belongs to one entry, not to the origin. If no entry matches, the recorded entry is gone.
    else if (record.proof !== '' && (candidates.length === 0 || record.kind === 'origin')) unlisted.push(record)
    else unproven.push(record)
  }
  return { proven, unlisted, unproven }
}
