import { ActionError, messageOf } from '../errors.ts'
import type { Named } from '../names/records.ts'
import type { GatewayAddress, GatewayRef, Key } from '../pinata/types.ts'
import type { Core } from '../runner/log.ts'
import { code, table } from '../runner/summary.ts'
import type { Secret } from '../secret.ts'
import { printable } from '../text.ts'
import type { RevokeWhen } from './inputs.ts'

/** A gateway in a sentence: its domain if it is known, else its ID. */
export function gatewayName(gateway: GatewayAddress): string {
  return gateway.url === '' ? gateway.id : gateway.url.slice('https://'.length)
}

/** A gateway as the user gave it: its domain, custom or not, or for an ID the address that Pinata tells. */
export function addressOf(ref: GatewayRef, { id, url }: GatewayAddress): GatewayAddress {
  return { id, url: 'domain' in ref ? `https://${ref.domain}` : url }
}

/** When the key that a step created will be revoked, for its log and its summary. */
export const REVOKED_WHEN: Record<RevokeWhen, string> = {
  never: 'not by this job (use the revoke action)',
  'on-failure': 'by the post step, if the job fails or is cancelled',
  'after-job': 'by the post step',
}

/** `2024-07-12 15:34:59 UTC` of a time of Pinata's or of milliseconds since 1970, for a person. */
export function readableTime(time: string | number): string {
  const date = new Date(time)
  return Number.isNaN(date.valueOf()) ? 'unknown' : `${date.toISOString().slice(0, 19).replace('T', ' ')} UTC`
}

/** A gateway as a cell of the summary. */
export function gatewayCell(gateway: GatewayAddress): string {
  return gateway.url === '' ? code(gateway.id) : `[${gatewayName(gateway)}](${gateway.url})`
}

/** The summary of a step that got a key. Never holds the key's value. */
export function keySummary(gateway: GatewayAddress, key: Key, revoked: string, named?: Named): string {
  const columns = ['Gateway', 'Key ID', 'Created', 'Will be revoked']
  const cells = [gatewayCell(gateway), code(key.id), readableTime(key.createdAt), revoked]
  if (named !== undefined) {
    columns.splice(2, 0, 'Name')
    cells.splice(2, 0, code(named.name))
    columns.push('Expires')
    cells.push(Number.isFinite(named.expiresAtMs) ? readableTime(named.expiresAtMs) : 'never')
  }
  return table('Pinata gateway key', columns, [cells])
}

/** What a name means for a key, as a sentence for the log; empty without a name. */
export function nameNote(named: Named | undefined): string {
  if (named === undefined) return ''
  return Number.isFinite(named.expiresAtMs)
    ? ` Its name is ${named.name}, and it expires at ${readableTime(named.expiresAtMs)}, when a sweep may revoke it.`
    : ` Its name is ${named.name}.`
}

/** A key that can be handed over. */
export type UsableKey = Key & { value: Secret }

/**
 * Hands a key to the steps that come after.
 *
 * @param created whether this step created it
 * @throws ActionError if the runner does not take it
 */
export function setOutputs(
  core: Core,
  {
    gateway,
    key,
    named,
    created,
  }: { gateway: GatewayAddress; key: UsableKey; named: Named | undefined; created: boolean },
): void {
  const expiresAtMs = named?.expiresAtMs ?? Number.POSITIVE_INFINITY
  try {
    core.setOutput('gateway-key', key.value.reveal())
    core.setOutput('key-id', key.id)
    core.setOutput('gateway-id', gateway.id)
    core.setOutput('gateway-url', gateway.url)
    core.setOutput('created-at', key.createdAt)
    core.setOutput('expires-at', Number.isFinite(expiresAtMs) ? new Date(expiresAtMs).toISOString() : '')
    core.setOutput('created', String(created))
  } catch (error) {
    throw new ActionError(`The key could not be handed to the workflow: ${printable(messageOf(error))}.`)
  }
}
