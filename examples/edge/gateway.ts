// Reads a Pinata gateway for the visitors of a site: adds the gateway key, which stays on the server. worker.ts and
// route.ts use it; copy it beside the one that you take.

/** What the gateway needs to know of a visitor's request. Cookies and authorization are for this site alone. */
const REQUEST_HEADERS = ['accept', 'if-modified-since', 'if-none-match', 'if-range', 'range']

const ANSWER_HEADERS = [
  'accept-ranges',
  'cache-control',
  'content-disposition',
  'content-length',
  'content-range',
  'content-type',
  'etag',
  'expires',
  'last-modified',
  'vary',
]

/** For the head of the answer. What is not pinned to the account has to be found on IPFS first. */
const TIME_LIMIT_MS = 60_000

export interface Gateway {
  /** `https://fun-llama-300.mypinata.cloud`, or a custom domain of the gateway. HTML comes from custom domains only. */
  url: string | undefined
  key: string | undefined
  /** Whether visitors may read this content. With a key, the gateway has everything that is on IPFS. */
  allows: (cid: string) => boolean | Promise<boolean>
}

/**
 * The answer to a visitor who asks for `path` of the gateway, such as `/ipfs/<cid>/logo.png`. A query is not passed on.
 * Throws what `allows` throws and nothing else, and never shows the key.
 */
export async function readGateway(request: Request, path: string, gateway: Gateway): Promise<Response> {
  if (request.method !== 'GET' && request.method !== 'HEAD') return text(405, 'Only GET and HEAD.')
  const key = gateway.key?.trim() ?? ''
  const url = addressOf(gateway.url)
  // A header's value with another character would be repeated in an error.
  if (!url || !/^[\x21-\x7e]+$/.test(key)) return text(500, 'The address or the key of the gateway is not set.')

  url.pathname = path
  const cid = cidOf(url.pathname)
  if (cid === undefined || !(await gateway.allows(cid))) return text(404, 'There is nothing here.')

  const headers = picked(request.headers, REQUEST_HEADERS)
  headers.set('x-pinata-gateway-token', key)
  const answer = await ask(url, { method: request.method, headers, redirect: 'manual' })
  // 520 to 530 are Cloudflare's own, for a server that it can't reach.
  if (!answer || answer.status >= 520) return text(502, 'The gateway could not be reached.')
  return passOn(answer, url)
}

/** The gateway's address, over https but for a test server on this machine. Undefined if it is none. */
function addressOf(url = ''): URL | undefined {
  if (!URL.canParse(url)) return undefined
  const { protocol, hostname, origin } = new URL(url)
  const allowed = protocol === 'https:' || (protocol === 'http:' && hostname === '127.0.0.1')
  return allowed ? new URL(origin) : undefined
}

/** The CID in a path of the gateway. Undefined for other paths, and where a server could see another path in it. */
function cidOf(path: string): string | undefined {
  return /%2f|%5c/i.test(path) ? undefined : /^\/ipfs\/([^/]+)/.exec(path)?.[1]
}

function picked(headers: Headers, names: string[]): Headers {
  const found = new Headers()
  for (const name of names) {
    const value = headers.get(name)
    if (value !== null) found.set(name, value)
  }
  return found
}

/** The answer as soon as its head is there, or undefined. An error is not shown, as it can repeat a header. */
async function ask(url: URL, init: RequestInit): Promise<Response | undefined> {
  const limit = new AbortController()
  const timer = setTimeout(() => limit.abort(), TIME_LIMIT_MS)
  try {
    return await fetch(url, { ...init, signal: limit.signal })
  } catch {
    return undefined
  } finally {
    clearTimeout(timer)
  }
}

/** The gateway's answer as the visitor gets it. A redirect is the visitor's to follow, and only on this site. */
function passOn(answer: Response, url: URL): Response {
  const headers = picked(answer.headers, ANSWER_HEADERS)
  // fetch() has decoded it, so the length is another.
  if (answer.headers.has('content-encoding')) headers.delete('content-length')
  headers.set('x-content-type-options', 'nosniff')

  const location = answer.headers.get('location')
  if (location !== null) {
    const target = URL.canParse(location, url.href) ? new URL(location, url) : undefined
    if (target?.origin !== url.origin || cidOf(target.pathname) === undefined) {
      return text(502, 'The gateway answered with a redirect to another place.')
    }
    headers.set('location', target.pathname)
  }
  return new Response(answer.body, { status: answer.status, headers })
}

function text(status: number, message: string): Response {
  const headers = new Headers({ 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' })
  if (status === 405) headers.set('allow', 'GET, HEAD')
  return new Response(`${message}\n`, { status, headers })
}
