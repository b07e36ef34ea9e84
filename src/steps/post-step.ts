import { messageOf } from '../errors.ts'
import type { PinataApi } from '../pinata/api.ts'
import type { GatewayAddress, KeyId } from '../pinata/types.ts'
import { addToSummary, code, table } from '../runner/summary.ts'
import { maybeOpenGateway, openGateway } from './guards.ts'
import { parseApiUrl, readGitHubToken, readJwt } from './inputs.ts'
import type { PostWork, State } from './state.ts'
import { openPinata, openRecords, reserveOf, type Step } from './step.ts'
import { gatewayCell, gatewayName } from './summary.ts'
import { reportUnclaimedKeys } from './unclaimed-keys.ts'

/**
 * How long the revocation may take, in milliseconds: over the rate limit of the smallest plan, a minute, more than once.
 * What follows it has a time of its own, and a step that is stopped has some seconds for all of it.
 */
const LIMIT_MS = 3 * 60_000

/**
 * What the post step owes a key: revokes it, or reports it where it can't. Whatever goes wrong is a warning, because the
 * work of the job is done.
 */
export async function runPostStep({ state, revoke, undecided }: PostWork, step: Step): Promise<void> {
  const { core, log } = step
  const { apiUrl, gateway, before } = state
  if (undecided !== undefined) {
    log.warning(
      `Key ${undecided} of gateway ${gatewayName(gateway)} was not revoked: revoke is on-failure, but job-status does not tell how the job ended. Do not set job-status.`,
    )
  }
  const open = (ms?: number) => {
    const jwt = readJwt(core.getInput, step.masks)
    return openPinata(step, { apiUrl: parseApiUrl(apiUrl), jwt }, reserveOf(step, ms)())
  }
  try {
    if (revoke !== undefined) await revokeKey(open(LIMIT_MS), state, revoke, step)
  } catch (error) {
    log.warning(failureOf(gateway, revoke, messageOf(error)))
  }
  try {
    const own = state.phase === 'creating' ? undefined : state.keyId
    if (before !== undefined) await reportUnclaimedKeys(open(), { gateway, before, own }, step)
  } catch (error) {
    log.warning(failureOf(gateway, undefined, messageOf(error)))
  }
}

/** @throws ActionError if the key may still be there */
async function revokeKey(api: PinataApi, state: State, keyId: KeyId, step: Step): Promise<void> {
  const { gateway } = state
  const outcome = await api.revokeKey(gateway.id, keyId)
  step.log.info(
    outcome === 'not-listed'
      ? `Gateway ${gatewayName(gateway)} lists no key ${keyId}: it was revoked before.`
      : `Revoked key ${keyId} of gateway ${gatewayName(gateway)}.`,
  )
  const isRollback = state.phase === 'rollback'
  const row = [
    gatewayCell(gateway),
    code(keyId),
    isRollback ? 'as the step that created it failed' : 'by the post step',
  ]
  await addToSummary(step, table('Pinata gateway key revoked', ['Gateway', 'Key ID', 'When'], [row]))
  await removeRecords(state, keyId, step)
  if (state.mayBeFirst) await warnOfOpenGateway(api, gateway, step)
}

/** Warns if the gateway has no access control any more. */
async function warnOfOpenGateway(api: PinataApi, gateway: GatewayAddress, { log }: Step): Promise<void> {
  try {
    const { accessControls } = await api.gateway(gateway.id)
    if (accessControls === 0) log.warning(openGateway(gateway))
  } catch (error) {
    log.warning(maybeOpenGateway(gateway, messageOf(error)))
  }
}

async function removeRecords(state: State, keyId: KeyId, step: Step): Promise<void> {
  if (state.phase === 'creating' || state.name === undefined) return
  const { name, gateway } = state
  try {
    const token = readGitHubToken(step.core.getInput, step.masks)
    await openRecords(step, token, gateway.id, reserveOf(step)()).removeRecordsOf(name, keyId)
  } catch (error) {
    step.log.warning(`The name ${name} still stands for key ${keyId} on GitHub. ${messageOf(error)}`)
  }
}

/** What a failure of the post step leaves behind. @param revoke the key that it was to revoke, if any */
export function failureOf(gateway: GatewayAddress, revoke: KeyId | undefined, why: string): string {
  return revoke === undefined
    ? `Gateway ${gatewayName(gateway)} may have a new key that nobody knows of, and could not be looked at. ${why}`
    : `Key ${revoke} of gateway ${gatewayName(gateway)} could not be revoked: revoke it with the revoke action or in Pinata. ${why}`
}
