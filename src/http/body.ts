import type { IncomingMessage } from 'node:http'
import { brotliDecompressSync, inflateRawSync, inflateSync, unzipSync } from 'node:zlib'
import { printable } from '../text.ts'
import { ExchangeError } from './answers.ts'

/**
 * The longest body of a success, in bytes. 20,000 of Pinata's keys take 3.5 MB. The worst JSON of this length takes less
 * than half of a heap of 256 MB.
 */
const MAX_BODY = 4 * 1024 * 1024
/** How much of an error's body is read. Only a sentence of it is shown. */
const MAX_ERROR_BODY = 64 * 1024

type Decoder = (body: Buffer, options: { maxOutputLength: number }) => Buffer

/** The content codings of RFC 9110, section 8.4.1. Some servers send `deflate` without the header of zlib. */
const DECODERS: Record<string, Decoder> = {
  identity: body => body,
  gzip: unzipSync,
  'x-gzip': unzipSync,
  deflate: (body, options) => (((body[0] ?? 0) & 0xf) === 8 ? inflateSync : inflateRawSync)(body, options),
  br: brotliDecompressSync,
}

/**
 * Reads the body of a success to its end and decodes it. `HttpClientResponse.readBody()` is not used, because it has no
 * limit and never settles if the connection breaks.
 *
 * @throws ExchangeError if the body is too large or can't be decoded
 */
export async function readBody(message: IncomingMessage): Promise<string> {
  const body = await readUpTo(MAX_BODY, message)
  if (body.length > MAX_BODY) throw tooLarge()
  return decode(body, message, MAX_BODY)
}

/** Reads the beginning of an error's body; an empty string if it can't be decoded. A longer one ends the connection. */
export async function readErrorBody(message: IncomingMessage): Promise<string> {
  const body = await readUpTo(MAX_ERROR_BODY, message)
  try {
    return decode(body, message, MAX_ERROR_BODY)
  } catch {
    return ''
  }
}

/** Stops after the piece that exceeds the limit, which ends the connection. */
async function readUpTo(limit: number, message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of message as AsyncIterable<Buffer>) {
    chunks.push(chunk)
    size += chunk.length
    if (size > limit) break
  }
  return Buffer.concat(chunks)
}

/** A proxy may encode a response although the request allows no encoding. */
function decode(body: Buffer, { headers }: IncomingMessage, maxOutputLength: number): string {
  const coding = headers['content-encoding']?.trim().toLowerCase() || 'identity'
  if (body.length === 0) return ''
  try {
    const decoder = Object.hasOwn(DECODERS, coding) ? DECODERS[coding] : undefined
    if (decoder !== undefined) return decoder(body, { maxOutputLength }).toString('utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge()
  }
  // The same request would get the same response, and may have taken effect, so it is not sent again.
  const reason = `the response has the encoding ${printable(coding, 40)}, which was not requested and can't be decoded`
  throw new ExchangeError(reason, { transient: false, cause: 'response' })
}

function tooLarge(): ExchangeError {
  const reason = `the response exceeds ${MAX_BODY / 1024 / 1024} MiB`
  return new ExchangeError(reason, { transient: false, cause: 'response', tooLarge: true })
}
