import { isIP } from 'node:net'
import { ActionError } from '../errors.ts'
import { parseUrl } from '../http/reply.ts'
import type { Domain, GatewayId, GatewayRef } from '../pinata/types.ts'
import { mistakeIn, shown } from './rejected-value.ts'

/** Values without a dot are IDs. The limit of 63 characters excludes keys (which have 64), because IDs are printed. */
const GATEWAY_ID = /^[\w-]{1,63}$/
const HOSTNAME = /^(?=.{4,253}$)([a-z\d]([a-z\d-]{0,61}[a-z\d])?\.)+[a-z\d]([a-z\d-]{0,61}[a-z\d])?$/
/** Pinata's own domains. No account's gateway uses any of them. */
const PINATA_DOMAIN = /^(.*\.)?pinata\.cloud$|^mypinata\.cloud$/

/** Returns an ID or a domain. Converts a UUID to lowercase to match records. Also accepts URLs. @throws ActionError */
export function parseGatewayRef(value: string): GatewayRef {
  const id = value.replace(/^[\da-f-]{36}$/i, uuid => uuid.toLowerCase())
  if (GATEWAY_ID.test(id) && mistakeIn(id) === undefined) return { id: id as GatewayId }
  const domain = parseDomain(value)
  if (domain !== undefined && !PINATA_DOMAIN.test(domain) && !mistakeIn(domain)) return { domain }
  const isPublic = domain === 'gateway.pinata.cloud'
  const problem = isPublic ? "Pinata's public gateway" : 'neither the ID nor the domain of a gateway'
  const advice = 'Set it to the ID or the domain of a dedicated gateway, such as fun-llama-300.mypinata.cloud.'
  throw new ActionError(`gateway-id ${shown(value)} is ${problem}. ${advice}`)
}

function parseDomain(value: string): Domain | undefined {
  // Reject JWTs here, because a short JWT has the form of a domain.
  if (value.length > 2000 || /[\s\p{C}@\\]|(^|\/)eyJ/u.test(value)) return undefined
  const url = parseUrl(/^https?:\/\//i.test(value) ? value : `https://${value}`)
  const host = url?.hostname.replace(/\.$/, '') ?? ''
  return HOSTNAME.test(host) && isIP(host) === 0 ? (host as Domain) : undefined
}
