import { randomUUID } from 'node:crypto'
import { form, headersLike, told } from '../report.mjs'

/** @import { Note } from '../report.mjs' */
/** @import { Reply } from '../exchange.mjs' */
/** @import { Scene } from './reads.mjs' */
/** @import { Service } from '../service.mjs' */

/** Well-formed, and nobody's. */
const WRONG_JWT = 'eyJhbGciOiJIUzI1NiJ9.eyJ1c2VyIjoibm9ib2R5In0.c2lnbmF0dXJl'

export const title = "Pinata's API, nothing changed"

/** @param {Scene} scene */
export async function run({ service, note }) {
  const { reply } = await service.details()
  note('GET /gateways/{id}', form(reply))
  noteHeaders(reply, note)
  await askPages(service, note)
  await askErrors(service, note)
}

/** @param {Reply} reply @param {Note} note */
function noteHeaders(reply, note) {
  const { date, 'x-request-id': requestId } = reply.headers
  const aheadMs = Date.parse(date ?? '') - Date.now()
  note('Date in answers', date ? 'yes' : 'no', date ? `${Math.round(aheadMs / 1000)} s ahead of this clock` : '')
  note('X-Request-Id in answers', requestId ? 'yes' : 'no', requestId ? `${String(requestId).length} characters` : '')
  note('rate limit headers', headersLike(reply, /rate-?limit|retry-after/))
}

/** @param {Service} service @param {Note} note */
async function askPages(service, note) {
  /** @param {string} query @returns {Promise<{ reply: Reply, ids: string[] }>} */
  const list = async query => {
    const reply = await service.api('GET', `/gateways${query}`)
    const rows = reply.json?.data?.rows
    return { reply, ids: Array.isArray(rows) ? rows.map(row => String(row?.id)) : [] }
  }
  const whole = await list('')
  const count = Number(whole.reply.json?.data?.count)
  note('GET /gateways', form(whole.reply))
  note('default page size', sizeOf(whole.ids.length, count))
  note('page size 1000', sizeOf((await list('?pageSize=1000&page=1')).ids.length, count))

  const [zero, one] = [await list('?pageSize=1&page=0'), await list('?pageSize=1&page=1')]
  note('first page', firstPage(zero.ids[0], one.ids[0], whole.ids[0]))
  note('page 0', zero.ids.length > 0 ? `${zero.reply.status}, ${zero.ids.length} rows` : told(zero.reply))
  const beyond = await list('?pageSize=1&page=10000')
  note('page 10000', `${beyond.reply.status}, ${beyond.ids.length} rows`)
}

/** @param {number} rows @param {number} count of the account's gateways */
function sizeOf(rows, count) {
  return rows < count ? `${rows} rows` : `at least ${rows} rows, and there are no more gateways to see it`
}

/**
 * @param {string | undefined} zero the gateway on page 0
 * @param {string | undefined} one the gateway on page 1
 * @param {string | undefined} first the first gateway of all
 */
function firstPage(zero, one, first) {
  if (first === undefined) return 'not to be seen, as there are no rows'
  if (zero === first && one === first) return '0 and 1 are the same page'
  if (zero === first) return '0'
  return one === first ? '1' : 'neither 0 nor 1 begins with the first gateway'
}

/** @param {Service} service @param {Note} note */
async function askErrors(service, note) {
  const { gatewayPath } = service
  /** @param {string} authorization */
  const as = authorization => service.api('GET', gatewayPath, { authorization })
  note('a wrong JWT', told(await as(`Bearer ${WRONG_JWT}`)))
  note('what is no JWT', told(await as('Bearer nonsense')))
  note('no JWT', told(await as('')))
  note('an unknown gateway', told(await service.api('GET', `/gateways/${randomUUID()}`)))
  note('a gateway ID that is no UUID', told(await service.api('GET', '/gateways/no-such-gateway')))
  note('deleting an unknown key', told(await service.api('DELETE', `${gatewayPath}/access_tokens/${randomUUID()}`)))
  note('deleting an unknown origin', told(await service.api('DELETE', `${gatewayPath}/hosts/${randomUUID()}`)))
}
