import { createServer } from 'node:http'
import { parse } from 'node:querystring'
import { text } from 'node:stream/consumers'
import { createInstance, getHttpOperationsFromSpec, type IHttpRequest } from '@stoplight/prism-http'
import { listen } from './network.ts'

// Prism's log is unused, because tests check the exchanges.
const silent = { info() {}, success() {}, warn() {}, error() {}, debug() {}, trace() {}, child: () => silent }

/**
 * Starts Prism between a client and `upstream`. It forwards everything unchanged, and records each difference from the
 * OpenAPI document: an unknown route, a missing header, a wrong type, or an undocumented status, even for an error. It
 * closes when the test ends.
 * @param document the OpenAPI document as data, which is not changed
 * @param upstream the address that replaces the document's server, with its path: `http://127.0.0.1:1234/v3`
 * @returns `url`, which replaces the upstream's address; `exchanges`, each with a `summary` (`DELETE
 * /gateways/…: 404`) and a sentence for each of its `violations`; and a function that lists all violations
 */
export async function throughPrism(document: object, upstream: string) {
  const operations = await getHttpOperationsFromSpec(structuredClone(document))
  const checks = { checkSecurity: true, validateRequest: true, validateResponse: true, errors: false }
  const proxy = { isProxy: true, upstream: new URL(upstream), upstreamProxy: undefined } as const
  const prism = createInstance({ ...proxy, ...checks, mock: { dynamic: false } }, { logger: silent as never })
  const exchanges: { summary: string; violations: string[] }[] = []
  const server = createServer(async (req, res) => {
    const { pathname, search } = new URL(req.url ?? '', 'http://prism')
    const body = await text(req)
    const request = {
      method: (req.method ?? '').toLowerCase(),
      url: { path: pathname, query: { ...parse(search.slice(1)) } },
      headers: req.headers,
      body: body === '' ? undefined : JSON.parse(body),
    } as IHttpRequest
    const result = await prism.request(request, operations)()
    // The upstream's response is incomplete, so the client must not receive a complete one.
    if (result._tag === 'Left') return void req.socket.destroy()
    const { output, validations } = result.right
    const violationsOf = (side: string, all: typeof validations.input) =>
      all.map(({ path, message }) => `${[side, ...(path ?? [])].join('.')}: ${message}`)
    exchanges.push({
      summary: `${req.method} ${pathname}: ${output.statusCode}`,
      violations: [...violationsOf('request', validations.input), ...violationsOf('response', validations.output)],
    })
    const { 'content-length': _length, ...headers } = output.headers ?? {}
    res.writeHead(output.statusCode, headers)
    res.end(typeof output.body === 'string' ? output.body : JSON.stringify(output.body))
  })
  return {
    url: `http://127.0.0.1:${await listen(server)}`,
    exchanges,
    violations: () => exchanges.flatMap(({ summary, violations }) => violations.map(each => `${summary}, ${each}`)),
  }
}
