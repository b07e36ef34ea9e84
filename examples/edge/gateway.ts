// Reads from a gateway for a site's visitors and adds the gateway key, which stays on the server. worker.ts and
// route.ts import this file, so copy it next to the one that you use.

/** Headers of a visitor's request that are sent to the gateway. Cookies and authorization are not. */
const REQUEST_HEADERS = ['accept', 'if-modified-since', 'if-none-match', 'if-range', 'range']

const RESPONSE_HEADERS = [
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

/** The time limit for response headers. Finding content on IPFS takes a while unless the account has pinned it. */
const TIME_LIMIT_MS = 60_000

export interface Gateway {
  /** `https://fun-llama-300.mypinata.cloud`, or a custom domain of the gateway. Only custom domains serve HTML. */
  url: string | undefined
  key: string | undefined
  /** Returns whether visitors may read this content. With a key, the gateway serves everything on IPFS. */
  allows: (cid: string) => boolean | Promise<boolean>
}

/**
 * Returns the response for a visitor who requests `path` from the gateway, such as `/ipfs/<cid>/logo.png`. Drops the
 * query and never reveals the key. Throws only what `allows` throws.
 */
export async function readGateway(request: Request, path: string, gateway: Gateway): Promise<Response> {
  if (request.method !== 'GET' && request.method !== 'HEAD') return text(405, 'Only GET and HEAD are allowed.')
  const key = gateway.key?.trim() ?? ''
  const url = parseGatewayUrl(gateway.url)
  // If the key contained any other character, the error message of fetch() would quote the key.
  if (!url || !/^[\x21-\x7e]+$/.test(key)) return text(500, 'The address or the key of the gateway is not set.')

  url.pathname = path
  const cid = cidOf(url.pathname)
  if (cid === undefined || !(await gateway.allows(cid))) return text(404, 'Not found.')

  const headers = pick(request.headers, REQUEST_HEADERS)
  headers.set('x-pinata-gateway-token', key)
  const response = await fetchInTime(url, { method: request.method, headers, redirect: 'manual' })
  // Cloudflare returns 520 to 530 for a server that it cannot reach.
  if (!response || response.status >= 520) return text(502, 'The gateway could not be reached.')
  return forVisitor(response, url)
}

/** Returns the gateway's origin if the URL uses https, or is for a test server on this machine. */
function parseGatewayUrl(url = ''): URL | undefined {
  if (!URL.canParse(url)) return undefined
  const { protocol, hostname, origin } = new URL(url)
  const allowed = protocol === 'https:' || (protocol === 'http:' && hostname === '127.0.0.1')
  return allowed ? new URL(origin) : undefined
}

/** Returns the CID in a path of the gateway, unless another server could interpret the path differently. */
function cidOf(path: string): string | undefined {
  return /%2f|%5c/i.test(path) ? undefined : /^\/ipfs\/([^/]+)/.exec(path)?.[1]
}

function pick(headers: Headers, names: string[]): Headers {
  const found = new Headers()
  for (const name of names) {
    const value = headers.get(name)
    if (value !== null) found.set(name, value)
  }
  return found
}

/** Returns the response once its headers arrive, or undefined on failure. Hides errors, which may quote a header. */
async function fetchInTime(url: URL, init: RequestInit): Promise<Response | undefined> {
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

/** Returns the gateway's response for the visitor. Passes on redirects only if they stay on the gateway. */
function forVisitor(response: Response, url: URL): Response {
  const headers = pick(response.headers, RESPONSE_HEADERS)
  // fetch() has decoded the body, so its length has changed.
  if (response.headers.has('content-encoding')) headers.delete('content-length')
  headers.set('x-content-type-options', 'nosniff')

  const location = response.headers.get('location')
  if (location !== null) {
    const target = URL.canParse(location, url.href) ? new URL(location, url) : undefined
    if (target?.origin !== url.origin || cidOf(target.pathname) === undefined) {
      return text(502, 'The gateway redirected to another site.')
    }
    headers.set('location', target.pathname)
  }
  return new Response(response.body, { status: response.status, headers })
}

function text(status: number, message: string): Response {
  const headers = new Headers({ 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' })
  if (status === 405) headers.set('allow', 'GET, HEAD')
  return new Response(`${message}\n`, { status, headers })
}
