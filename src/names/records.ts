import { createHmac } from 'node:crypto'
import { ActionError, messageOf } from '../errors.ts'
import type { Deployment, GitHubApi } from '../github/api.ts'
import type { Repository } from '../github/repository.ts'
import { field, parseJson } from '../http/answers.ts'
import type { Log } from '../log.ts'
import { type GatewayAddress, type GatewayId, isKeyId, type Key, type KeyId } from '../pinata/types.ts'

/** A name for a key: 1 to 64 letters, digits, `.`, `_`, `/` and `-`. */
export type KeyName = string & { readonly kind: 'key name' }

const KEY_NAME = /^[\w./-]{1,64}$/

/** Whether a value from anywhere can be the name of a key. */
export function isKeyName(value: unknown): value is KeyName {
  return typeof value === 'string' && KEY_NAME.test(value)
}

/** A name that a key has, and when that expires, in milliseconds since 1970; infinite without an expiry. */
export interface Named {
  name: KeyName
  expiresAtMs: number
}

/** The environment whose deployments are the records of all named keys of a repository. */
const ENVIRONMENT = 'pinata-gateway-keys'
const TASK = 'pinata-gateway-key:'
const SCHEMA = 1
const KIND = 'key'

/** A deployment that says which key a name stands for. */
export interface KeyRecord extends Named {
  deployment: number
  keyId: KeyId
  /** As it was recorded: ISO 8601, `null` without an expiry. */
  expiresAt: string | null
  /** An empty string if there is none. */
  proof: string
}

/** Records in view of the gateway's keys. */
export interface Sorted {
  /** The key is there, and whoever wrote the record had it. */
  live: KeyRecord[]
  /** The key is not there any more. */
  gone: KeyRecord[]
  /** The key is there, but whoever wrote the record need not have had it. */
  unproven: KeyRecord[]
}

/**
 * The records of the named keys of one gateway. They are only added and removed, never changed, so that jobs side by
 * side lose none.
 */
export class KeyRecords {
  readonly #api: GitHubApi
  readonly #repository: Repository
  readonly #gatewayId: GatewayId
  readonly #log: Log

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
   * The records of a name, or of all names; the newest first. To be called before the gateway's keys are read: a key
   * is there before its record is, so the other way round a key that was just created would look as if it were gone.
   *
   * @throws ActionError
   */
  async find(name?: KeyName): Promise<KeyRecord[]> {
    const deployments = await this.#api.deployments(ENVIRONMENT, name === undefined ? undefined : TASK + name)
    return deployments
      .map(each => recordOf(each, this.#gatewayId))
      .filter(record => record !== undefined)
      .filter(record => name === undefined || record.name === name)
      .sort((a, b) => b.deployment - a.deployment)
  }

  /** Records the name of a new key. @throws ActionError if the record may not be there */
  async add({ name, expiresAtMs }: Named, key: Key, gateway: GatewayAddress): Promise<void> {
    const expiresAt = Number.isFinite(expiresAtMs) ? new Date(expiresAtMs).toISOString() : null
    const [keyId, gatewayId] = [key.id, this.#gatewayId]
    const id = await this.#api.createDeployment({
      ref: this.#repository.sha,
      environment: ENVIRONMENT,
      task: TASK + name,
      description: 'A Pinata gateway key',
      transient_environment: true,
      production_environment: false,
      required_contexts: [],
      auto_merge: false,
      payload: {
        schema: SCHEMA,
        kind: KIND,
        name,
        gatewayId,
        keyId,
        expiresAt,
        proof: this.#proofOf({ name, expiresAt }, key),
      },
    })
    const url = gateway.url === '' ? {} : { environment_url: gateway.url }
    await this.#api.setStatus(id, { state: 'success', ...url, auto_inactive: false })
  }

  /**
   * Removes records whose keys are gone. One that can't be removed is a warning, as the next run that meets it tries
   * again.
   */
  async remove(records: KeyRecord[]): Promise<void> {
    // One after the other, as GitHub asks for.
    for (const [index, { deployment, name, keyId }] of records.entries()) {
      try {
        await this.#api.deleteDeployment(deployment)
        this.#log.debug(`Removed the record (deployment ${deployment}) of key ${keyId}, which was named ${name}.`)
      } catch (error) {
        const left = records.length - index
        const more = left > 1 ? ` and ${left - 1} more` : ''
        this.#log.warning(
          `Key ${keyId} is gone, but its record (deployment ${deployment} of environment ${ENVIRONMENT})${more} could not be removed. The next run that uses the name or sweeps removes it. ${messageOf(error)}`,
        )
        return
      }
    }
  }

  /** Removes what was recorded for a key that is gone, as {@link remove} does. */
  async removeRecordsOf(name: KeyName, keyId: KeyId): Promise<void> {
    let records: KeyRecord[]
    try {
      records = (await this.find(name)).filter(record => record.keyId === keyId)
    } catch (error) {
      if (!(error instanceof ActionError)) throw error
      this.#log.warning(
        `Key ${keyId} is gone, but whether ${name} still stands for it on GitHub could not be read. The next run that uses the name removes the record. ${error.message}`,
      )
      return
    }
    await this.remove(records)
  }

  /** Sorts records by what the gateway tells of their keys, which was read after them. Keeps their order. */
  sort(records: KeyRecord[], gatewayKeys: Key[]): Sorted {
    const keys = new Map(gatewayKeys.map(key => [key.id, key]))
    const sorted: Sorted = { live: [], gone: [], unproven: [] }
    for (const record of records) {
      const key = keys.get(record.keyId)
      if (key === undefined) sorted.gone.push(record)
      else if (record.proof === this.#proofOf(record, key)) sorted.live.push(record)
      else sorted.unproven.push(record)
    }
    return sorted
  }

  /**
   * Shows that a record was written by somebody who had the key, for this name and expiry, and in this repository: nobody
   * can compute it without the key's value, and the value can't be computed from it. So a deployment that somebody
   * created by hand, or a copy with another expiry, says nothing about a key.
   */
  #proofOf({ name, expiresAt }: Pick<KeyRecord, 'name' | 'expiresAt'>, key: Key): string | undefined {
    if (key.value === undefined) return undefined
    const fields = [SCHEMA, KIND, name, this.#gatewayId, key.id, expiresAt, this.#repository.id]
    return createHmac('sha256', key.value.reveal()).update(JSON.stringify(fields)).digest('base64url')
  }

  /** Tells of records that can't be trusted. They and the keys that they name are left alone. */
  warnOfUnproven(records: KeyRecord[]): void {
    for (const { deployment, name, keyId } of records.slice(0, 10)) {
      this.#log.warning(
        `Deployment ${deployment} of environment ${ENVIRONMENT} gives key ${keyId} the name ${name}, but this action did not make it for that key. It was left alone, and so was the key. Delete the deployment if nobody needs it.`,
      )
    }
  }
}

/**
 * A deployment's record; `undefined` if it is none, or one of another gateway. One whose task is of another name than its
 * payload proves nothing.
 */
function recordOf({ id, environment, task, payload }: Deployment, gateway: GatewayId): KeyRecord | undefined {
  const content = typeof payload === 'string' ? parseJson(payload) : payload
  const [schema, kind, written, gatewayId, keyId, expiresAt, proof] = [
    ...['schema', 'kind', 'name', 'gatewayId', 'keyId', 'expiresAt', 'proof'],
  ].map(each => field(content, each))
  if (environment !== ENVIRONMENT || schema !== SCHEMA || gatewayId !== gateway || !isKeyId(keyId)) return undefined
  const name = typeof task === 'string' && task.startsWith(TASK) ? task.slice(TASK.length) : undefined
  if (!isKeyName(name)) return undefined
  // Not String(): it throws on some objects, and one deployment created by hand must not stop every run.
  if (expiresAt !== null && typeof expiresAt !== 'string') return undefined
  const expiresAtMs = expiresAt === null ? Number.POSITIVE_INFINITY : Date.parse(expiresAt)
  if (Number.isNaN(expiresAtMs)) return undefined
  const isWhole = kind === KIND && written === name && typeof proof === 'string'
  return { deployment: id, name, keyId, expiresAt, expiresAtMs, proof: isWhole ? proof : '' }
}
