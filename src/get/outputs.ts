import { ActionError, STOPPED } from '../errors.ts'
import type { RevokeWhen } from '../inputs/read.ts'
import { expiryOf } from '../names/record-format.ts'
import { gatewayName, LABELS } from '../pinata/labels.ts'
import { readableTime } from '../printable-text.ts'
import { setAll } from '../runner/outputs.ts'
import { addToSummary, code, gatewayCell, section, table } from '../runner/summary.ts'
import type { Provided } from './prepare.ts'

const REVOKED_WHEN: Record<RevokeWhen, string> = {
  never: 'not by this step',
  'on-failure': 'at the end of this job if the job fails or is canceled',
  'after-job': 'at the end of this job',
}

/** Sets the outputs. The post step then revokes the access control only as `revoke` specifies. @throws ActionError */
export function passOn(provided: Provided): void {
  const { control, isNew, address, inputs, step } = provided
  if (step.stopped.aborted) throw new ActionError(STOPPED)
  setAll(outputsOf(provided), step.core.setOutput, 'Could not set the outputs')
  if (isNew) provided.save(inputs.revoke === 'never' ? undefined : { phase: 'ready', control, revoke: inputs.revoke })
  step.log.info(noteOf(provided))
  if (address.url === '') step.log.info("The gateway's domain is unknown, so the gateway-url output is empty.")
  if (!isNew) reportExisting(provided)
}

function noteOf({ control: { kind, subject }, isNew, named, address, inputs }: Provided): string {
  const { revoke, revoked } = LABELS[kind]
  if (isNew && inputs.revoke !== 'never') return `The ${kind} will be ${revoked} ${REVOKED_WHEN[inputs.revoke]}.`
  if (isNew && !named)
    return `The ${kind} remains until you ${revoke} it, because it has no name and revoke is set to never.`
  const masked = kind === 'key' ? " Its value is masked in this job's log." : ''
  const reused = isNew ? '' : `Reusing ${kind} ${subject} on gateway ${gatewayName(address)}.${masked} `
  const kept = `${reused}This step will not ${revoke} the ${kind}.`
  if (named === undefined) return kept
  const expiry = Number.isFinite(named.expiresAtMs)
    ? `It expires at ${readableTime(named.expiresAtMs)}. A sweep may ${revoke} it an hour later.`
    : `It does not expire${inputs.naming?.expiresInMs ? ', because an earlier run set no expires-in' : ''}.`
  return `${kept} Its name is ${named.name}. ${expiry}`
}

/** Reports that `revoke` or `name` has no effect on an existing access control. */
function reportExisting({ control, named, inputs: { naming, revoke }, step: { log } }: Provided): void {
  const { kind, subject } = control
  if (kind === 'key' && revoke !== 'never') {
    const advice = 'If you no longer need it, revoke it with the revoke action.'
    log.warning(`revoke: ${revoke} does not apply to key ${subject}, because it existed before this step. ${advice}`)
  }
  if (kind === 'key' || named) return
  const record = naming ? ` or record it under the name ${naming.name}` : ''
  const why = "because the origin already existed or Pinata's response was lost. Whoever added it might remove it."
  if (naming || revoke !== 'never') log.warning(`This step will not remove origin ${subject}${record}, ${why}`)
  else log.info('Whoever added the origin might remove it.')
}

/** Returns the outputs that `action.yml` or, for an origin, `origin/action.yml` defines. */
export function outputsOf({ control, isNew, named, address }: Provided) {
  return {
    ...(control.kind === 'key'
      ? { 'gateway-key': control.secret?.reveal() ?? '', 'key-id': control.subject }
      : { origin: control.subject }),
    'gateway-id': address.id,
    'gateway-url': address.url,
    'created-at': control.createdAt,
    'expires-at': (named && expiryOf(named)) ?? '',
    created: String(isNew),
  }
}

/** Adds the access control to the job summary, which never contains a secret. */
export function summarize({ control, isNew, named, served, address, inputs, step }: Provided): void {
  const { heading, column, revocation } = LABELS[control.kind]
  const items = {
    Gateway: gatewayCell(address),
    [column]: code(control.subject),
    ...(named && { Name: code(named.name) }),
    [control.kind === 'key' ? 'Created' : 'Added']: readableTime(control.createdAt),
    [revocation]: REVOKED_WHEN[isNew ? inputs.revoke : 'never'],
    ...(named && { Expires: Number.isFinite(named.expiresAtMs) ? readableTime(named.expiresAtMs) : 'never' }),
    ...(served && { Served: served }),
  }
  const sentence =
    control.kind === 'key'
      ? `${isNew ? 'A new' : 'An existing'} key, masked in the log.`
      : `Pages on this origin ${isNew ? 'now have' : 'have'} access.`
  addToSummary(step, section(heading, sentence) + table(['Item', 'Value'], Object.entries(items)))
}
