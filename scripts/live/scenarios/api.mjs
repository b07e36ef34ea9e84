import { randomUUID } from 'node:crypto'
import { describe, matchingHeaders, outline } from '../report.mjs'

/** @import { ScenarioContext } from '../service.mjs' */

export const title = "Pinata's API, nothing changed"

/** @param {ScenarioContext} context */
export async function run({ service, note }) {
  const { gateway } = service
  const { reply } = await service.readGateway()
  const { date, 'x-request-id': requestId } = reply.headers
  const aheadS = Math.round((Date.parse(date ?? '') - Date.now()) / 1000)
  note('GET /gateways/{id}', outline(reply))
  note('Date', date ? 'yes' : 'no', `${aheadS} s ahead of this clock`)
  note('X-Request-Id', requestId ? 'yes' : 'no', `${String(requestId).length} characters`)
  note('rate limit headers', matchingHeaders(reply, /rate-?limit|retry-after/))

  const list = async (/** @type {string} */ query) => {
    const reply = await service.api('GET', `/gateways${query}`)
    /** @type {{ id: string }[]} */
    const rows = reply.json?.data?.rows ?? []
    return { reply, rows, first: rows[0]?.id }
  }
  const defaultPage = await list('')
  const [page0, page1] = [await list('?pageSize=1&page=0'), await list('?pageSize=1&page=1')]
  const first = [page0, page1].flatMap((page, number) => (page.first === defaultPage.first ? number : []))
  note('GET /gateways', outline(defaultPage.reply))
  note('default page size', String(defaultPage.rows.length), `of ${defaultPage.reply.json?.data?.count} gateways`)
  note('page size 1000', String((await list('?pageSize=1000&page=1')).rows.length))
  note('first page', first.join(' and ') || 'neither')
  note('page 0', page0.rows.length > 0 ? `${page0.reply.status}, ${page0.rows.length} rows` : describe(page0.reply))

  for (const [question, route, authorization] of [
    ['a wrong JWT', gateway, 'Bearer eyJhbGciOiJIUzI1NiJ9.eyJ1c2VyIjoibm9ib2R5In0.c2lnbmF0dXJl'],
    ['a token that is not a JWT', gateway, 'Bearer nonsense'],
    ['no JWT', gateway, ''],
    ['an unknown gateway', `/gateways/${randomUUID()}`],
    ['a gateway ID that is not a UUID', '/gateways/no-such-gateway'],
  ]) {
    note(String(question), describe(await service.api('GET', String(route), { authorization })))
  }
}
