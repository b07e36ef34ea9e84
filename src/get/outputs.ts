import { ActionError, messageOf } from '../errors.ts'
import type { RevokeWhen } from '../inputs/read.ts'
import type { Named } from '../names/record.ts'
import { LABELS } from '../pinata/labels.ts'
import { type AccessControl, type ControlKind, type GatewayAddress, publicName } from '../pinata/types.ts'
import { addToSummary, code, gatewayCell, readableTime, section, table } from '../runner/summary.ts'
import type { Step } from '../step.ts'
import { printable } from '../text.ts'

/** The access control that a step got. */
export interface Access {
  gateway: GatewayAddress
  control: AccessControl
  named: Named | undefined
  /** Whether this step created it. */
  isNew: boolean
}

/** When the post step revokes, for log and summary. */
export const REVOKED_WHEN: Record<RevokeWhen, string> = {
  never: 'not by this job',
  'on-failure': 'by the post step, if the job fails or is cancelled',
  'after-job': 'by the post step',
}

/** Sets the outputs. The key must be masked before. @throws ActionError if the runner does not accept them */
export function setOutputs({ gateway, control, named, isNew }: Access, { core }: Step): void {
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
    created: String(isNew),
  }
  try {
    for (const [name, value] of Object.entries(outputs)) core.setOutput(name, value)
  } catch (error) {
    throw new ActionError(`Could not set the outputs: ${printable(messageOf(error))}.`)
  }
}

/** Adds the access control to the job summary, which never contains a secret. @param sentence what happened */
export async function summarize(
  { gateway, control, named }: Access,
  { sentence, revoked }: { sentence: string; revoked: string },
  step: Step,
): Promise<void> {
  const { heading, column, revoked: verb } = LABELS[control.kind]
  const columns = ['Gateway', column, 'Created', `Will be ${verb}`]
  const cells = [gatewayCell(gateway), code(publicName(control)), readableTime(control.createdAt), revoked]
  if (named !== undefined) {
    columns.splice(2, 0, 'Name')
    cells.splice(2, 0, code(named.name))
    columns.push('Expires')
    cells.push(Number.isFinite(named.expiresAtMs) ? readableTime(named.expiresAtMs) : 'never')
  }
  await addToSummary(step, section(heading, sentence) + table(columns, [cells]))
}

/** Returns sentences for the log about a name and its expiry. */
export function nameNote(kind: ControlKind, { name, expiresAtMs }: Named): string {
  return Number.isFinite(expiresAtMs)
    ? `Its name is ${name}. It expires at ${readableTime(expiresAtMs)}; after that, a sweep may ${LABELS[kind].revoke} it.`
    : `Its name is ${name}. It does not expire.`
}
