import { messageOf } from '../errors.ts'
import type { GatewayName, PinataApi } from '../pinata/api.ts'
import { type KeyId, readGitHubToken, readJwt } from './inputs.ts'
import type { EndOfJobWork, State } from './state.ts'
import { openApi, openRecords, reserveOf, type Step } from './step.ts'
import { addToSummary, gatewayCell, nameOf, REVOKED_WHEN, table } from './summary.ts'
import { nameNewKeys } from './unclaimed-keys.ts'

/**
 * How long the revocation may take, in milliseconds: over the rate limit of the smallest plan, a minute, more than once.
 * What follows it has a time of its own, and a step that is stopped has some seconds for all of it.
 */
const LIMIT_MS = 3 * 60_000

/**
 * What the end of the job owes the key: revokes it, or names it where it can't. Whatever goes wrong is a warning,
 * because the work of the job is done.
 */
export async function endJob({ state, revoke, undecided }: EndOfJobWork, step: Step): Promise<void> {
  const { core, log } = step
  const { apiUrl, gateway, before, keyId } = state
  if (undecided !== undefined) {
    log.warning(
      `Key ${undecided} of gateway ${nameOf(gateway)} was not revoked: revoke is on-failure, but job-status does not tell how the job ended. Do not set job-status.`,
    )
  }
  if (revoke === undefined && before === undefined) return
  const open = (ms?: number) => {
    const jwt = readJwt(core.getInput, step.secrets)
    return openApi(step, { apiUrl, jwt }, reserveOf(step, ms)())
  }
  try {
    if (revoke !== undefined) await revokeAtEnd(open(LIMIT_MS), state, revoke, step)
  } catch (error) {
    log.warning(couldNot(gateway, revoke, messageOf(error)))
  }
  try {
    if (before !== undefined) await nameNewKeys(open(), gateway, before, keyId, step)
  } catch (error) {
    log.warning(couldNot(gateway, undefined, messageOf(error)))
  }
}

/** @throws ActionError if the key may still be there */
async function revokeAtEnd(api: PinataApi, state: State, keyId: KeyId, step: Step): Promise<void> {
  const { core, log } = step
  const { gateway } = state
  const outcome = await api.revokeKey(gateway.id, keyId)
  log.info(
    outcome === 'gone'
      ? `Gateway ${nameOf(gateway)} lists no key ${keyId}: it was revoked before.`
      : `Revoked key ${keyId} of gateway ${nameOf(gateway)}.`,
  )
  const row = [gatewayCell(gateway), `\`${keyId}\``, REVOKED_WHEN[state.revoke]]
  await addToSummary(core, log, table('Pinata gateway key revoked', ['Gateway', 'Key ID', 'When'], [row]))
  await forgetName(state, keyId, step)
}

async function forgetName({ gateway, name }: State, keyId: KeyId, step: Step): Promise<void> {
  if (name === undefined) return
  try {
    const token = readGitHubToken(step.core.getInput, step.secrets)
    const records = openRecords(step, token, gateway.id, reserveOf(step)())
    await records.forget(name, keyId)
  } catch (error) {
    step.log.warning(`The name ${name} still stands for key ${keyId} on GitHub. ${messageOf(error)}`)
  }
}

/** What a failure of the end of the job leaves behind. */
export function couldNot(gateway: GatewayName, revoke: KeyId | undefined, why: string): string {
  return revoke === undefined
    ? `Gateway ${nameOf(gateway)} may have a new key that nobody knows of, and could not be looked at. ${why}`
    : `Key ${revoke} of gateway ${nameOf(gateway)} could not be revoked: revoke it with the revoke action or in Pinata. ${why}`
}
