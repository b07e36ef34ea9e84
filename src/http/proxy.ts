import { isIP } from 'node:net'
import { checkBypass } from '@actions/http-client/lib/proxy'
import { ActionError } from '../errors.ts'

/**
 * The proxy for a server, as `https_proxy` or `HTTPS_PROXY` names it and `no_proxy` allows it. A server that is reached by
 * plain http is this machine, for which no proxy is used.
 *
 * @throws ActionError if the value is not the URL of a proxy that can be used: it is not passed by in silence
 */
export function proxyFor(server: URL, env: NodeJS.ProcessEnv): URL | undefined {
  const name = env.https_proxy ? 'https_proxy' : 'HTTPS_PROXY'
  const value = env[name]
  if (server.protocol !== 'https:' || !value || checkBypass(server)) return undefined
  const advice = 'Set it to http://host:port, or unset it.'
  // Some tools take it without a scheme. `localhost:3128` is a URL of the scheme `localhost:`, though.
  const given = URL.canParse(value) || value.includes('://') ? value : `http://${value}`
  const url = URL.canParse(given) ? new URL(given) : undefined
  // Not quoted: it may hold a password.
  if (url === undefined || url.hostname === '' || !isDecodable(url.username + url.password)) {
    throw new ActionError(`The proxy in ${name} is not a URL. ${advice}`)
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new ActionError(`The proxy in ${name} is of a kind that this action can't use (${url.protocol}//). ${advice}`)
  }
  return url
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text)
    return true
  } catch {
    return false
  }
}

/** Whether a host is this machine, to which plain http is no risk. */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || (isIP(hostname) === 4 && hostname.startsWith('127.'))
}
