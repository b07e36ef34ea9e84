import { ActionError } from '../errors.ts'
import { isLoopback } from '../http/proxy.ts'
import { parseUrl } from '../http/reply.ts'
import { isOrigin, type Origin } from '../pinata/types.ts'
import { mistakeIn, shown } from './rejected-value.ts'

/** A hostname with a hyphen at either end or next to a dot, or with an `undefined` that is not from a branch name. */
const INCOMPLETE = /(^|\.)-|-(\.|$)|(^|\.)undefined([.-]|$)|-undefined(--|\.|$)/

/** Returns a URL's origin as browsers send it. @throws ActionError unless the origin is valid and allowed */
export function parseOrigin(value: string): Origin {
  const url = /^https?:\/\/[^\s\p{C}\\,]{1,2000}$/iu.test(value) ? parseUrl(value) : undefined
  const problem = url ? problemOf(url) : 'is not an HTTPS address'
  if (url !== undefined && problem === undefined) return url.origin as Origin
  throw new ActionError(`origin ${shown(value)} ${problem}. Set it to an address such as https://pr-7.example.com.`)
}

function problemOf({ protocol, username, password, hostname, origin }: URL): string | undefined {
  if (username + password !== '') return 'contains a username or a password'
  if (protocol === 'http:') return 'uses plain HTTP, which is not allowed'
  if (hostname.includes('*') && !mistakeIn(hostname)) return 'contains a wildcard, which is not allowed'
  if (isLoopback(hostname) || /\.localhost$/.test(hostname)) return 'is a local address, which is not allowed'
  if (INCOMPLETE.test(hostname)) return 'looks incomplete: an expression in it may be empty'
  return isOrigin(origin) && !mistakeIn(origin) ? undefined : 'does not have a valid hostname'
}
