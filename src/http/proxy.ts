import { type RequestOptions, request as requestOverHttp } from 'node:http'
import { request as requestOverHttps } from 'node:https'
import { isIP } from 'node:net'
import type { Duplex } from 'node:stream'
import { checkBypass } from '@actions/http-client/lib/proxy'
import { ActionError } from '../errors.ts'
import { CONNECT_OPTIONS } from './early-connection.ts'
import type { FaultCause } from './network-faults.ts'
import { parseUrl, unlessItThrows } from './reply.ts'

/** Returns the proxy from `https_proxy` or `HTTPS_PROXY`, if any. @throws ActionError if the proxy can't be used */
export function proxyFor(server: URL): URL | undefined {
  const { env } = process
  const name = env.https_proxy ? 'https_proxy' : 'HTTPS_PROXY'
  const value = env[name]
  // Plain HTTP is used only on this machine, without a proxy. `no_proxy` and `NO_PROXY` work as in GitHub's actions.
  if (server.protocol !== 'https:' || !value || checkBypass(server)) return undefined
  // Like curl, accept a proxy without a scheme.
  const url = parseUrl(value.includes('://') ? value : `http://${value}`)
  // A `#`, `/`, or `?` in a password ends the authority too early, and the rest becomes the path, query, or fragment.
  const isProxy = url && /^https?:$/.test(url.protocol) && url.pathname === '/' && url.search + url.hash === ''
  if (isProxy && unlessItThrows(() => decodeURIComponent(url.username + url.password)) !== undefined) return url
  const invalid =
    'not a valid HTTP or HTTPS URL (in usernames and passwords, write # as %23, / as %2F, ? as %3F, and % as %25)'
  const problem = /^socks\w*:\/\//i.test(value) ? "a SOCKS proxy, which this action can't use" : invalid
  // Don't bypass the proxy or show any part of the value: if it was split incorrectly, any part may be the password.
  throw new ActionError(`${name} is ${problem}. Set it to http://host:port, or unset it.`)
}

/** Returns whether a host is this machine, where plain HTTP is safe. */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || (isIP(hostname) === 4 && hostname.startsWith('127.'))
}

/** Returns a URL's origin and path without trailing slashes if it uses HTTPS, or HTTP on this machine. */
export function baseUrlOf({ protocol, hostname, origin, pathname }: URL): string | undefined {
  const isSafe = protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname))
  return isSafe ? (origin + pathname).replace(/\/+$/, '') : undefined
}

/** Opens a tunnel through a proxy (RFC 9110, section 9.3.6). @param onSocket receives the socket before it connects */
export function openTunnel(proxy: URL, authority: string, onSocket: (socket: Duplex) => void): Promise<Duplex> {
  const { protocol, hostname, username, password } = proxy
  const user = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  const credentials = user !== ':' && { 'proxy-authorization': `Basic ${Buffer.from(user).toString('base64')}` }
  const options: RequestOptions & { servername: string } = {
    ...CONNECT_OPTIONS,
    method: 'CONNECT',
    path: authority,
    headers: { host: authority, ...credentials },
    agent: false,
    // By default, Node would send the URL's credentials in the `Authorization` header.
    auth: null,
    // By default, Node would expect a certificate for `authority`. An IP address is not a valid server name.
    servername: isIP(hostname.replace(/^\[(.*)\]$/, '$1')) === 0 ? hostname : '',
  }
  return new Promise((resolve, reject) => {
    const request = (protocol === 'https:' ? requestOverHttps : requestOverHttp)(proxy, options)
    request.once('socket', onSocket)
    request.once('error', (error: Error & { errors?: Error[] }) => {
      // If the proxy has several addresses, Node reports one error that contains an error for each address.
      for (const each of error.errors ?? [error]) each.message = `could not reach the proxy: ${each.message}`
      reject(error)
    })
    request.once('close', () => reject(new Error('the proxy closed the connection without a response')))
    request.once('connect', ({ statusCode }, socket: Duplex, head: Buffer) => {
      if (statusCode === 200 && head.length === 0) return resolve(socket)
      socket.destroy()
      const cause: FaultCause | undefined = statusCode === 407 ? 'proxy-credentials' : undefined
      reject(new Error(`the proxy responded with HTTP ${statusCode} and did not open a tunnel`, { cause }))
    })
    request.end()
  })
}
