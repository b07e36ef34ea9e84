import { createServer } from 'node:http'
import { Connection } from '../../src/http/connection.ts'
import type { HttpResponse } from '../../src/http/reply.ts'
import { Secret } from '../../src/secret.ts'
import { listen, NETWORK, within } from './network.ts'

/** A token in the form of a JWT. */
export const TOKEN = `eyJhbGciOiJIUzI1NiJ9.${'a'.repeat(40)}.${'b'.repeat(43)}`
export const DATE = 'Sat, 29 Nov 2025 12:00:00 GMT'

/** A response as a table row. A body that is an object is sent as JSON. */
export type ResponseRow = [status: number, body: object | string, headers?: Record<string, string>]

/** Sends one response over a real connection, and returns it as the client read it. */
export async function receive([status, body, headers = {}]: ResponseRow): Promise<HttpResponse> {
  const server = createServer((_request, response) => {
    response.writeHead(status, { date: DATE, connection: 'close', ...headers })
    response.end(typeof body === 'string' ? body : JSON.stringify(body))
  })
  const network = { ...NETWORK, redact: (text: string) => text.replaceAll(TOKEN, '***') }
  const connection = new Connection(`http://127.0.0.1:${await listen(server)}`, { token: new Secret(TOKEN) }, network)
  const reply = await connection.exchange('GET', '/', within(5000))
  if (reply.kind === 'fault') throw new Error(reply.reason)
  return reply
}

/** Returns the length of a message without its description of the response, which has its own limit. */
export function lengthOf(message: string): number {
  return message.replace(/ \(HTTP \d.*\)(?=\. )/, '').length
}

/** Pages and errors from servers that are neither Pinata nor GitHub. */
export const FOREIGN_RESPONSES = {
  cloudflare: [
    403,
    `<!DOCTYPE html>\n${'<!--[if lt IE 7]> <html class="no-js ie6 oldie" lang="en-US"> <![endif]-->\n'.repeat(4)}<head>
<title>Attention Required! | Cloudflare</title></head><body>Sorry, you have been blocked</body></html>`,
    { server: 'cloudflare', 'cf-ray': '8d1c2b3a4f5e6d7c-FRA' },
  ],
  gitea: [404, { errors: null, message: "The target couldn't be found.", url: 'https://git.example.com/api/swagger' }],
  squid: [
    503,
    '<html><head><title>ERROR: The requested URL could not be retrieved</title></head></html>',
    { server: 'squid/5.7', via: '1.1 proxy.corp.example (squid/5.7)' },
  ],
  proxy: [407, 'Proxy Authentication Required', { via: '1.1 proxy.corp.example' }],
  network: [511, '<html><head><title>Log in to Guest Wi-Fi</title></head></html>'],
  portal: [302, '', { location: 'https://portal.example/login?next=%2F', server: 'nginx' }],
  text: [404, '404 page not found\n'],
  script: [400, '<html><script>var x = 1</script><body><h1>Bad\nRequest</h1></body></html>'],
  huge: [400, 'very long '.repeat(20_000), { server: 's'.repeat(30) }],
  controls: [400, 'Bad\nrequest\u001b[2J'],
  secrets: [401, `The token ${TOKEN} is unknown`, { server: `x ${TOKEN}`, via: TOKEN }],
  tooMany: [429, 'slow down', { 'retry-after': '90' }],
  timeout: [408, ''],
} satisfies Record<string, ResponseRow>
