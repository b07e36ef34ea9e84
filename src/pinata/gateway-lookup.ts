import { ActionError } from '../errors.ts'
import type { GatewayRow } from './parse.ts'
import type { Domain, GatewayId } from './types.ts'

export const PAGE_SIZE = 100
const MAX_PAGES = 1000

/** Returns the ID of the gateway with this domain. @throws ActionError if no gateway has it or a page can't be read */
export async function lookUpGateway(domain: Domain, readPage: (page: number) => Promise<GatewayRow[]>) {
  const seen = new Set<GatewayId>()
  const search = async (page: number) => {
    const rows = await readPage(page)
    for (const { id } of rows) if (seen.size < MAX_PAGES * PAGE_SIZE) seen.add(id)
    return rows.find(({ domains }) => domains.includes(domain))?.id
  }
  for (let page = 1; page <= MAX_PAGES; page++) {
    const before = seen.size
    const id = await search(page)
    if (id !== undefined) return id
    if (seen.size === before) break
  }
  // Pinata does not document whether pages are numbered from 0 or 1, so page 0 may exist.
  const id = await search(0).catch(() => undefined)
  if (id !== undefined) return id
  const none = `No gateway in pinata-jwt's account has the domain "${domain}" (gateways checked: ${seen.size}).`
  throw new ActionError(`${none} Check gateway-id, and check that the JWT belongs to the gateway's account.`)
}
