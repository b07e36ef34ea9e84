import { ActionError, resultOf } from '../errors.ts'
import type { GitHubApi } from '../github/api.ts'
import { type Repository, requireVariable } from '../github/repository.ts'
import type { Backoff } from '../http/retry.ts'
import type { AccessControl } from '../pinata/types.ts'
import { count, type Log, listOf } from '../printable-text.ts'
import { checkProofs } from './check-proofs.ts'
import type { DraftRecord, Name, Named, NameRecord, RecordScope } from './record-format.ts'
import { draftRecord, ENVIRONMENT, parseRecord, TASK_PREFIX } from './record-format.ts'

/** The limit on warnings about failed removals. GitHub shows only ten per step, and other warnings may matter more. */
const MAX_WARNINGS = 4
/** The maximum number of times to read a name's records if they fill more than one page and keep changing. */
const MAX_READINGS = 4

/** This gateway's records for one name or (if `name` is `undefined`) for all names, newest first. */
export interface RecordList {
  name: Name | undefined
  records: NameRecord[]
  /** The date of GitHub's first dated response, in milliseconds since 1970, or `undefined` if none is dated. */
  readAtMs?: number | undefined
  /** Whether all records were read: `false` if GitHub has too many deployments or if they keep changing. */
  isComplete: boolean
  /** Whether one of the records has the proof that was passed to `find()`. */
  hasProof: boolean
  hasOtherGateways: boolean
}

/** The client for a gateway's records. No record is ever edited, so parallel runs can't overwrite each other's. */
export class NameRecords {
  readonly github: GitHubApi
  readonly #scope: RecordScope & { repository: Repository }
  readonly #log: Log
  #failedRemovals = 0

  constructor(github: GitHubApi, scope: RecordScope & { repository: Repository }, log: Log) {
    this.github = github
    this.#scope = scope
    this.#log = log
  }

  /** Returns a client for the same records with different time limits. */
  with(backoff: Backoff): NameRecords {
    return new NameRecords(this.github.with(backoff), this.#scope, this.#log)
  }

  /**
   * Reads the records. If a name's records fill more than one page, reads them again until no record from the previous
   * reading is missing, because a record that is removed between two page requests can hide another record.
   * @param proof the proof of the record at which to stop @throws ActionError
   */
  async find(name: Name | undefined, proof?: string): Promise<RecordList> {
    let before: number[] | undefined
    for (let reading = 1; ; reading++) {
      const { list, ids, pages } = await this.#read(name, proof)
      if (!name || pages === 1 || list.hasProof || before?.every(id => ids.has(id))) return list
      if (reading === MAX_READINGS) return { ...list, isComplete: false }
      before = [...ids]
    }
  }

  async #read(name: Name | undefined, proof: string | undefined) {
    const list: RecordList = { name, records: [], isComplete: false, hasProof: false, hasOtherGateways: false }
    // The set also contains the IDs of deployments that are not records of this gateway.
    const ids = new Set<number>()
    let pages = 0
    const filter = { environment: ENVIRONMENT, ...(name && { task: TASK_PREFIX + name }) }
    for await (const { deployments, dateMs, isLast } of this.github.deployments(filter)) {
      pages++
      list.isComplete = isLast
      list.readAtMs ??= dateMs
      for (const deployment of deployments) {
        const record = ids.has(deployment.id) ? undefined : parseRecord(deployment)
        ids.add(deployment.id)
        if (record === undefined || (name !== undefined && record.name !== name)) continue
        const isOurs = record.gatewayId === this.#scope.gatewayId
        if (isOurs) list.records.push(record)
        list.hasOtherGateways ||= !isOurs
        list.hasProof ||= isOurs && record.proof === proof
      }
      if (isLast || list.hasProof) break
    }
    return { list, ids, pages }
  }

  /** Returns the deployment to create for an access control's record. @throws ActionError if `GITHUB_SHA` is not set */
  draft(named: Named, control: AccessControl) {
    return { ...draftRecord(named, control, this.#scope), ref: this.requireSha() }
  }

  /** Returns the run's commit, which every record requires. @throws ActionError if `GITHUB_SHA` is not set */
  requireSha(): string {
    return requireVariable('GITHUB_SHA', this.#scope.repository.sha)
  }

  /** Creates a record and returns its deployment's ID. @param action for error messages @throws CreationError */
  async create(draft: DraftRecord, action = 'record the name'): Promise<number> {
    return await this.github.createDeployment(draft, action)
  }

  /** Removes records. If a removal fails, logs the failure, leaves the remaining records, and returns the error. */
  async remove(records: NameRecord[]): Promise<ActionError | undefined> {
    // Remove one record at a time, because GitHub asks clients not to send requests in parallel.
    for (const [index, { deploymentId, name, kind, subject }] of records.entries()) {
      const error = await resultOf(this.github.removeDeployment(deploymentId))
      if (error instanceof ActionError) {
        const more = index + 1 < records.length ? ` and ${count(records.length - index - 1, 'more record')}` : ''
        const what = `${kind} ${subject} (deployment ${deploymentId} in environment ${ENVIRONMENT})${more}`
        const report = this.#failedRemovals++ < MAX_WARNINGS ? this.#log.warning : this.#log.info
        report(`Could not remove the record of ${what}. A later run of the revoke action will retry. ${error.message}`)
        return error
      }
      this.#log.debug(`Removed deployment ${deploymentId}, which recorded ${kind} ${subject} under the name ${name}.`)
    }
    return undefined
  }

  /** Divides records by their proofs (see `checkProofs`), in the same order. Read `controls` after the records. */
  partition(records: NameRecord[], controls: AccessControl[]) {
    return checkProofs(records, controls, this.#scope)
  }

  /** Warns about records that have no effect because their proof is missing or wrong. */
  warnOfUnproven(records: NameRecord[]): void {
    if (records.length === 0) return
    const list = records.map(each => `${each.deploymentId} (${each.kind} ${each.subject}, name ${each.name})`)
    this.#log.warning(
      `Ignored these deployments in environment ${ENVIRONMENT}: ${listOf(list)}. This action did not create them for these keys or origins. If you don't need the deployments, delete them.`,
    )
  }
}
