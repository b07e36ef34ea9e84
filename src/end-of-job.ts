import { messageOf } from './errors.ts'
import { type KeyId, readGitHubToken, readJwt } from './inputs.ts'
import type { GatewayName, PinataApi } from './pinata.ts'
import { addToSummary, gatewayCell, nameOf, REVOKED_WHEN, table } from './report.ts'
import type { EndOfJobWork, State } from './state.ts'
import { openApi, openRecords, patienceOf, type Step } from './step.ts'
import { nameNewKeys } from './unclaimed.ts'

/** How long the end of a job may take. In milliseconds. */
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
  let api: PinataApi
  try {
    api = openApi(step, { apiUrl, jwt: readJwt(core.getInput, step.secrets) }, patienceOf(step, LIMIT_MS))
  } catch (error) {
    log.warning(couldNot(gateway, revoke, messageOf(error)))
    return
  }
  if (revoke !== undefined) {
    try {
      const outcome = await api.revokeKey(gateway.id, revoke)
      log.info(
        outcome === 'gone' ? `Key ${revoke} was already gone.` : `Revoked key ${revoke} of gateway ${nameOf(gateway)}.`,
      )
      const row = [gatewayCell(gateway), `\`${revoke}\``, REVOKED_WHEN[state.revoke]]
      await addToSummary(core, log, table('Pinata gateway key revoked', ['Gateway', 'Key ID', 'When'], [row]))
      await forgetName(state, revoke, step)
    } catch (error) {
      log.warning(couldNot(gateway, revoke, messageOf(error)))
    }
  }
  if (before !== undefined) await nameNewKeys(api, gateway, before, keyId, step)
}

async function forgetName({ gateway, name }: State, keyId: KeyId, step: Step): Promise<void> {
  if (name === undefined) return
  try {
    const token = readGitHubToken(step.core.getInput, step.secrets)
    const records = await openRecords(step, token, gateway.id, patienceOf(step, LIMIT_MS))
    await records.forget(name, keyId)
  } catch (error) {
    step.log.warning(`The name ${name} still stands for key ${keyId} on GitHub. ${messageOf(error)}`)
  }
}

function couldNot(gateway: GatewayName, revoke: KeyId | undefined, why: string): string {
  return revoke === undefined
    ? `Gateway ${nameOf(gateway)} may have a new key that nobody knows of, and could not be looked at. ${why}`
    : `Key ${revoke} of gateway ${nameOf(gateway)} could not be revoked: revoke it with the revoke action or in Pinata. ${why}`
}
