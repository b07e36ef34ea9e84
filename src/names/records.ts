import { createHmac } from 'node:crypto'
import { ActionError, messageOf } from '../errors.ts'
import type { Deployment, GitHubApi } from '../github/api.ts'
import type { Repository } from '../github/repository.ts'
import { field, parseJson } from '../http/answers.ts'
import type { Log } from '../log.ts'
import {
  type AccessControl,
  type ControlKind,
  type GatewayAddress,
  type GatewayId,
  isKeyId,
  isOrigin,
  publicName,
  type Removable,
  secretOf,
} from '../pinata/types.ts'

/** A name for keys and origins: 1 to 64 letters, digits, `.`, `_`, `/` and `-`. */
export type Name = string & { readonly kind: 'name' }

const NAME = /^[\w./-]{1,64}$/

/** Whether a value from anywhere can be a name. */
export function isName(value: unknown): value is Name {
  return typeof value === 'string' && NAME.test(value)
}

/** The name of an access control, and when that expires, in milliseconds since 1970; infinite without an expiry. */
export interface Named {
  name: Name
  expiresAtMs: number
}

/** The environment whose deployments are the records of all names of a repository. */
const ENVIRONMENT = 'pinata-gateway-keys'
const TASK = 'pinata-gateway-key:'
const SCHEMA = 1
/** GitHub shows ten of a step, and the last one here tells how many there are more. */
const MAX_WARNINGS = 9

/** A deployment that says which access control a name stands for. */
export interface NameRecord extends Named {
  deployment: number
  kind: ControlKind
  /** The ID of the key, or the value of the origin. */
  subject: string
  /** As it was recorded: ISO 8601, `null` without an expiry. */
  expiresAt: string | null
  /** An empty string if there is none. */
  proof: string
}

/** A record with the access control for which it was written. */
export interface ProvenRecord extends NameRecord {
  control: AccessControl
}

/** Records in view of a gateway's access controls. */
export interface Sorted {
  /** The access control is there, and whoever wrote the record knew its secret. */
  live: ProvenRecord[]
  /** The access control is not there any more. */
  gone: NameRecord[]
  /** There is one of this ID or value, but whoever wrote the record need not have known its secret. */
  unproven: NameRecord[]
}

/**
 * The records of names of one gateway's access controls. They are only added and removed, never changed, so that jobs
 * side by side lose none.
 */
export class NameRecords {
  readonly #api: GitHubApi
  readonly #repository: Repository
  readonly #gatewayId: GatewayId
  readonly #log: Log
  /** Deployments that this step has set inactive. */
  readonly #inactive = new Set<number>()

  constructor({
    api,
    repository,
    gatewayId,
    log,
  }: { api: GitHubApi; repository: Repository; gatewayId: GatewayId; log: Log }) {
    this.#api = api
    this.#repository = repository
    this.#gatewayId = gatewayId
    this.#log = log
  }

  /**
   * The records of a name, or of all names; the newest first. To be called before the gateway is read: an access control
   * is there before its record is, so the other way round one that was just created would look as if it were gone.
   *
   * @throws ActionError
   */
  async find(name?: Name): Promise<NameRecord[]> {
    const deployments = await this.#api.deployments(ENVIRONMENT, name === undefined ? undefined : TASK + name)
    return deployments
      .map(each => recordOf(each, this.#gatewayId))
      .filter(record => record !== undefined)
      .filter(record => name === undefined || record.name === name)
      .sort((a, b) => b.deployment - a.deployment)
  }

  /** Records the name of an access control. @throws ActionError if the record may not be there */
  async add({ name, expiresAtMs }: Named, control: AccessControl, gateway: GatewayAddress): Promise<ProvenRecord> {
    const expiresAt = Number.isFinite(expiresAtMs) ? new Date(expiresAtMs).toISOString() : null
    const { kind } = control
    const subject = publicName(control)
    const record = { name, kind, subject, expiresAt, expiresAtMs, control }
    const proof = this.#proofOf(record, control) ?? ''
    const deployment = await this.#api.createDeployment({
      ref: this.#repository.sha,
      environment: ENVIRONMENT,
      task: TASK + name,
      description: kind === 'key' ? 'A Pinata gateway key' : 'A host origin of a Pinata gateway',
      transient_environment: true,
      production_environment: false,
      required_contexts: [],
      auto_merge: false,
      payload: {
        schema: SCHEMA,
        kind,
        name,
        gatewayId: this.#gatewayId,
        [SUBJECT[kind]]: subject,
        expiresAt,
        proof,
      },
    })
    const url = gateway.url === '' ? {} : { environment_url: gateway.url }
    await this.#api.setStatus(deployment, { state: 'success', ...url, auto_inactive: false })
    return { ...record, deployment, proof }
  }

  /** Whether a record is there and nobody has begun to revoke what it stands for. @throws ActionError */
  async isActive({ deployment }: NameRecord): Promise<boolean> {
    return await this.#api.isActive(deployment)
  }

  /** Says to others that what the record stands for is about to be revoked. @throws ActionError */
  async deactivate({ deployment }: NameRecord): Promise<void> {
    if (this.#inactive.has(deployment)) return
    await this.#api.deactivate(deployment)
    this.#inactive.add(deployment)
  }

  /**
   * Removes records. One that can't be removed is a warning, as the next run that meets it tries again.
   *
   * @param why they are not needed any more, as a sentence about one of them begins
   */
  async remove(records: NameRecord[], why: (record: NameRecord) => string = isGone): Promise<void> {
    // One after the other, as GitHub asks for.
    for (const [index, record] of records.entries()) {
      const { deployment, name, kind, subject } = record
      try {
        await this.deactivate(record)
        await this.#api.deleteDeployment(deployment)
        this.#log.debug(`Removed the record (deployment ${deployment}) of ${kind} ${subject}, which was named ${name}.`)
      } catch (error) {
        const left = records.length - index
        const more = left > 1 ? ` and ${left - 1} more` : ''
        this.#log.warning(
          `${why(record)}, but its record (deployment ${deployment} of environment ${ENVIRONMENT})${more} could not be removed. The next run that uses the name or sweeps removes it. ${messageOf(error)}`,
        )
        return
      }
    }
  }

  /** Removes what was recorded for an access control that is gone, as {@link remove} does. */
  async removeRecordsOf(name: Name, control: Removable): Promise<void> {
    const { kind } = control
    const subject = publicName(control)
    let records: NameRecord[]
    try {
      const found = await this.find(name)
      // An origin may be on the gateway more than once, each with records of its own.
      records =
        control.kind === 'key'
          ? found.filter(record => record.kind === kind && record.subject === subject)
          : this.sort(found, [control]).live
    } catch (error) {
      if (!(error instanceof ActionError)) throw error
      this.#log.warning(
        `${titled(kind)} ${subject} is gone, but whether ${name} still stands for it on GitHub could not be read. The next run that uses the name removes the record. ${error.message}`,
      )
      return
    }
    await this.remove(records)
  }

  /** Sorts records by what the gateway lists, which was read after them. Keeps their order. */
  sort(records: NameRecord[], controls: AccessControl[]): Sorted {
    const bySubject = new Map<string, AccessControl[]>()
    for (const control of controls) {
      const subject = `${control.kind} ${publicName(control)}`
      bySubject.set(subject, [...(bySubject.get(subject) ?? []), control])
    }
    const sorted: Sorted = { live: [], gone: [], unproven: [] }
    for (const record of records) {
      const candidates = bySubject.get(`${record.kind} ${record.subject}`)
      const control = candidates?.find(each => record.proof === this.#proofOf(record, each))
      if (candidates === undefined) sorted.gone.push(record)
      else if (control !== undefined) sorted.live.push({ ...record, control })
      else sorted.unproven.push(record)
    }
    return sorted
  }

  /**
   * Shows that a record was written by somebody who could read the gateway, for this name and expiry, and in this
   * repository: nobody can compute it without the access control's secret, which can't be computed from it. So a
   * deployment that somebody created by hand, or a copy with another expiry, says nothing.
   */
  #proofOf(
    { name, expiresAt, kind, subject }: Pick<NameRecord, 'name' | 'expiresAt' | 'kind' | 'subject'>,
    control: AccessControl,
  ): string | undefined {
    const secret = secretOf(control)
    if (secret === undefined) return undefined
    const fields = [SCHEMA, kind, name, this.#gatewayId, subject, expiresAt, this.#repository.id]
    return createHmac('sha256', secret.reveal()).update(JSON.stringify(fields)).digest('base64url')
  }

  /** Reports records that can't be trusted. They and what they name are left alone. */
  warnOfUnproven(records: NameRecord[]): void {
    for (const { deployment, name, kind, subject } of records.slice(0, MAX_WARNINGS)) {
      this.#log.warning(
        `Deployment ${deployment} of environment ${ENVIRONMENT} gives ${kind} ${subject} the name ${name}, but this action did not make it for that ${kind}${kind === 'origin' ? ', or removed that entry' : ''}. It was left alone, and so was the ${kind}. Delete the deployment if nobody needs it.`,
      )
    }
    const more = records.length - MAX_WARNINGS
    if (more > 0) this.#log.warning(`There are ${more} more such deployments of environment ${ENVIRONMENT}.`)
  }
}

/** In which field of a record its subject is. */
const SUBJECT: Record<ControlKind, string> = { key: 'keyId', origin: 'origin' }

function isGone({ kind, subject }: NameRecord): string {
  return `${titled(kind)} ${subject} is gone`
}

function titled(kind: ControlKind): string {
  return kind === 'key' ? 'Key' : 'Origin'
}

/**
 * A deployment's record; `undefined` if it is none, or one of another gateway. One whose task is of another name than its
 * payload proves nothing.
 */
function recordOf({ id, environment, task, payload }: Deployment, gateway: GatewayId): NameRecord | undefined {
  const content = typeof payload === 'string' ? parseJson(payload) : payload
  const [schema, written, gatewayId, expiresAt, proof] = [...['schema', 'name', 'gatewayId', 'expiresAt', 'proof']].map(
    each => field(content, each),
  )
  if (environment !== ENVIRONMENT || schema !== SCHEMA || gatewayId !== gateway) return undefined
  const subject = subjectOf(content)
  const name = typeof task === 'string' && task.startsWith(TASK) ? task.slice(TASK.length) : undefined
  if (subject === undefined || !isName(name)) return undefined
  // Not String(): it throws on some objects, and one deployment created by hand must not stop every run.
  if (expiresAt !== null && typeof expiresAt !== 'string') return undefined
  const expiresAtMs = expiresAt === null ? Number.POSITIVE_INFINITY : Date.parse(expiresAt)
  if (Number.isNaN(expiresAtMs)) return undefined
  const isWhole = field(content, 'kind') === subject.kind && written === name && typeof proof === 'string'
  return { deployment: id, name, ...subject, expiresAt, expiresAtMs, proof: isWhole ? proof : '' }
}

function subjectOf(content: unknown): Pick<NameRecord, 'kind' | 'subject'> | undefined {
  const [keyId, origin] = [field(content, 'keyId'), field(content, 'origin')]
  if (isKeyId(keyId)) return { kind: 'key', subject: keyId }
  return isOrigin(origin) ? { kind: 'origin', subject: origin } : undefined
}
