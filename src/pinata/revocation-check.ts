import { ActionError, resultOf } from '../errors.ts'
import { controlsOf, type Gateway, idOf, type Removable } from './types.ts'

/** How long, in milliseconds, Pinata's list may lag after an access control is created. */
const LIST_LAG_MS = 60_000

/** Returns whether an access control may be too new to be in Pinata's list. @param dateMs Pinata's current date */
export function isYoung({ createdAt }: Removable, dateMs = Number.NaN): boolean {
  // A key without a creation time was not listed, so it is probably gone, not new.
  if (createdAt === undefined) return false
  const ageMs = dateMs - Date.parse(createdAt)
  return Number.isNaN(ageMs) || ageMs <= LIST_LAG_MS
}

/** Returns why `control` may still exist, or `undefined` if it is gone. @throws ActionError if the gateway is gone */
export async function whyNotGone(control: Removable, readGateway: () => Promise<Gateway>) {
  const { kind } = control
  const id = idOf(control).toLowerCase()
  const isIn = (gateway: Gateway) => controlsOf(gateway).some(each => idOf(each).toLowerCase() === id)
  // Check twice, because the list may briefly be empty.
  const gateway = await resultOf(readGateway().then(first => (isIn(first) ? first : readGateway())))
  const isError = gateway instanceof ActionError
  if (isError && gateway.kind === 'not-found') throw gateway
  if (isError) return `Could not check whether the ${kind} is gone. ${gateway.message}`
  if (isIn(gateway)) return `The gateway still lists the ${kind}.`
  const tooNew = `The gateway does not list the ${kind}, but Pinata's list may be up to a minute behind. Check again in a minute.`
  return isYoung(control, gateway.readAtMs) ? tooNew : undefined
}
