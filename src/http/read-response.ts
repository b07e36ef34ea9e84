import type { IncomingMessage } from 'node:http'
import { unzipSync } from 'node:zlib'
import { printable } from '../printable-text.ts'
import { type Fault, faultOf } from './network-faults.ts'
import { type Headers, parseJson, type Reply } from './reply.ts'
import { httpDate, rateLimitReset, retryAfter } from './retry.ts'

/** The size limit, in bytes, for successful responses (20,000 keys take 3.5 MB). Larger ones could exhaust memory. */
const MAX_BODY = 4 * 1024 * 1024
/** How many bytes of an error's body are read. Messages quote only a short part of the body. */
const MAX_ERROR_BODY = 64 * 1024
/** How long to spend reading an error's body if `statusOnly` is set, in milliseconds. */
const BRIEF_MS = 2_000
/** The headers that a message or the debug log may show. */
const SHOWN = ['content-encoding', 'content-type', 'location', 'server', 'via', 'x-github-request-id', 'x-request-id']

/** Reads a response, but only the start of an error's body. Returns a fault if a successful response is unusable. */
export async function readReply(
  message: IncomingMessage,
  { method, statusOnly = false }: { method: string; statusOnly?: boolean | undefined },
  redact: (text: string) => string,
): Promise<Reply> {
  const { statusCode: status = 0 } = message
  const isSuccess = status >= 200 && status < 300
  const isJsonExpected = isSuccess && !statusOnly && method !== 'DELETE'
  const headers = { ...message.headers } as Headers
  for (const name of SHOWN) if (headers[name]) headers[name] = redact(headers[name])
  if (isSuccess && statusOnly) message.destroy()
  const bytes = await readBytes(message, isSuccess ? MAX_BODY : MAX_ERROR_BODY, statusOnly ? BRIEF_MS : undefined)
  const decoded = decode(bytes, headers)
  if (isSuccess && typeof decoded !== 'string') return decoded
  const text = typeof decoded === 'string' ? decoded : ''
  // The step needs the secrets in a successful response. Other text is shortened to save time, and then redacted.
  const start = isJsonExpected ? '' : redact(text.slice(0, MAX_ERROR_BODY))
  const json = parseJson(isSuccess ? text : start)
  if (isJsonExpected && (typeof json !== 'object' || json === null)) {
    const type = printable(headers['content-type'] ?? 'no content type', 60)
    return faultOf(`the response (HTTP ${status}, ${type}) is not JSON`, { cause: 'response' })
  }
  const sentAtMs = httpDate(headers.date)
  const limitMs = status === 429 ? rateLimitReset(headers, sentAtMs) : undefined
  const requestId = headers['x-request-id'] || headers['x-github-request-id'] || undefined
  return {
    kind: 'response',
    status,
    json,
    text: json === undefined ? firstWords(start) : undefined,
    headers,
    requestId,
    // Ignore the date of an error without a request ID, because a proxy with a different clock may have sent it.
    dateMs: requestId !== undefined || (isSuccess && json) ? sentAtMs : undefined,
    retryAfterMs: retryAfter(headers['retry-after'], sentAtMs) ?? limitMs,
  }
}

/** Reads the beginning of a body. @param limitMs if set, reading ends without an error after this time */
async function readBytes(message: IncomingMessage, limit: number, limitMs?: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  const timer = limitMs && setTimeout(() => message.destroy(), limitMs)
  try {
    for await (const chunk of message) {
      chunks.push(chunk)
      size += chunk.length
      if (size > limit) break
    }
  } catch (error) {
    if (limitMs === undefined) throw error
  }
  clearTimeout(timer)
  return Buffer.concat(chunks)
}

/** Decodes a body, because a proxy may compress it (gzip, deflate) even if the request does not allow compression. */
function decode(body: Buffer, headers: Headers): string | Fault {
  const coding = printable(headers['content-encoding'] ?? '', 40).toLowerCase() || 'identity'
  const isPlain = coding === 'identity' || body.length === 0
  // Don't retry, because the request may have taken effect and a retry would get the same response.
  const unreadable = { transient: false, cause: 'response' } as const
  try {
    if (body.length <= MAX_BODY) return (isPlain ? body : unzipSync(body, { maxOutputLength: MAX_BODY })).toString()
  } catch (error) {
    const reason = `the response has the encoding ${coding}, which was not requested and can't be decoded`
    if ((error as NodeJS.ErrnoException).code !== 'ERR_BUFFER_TOO_LARGE') return faultOf(reason, unreadable)
  }
  return faultOf(`the response exceeds ${MAX_BODY / 1024 / 1024} MiB`, { ...unreadable, tooLarge: true })
}

/** Returns the title of an HTML page, or the beginning of other text, up to 1,000 characters. */
function firstWords(body: string): string {
  // The patterns take quadratic time on hostile text, so limit its length.
  const start = body.slice(0, 10_000)
  const [, title] = /<title[^>]*>([^<]*)/i.exec(start) ?? []
  const text = title ?? start.replace(/<(script|style)\b.*?<\/\1>/gis, ' ').replace(/<[^>]*>/g, ' ')
  return text.replace(/\s+/g, ' ').trim().slice(0, 1000)
}
