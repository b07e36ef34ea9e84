import { ActionError } from '../errors.ts'
import { quoted } from '../text.ts'
import type { PinataApi } from './api.ts'
import { hasDomain } from './parse.ts'
import type { GatewayId, GatewayRef } from './types.ts'

const MAX_PAGES = 1000

/**
 * Returns the ID of a gateway. Looks up a domain in the account's gateways, page by page.
 *
 * @throws ActionError if the list can't be read or no gateway of the account has the domain
 */
export async function resolveGateway(pinata: PinataApi, gateway: GatewayRef): Promise<GatewayId> {
  if ('id' in gateway) return gateway.id
  const seen = new Set<GatewayId>()
  const findIn = async (page: number) => {
    const rows = await pinata.gateways(page)
    for (const { id } of rows) seen.add(id)
    return rows.find(row => hasDomain(row, gateway.domain))?.id
  }
  for (let page = 1, before = -1; seen.size > before && page <= MAX_PAGES; page++) {
    before = seen.size
    const id = await findIn(page)
    if (id !== undefined) return id
  }
  // Pinata's document does not say whether pages count from 0 or 1, so there may be one before page 1.
  const id = await findIn(0).catch(() => undefined)
  if (id !== undefined) return id
  throw new ActionError(
    `No gateway in the account of pinata-jwt has the domain ${quoted(gateway.domain)} (${seen.size} checked). Check gateway-id, and that the JWT is from the account that owns the gateway.`,
  )
}
