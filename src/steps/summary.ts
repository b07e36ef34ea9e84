import { ActionError, messageOf } from '../errors.ts'
import type { Named } from '../names/records.ts'
import {
  type AccessControl,
  type ControlKind,
  type GatewayAddress,
  type GatewayRef,
  publicName,
} from '../pinata/types.ts'
import type { Core } from '../runner/log.ts'
import { code, section, table } from '../runner/summary.ts'
import { printable } from '../text.ts'
import type { RevokeWhen } from './inputs.ts'
import { WORDS } from './words.ts'

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

/** How the summary calls a kind of access control. */
export const HEADINGS: Record<ControlKind, { title: string; column: string }> = {
  key: { title: 'Pinata gateway key', column: 'Key ID' },
  origin: { title: 'Pinata web origin', column: 'Origin' },
}

/** The summary of a step that got an access control. Never holds a secret. @param sentence what happened */
export function controlSummary(
  sentence: string,
  {
    gateway,
    control,
    revoked,
    named,
  }: {
    gateway: GatewayAddress
    control: AccessControl
    revoked: string
    named: Named | undefined
  },
): string {
  const { title, column } = HEADINGS[control.kind]
  const columns = ['Gateway', column, 'Created', `Will be ${WORDS[control.kind].revoked}`]
  const cells = [gatewayCell(gateway), code(publicName(control)), readableTime(control.createdAt), revoked]
  if (named !== undefined) {
    columns.splice(2, 0, 'Name')
    cells.splice(2, 0, code(named.name))
    columns.push('Expires')
    cells.push(Number.isFinite(named.expiresAtMs) ? readableTime(named.expiresAtMs) : 'never')
  }
  return section(title, sentence) + table(columns, [cells])
}

/** What a name means for an access control, as a sentence for the log; empty without a name. */
export function nameNote(kind: ControlKind, named: Named | undefined): string {
  if (named === undefined) return ''
  return Number.isFinite(named.expiresAtMs)
    ? ` Its name is ${named.name}, and it expires at ${readableTime(named.expiresAtMs)}, when a sweep may ${WORDS[kind].revoke} it.`
    : ` Its name is ${named.name}.`
}

/**
 * Hands an access control to the steps that come after. Its secret is masked before.
 *
 * @param created whether this step created it
 * @throws ActionError if the runner does not take it
 */
export function setOutputs(
  core: Core,
  {
    gateway,
    control,
    named,
    created,
  }: { gateway: GatewayAddress; control: AccessControl; named: Named | undefined; created: boolean },
): void {
  const expiresAtMs = named?.expiresAtMs ?? Number.POSITIVE_INFINITY
  const own =
    control.kind === 'key'
      ? { 'gateway-key': control.value?.reveal() ?? '', 'key-id': control.id }
      : { origin: control.value }
  const outputs = {
    ...own,
    'gateway-id': gateway.id,
    'gateway-url': gateway.url,
    'created-at': control.createdAt,
    'expires-at': Number.isFinite(expiresAtMs) ? new Date(expiresAtMs).toISOString() : '',
    created: String(created),
  }
  try {
    for (const [name, value] of Object.entries(outputs)) core.setOutput(name, value)
  } catch (error) {
    throw new ActionError(`${notHandedOver(control.kind)}: ${printable(messageOf(error))}.`)
  }
}

/** What it means that a new access control does not reach the workflow. */
export function notHandedOver(kind: ControlKind): string {
  return `The ${kind} could not be handed to the workflow`
}
