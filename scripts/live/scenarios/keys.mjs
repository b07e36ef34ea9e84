import { randomBytes } from 'node:crypto'
import { describe, matchingHeaders, normalize, outline } from '../report.mjs'
import { hasControls, isServed } from '../service.mjs'

/** @import { Reply } from '../../../emulator/http/send.mjs' */
/** @import { ScenarioContext, Service } from '../service.mjs' */

export const title = 'Keys and their readers'

/** The CID of content that does not exist. */
const UNPINNED_CID = `f01551220${randomBytes(32).toString('hex')}`

export const isRefused = (/** @type {Reply} */ { status }) => status === 401 || status === 403

/** Describes whether a read was served, without its content. @param {Reply} reply */
export const outcomeOf = reply => `${reply.status}, ${isServed(reply) ? 'served' : normalize(reply.text)}`

/** Returns the headers that browsers check for CORS. @param {Reply} reply */
export const corsOf = reply => matchingHeaders(reply, /^(?:access-control-.*|vary)$/)

/**
 * Describes when a read got the expected response: at the first attempt, or later.
 * @param {Awaited<ReturnType<Service['readUntil']>>} waited
 * @returns {[answer: string, detail: string]}
 */
export function timing({ reply, reads, ms, isMet }) {
  const answer = !isMet ? 'not within the time limit' : reads === 1 ? 'at the first read' : 'later'
  return [answer, `${Math.round(ms)} ms, ${reads} reads, status ${reply.status}`]
}

/**
 * Runs `work` with a working key, and then removes the key. Without an access control, the gateway would
 * serve every reader.
 * @param {Service} service
 * @param {(value: string) => Promise<void>} work
 */
export async function withKey(service, work) {
  const { reply, entry } = await service.add()
  if (entry.value === '') throw new Error(`No key was created: ${outline(reply)}`)
  try {
    const read = await service.readUntil({ header: entry.value }, isServed)
    if (!read.isMet) throw new Error(`A reader with a key could not read CID: ${outcomeOf(read.reply)}`)
    if (!(await service.readUntil({}, isRefused)).isMet) throw new Error('A reader without a key was not refused.')
    await work(entry.value)
  } finally {
    if (!service.stop.aborted) await service.remove(entry)
  }
}

/** @param {ScenarioContext} context */
export async function run({ service, note, before, domain }) {
  const isOpen = !hasControls(before)
  if (isOpen) {
    note('no access control, pinned content', outcomeOf(await service.read()))
    note('no access control, content that is not pinned', describe(await service.read({ cid: UNPINNED_CID })))
  }
  const { reply, entry } = await service.add()
  const { value } = entry
  note('POST …/access_tokens', outline(reply))
  if (value === '') throw new Error('No key was created.')
  note('a new key works in the header', ...timing(await service.readUntil({ header: value }, isServed)))
  note('a new key works in the query', ...timing(await service.readUntil({ query: value }, isServed)))
  if (isOpen) note('readers without a key are cut off', ...timing(await service.readUntil({}, isRefused)))

  const wrong = randomBytes(48).toString('base64url')
  note('no key', describe(await service.read()))
  note('a wrong key in the header', describe(await service.read({ header: wrong })))
  note('a wrong key in the query', describe(await service.read({ query: wrong })))
  const served = await service.read({ header: value })
  note('content with a key', outcomeOf(served), served.headers['content-type'])
  note('cache headers', matchingHeaders(served, /^(?:cache-control|age|etag|cf-cache-status|x-cache.*)$/))
  note('a path that is not a CID', outcomeOf(await service.read({ header: value, cid: 'no-cid' })))
  const { htmlCid: cid } = service.settings
  if (cid) note('HTML on mypinata.cloud, with a key', describe(await service.read({ header: value, cid })))

  const origin = `https://${domain}`
  const preflight = { origin, 'access-control-request-method': 'GET' }
  const withHeader = { ...preflight, 'access-control-request-headers': 'x-pinata-gateway-token' }
  note('CORS headers of GET with a key', corsOf(await service.read({ header: value, headers: { origin } })))
  note('CORS headers of GET without a key', corsOf(await service.read({ headers: { origin } })))
  for (const [question, headers] of Object.entries({ OPTIONS: preflight, 'OPTIONS for the header': withHeader })) {
    const reply = await service.read({ method: 'OPTIONS', headers })
    note(question, `${reply.status}, ${corsOf(reply)}`)
  }

  await withKey(service, async () => {
    // This read may put the content into a cache.
    await service.read({ header: value, sameUrl: true })
    note('DELETE of a key', outline(await service.remove(entry)))
    note('a revoked key is refused in the header', ...timing(await service.readUntil({ header: value }, isRefused)))
    note('a revoked key is refused in the query', ...timing(await service.readUntil({ query: value }, isRefused)))
    const read = { header: value, sameUrl: true }
    note('a revoked key is refused at a URL that was read before', ...timing(await service.readUntil(read, isRefused)))
    note('DELETE of a key once more', describe(await service.remove(entry)))
  })
  if (isOpen) note('without a key, after the last key', ...timing(await service.readUntil({}, isServed)))
}
