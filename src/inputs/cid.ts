import { ActionError } from '../errors.ts'
import { shown } from './rejected-value.ts'

/** A URL path that a gateway serves: `/ipfs/<CID>`, optionally followed by a percent-encoded path. */
export type ContentPath = string & { readonly kind: 'content path' }

// Patterns for a CIDv0, which contains a 32-byte SHA-256 hash, and for a CIDv1 in each base. A CIDv1 starts with its
// base's prefix, then the digits (if any) that encode version 1. In a path, `/` ends the CID even in base 64.
// See https://github.com/multiformats/multibase/blob/master/multibase.csv.
const CIDS = [
  'Qm[1-9A-HJ-NP-Za-km-z]{44}',
  '000000001[01]{24,}',
  '700[23][0-7]{8,}',
  '9[0-9]{8,}',
  '(f01|F01)([0-9a-f]{6,}|[0-9A-F]{6,})',
  'hy[rfg8][ybndrfg8ejkmcpqxot1uwisza345h769]{5,}',
  '[zZ][1-9A-HJ-NP-Za-km-z]{5,}',
  '[mM]A[Q-Za-f][A-Za-z0-9+]{4,}=*',
  '[uU]A[Q-Za-f][\\w-]{4,}=*',
]
/** Patterns for lowercase CIDs that can also be written in uppercase, including the prefix. */
const LOWERCASE = ['[bc]a[e-h][a-z2-7]{5,}=*', '[vt]0[4-7][0-9a-v]{5,}=*', 'k[0-9a-z]{5,}']
const UPPERCASE = LOWERCASE.map(cid => cid.toUpperCase())
const CID = new RegExp(`^(${[...CIDS, ...LOWERCASE, ...UPPERCASE].join('|')})(/|$)`)

/** Returns a content path. Keeps codes such as `%2F`, and encodes all other special characters. @throws ActionError */
export function parseContentPath(value: string): ContentPath {
  const text = value.length > 2000 ? '' : value.replace(/^(ipfs:\/\/|\/ipfs\/)/i, '')
  const problem = problemOf(text)
  if (problem === undefined) return `/ipfs/${encodeURI(text).replace(/%25([\da-f]{2})/gi, '%$1')}` as ContentPath
  const advice = 'Set it to a CID, optionally followed by a path, such as bafybei…/images/logo.png.'
  throw new ActionError(`wait-for ${shown(value)} ${problem}. ${advice}`)
}

function problemOf(text: string): string | undefined {
  if (/[?#]/.test(text)) return 'contains a query (?) or a fragment (#)'
  const path = decoded(text)
  if (/[\p{Cc}\p{Cs}\\]/u.test(text + path)) return 'contains a control character or a backslash'
  if (/(^|\/)\.\.?(\/|$)/.test(path)) return 'has `.` or `..` in its path'
  return CID.test(text) ? undefined : 'does not start with a CID'
}

/** Decodes ASCII characters, even if encoded several times, because a server or a proxy may do the same. */
function decoded(path: string): string {
  const text = path.replace(/%[0-7][\da-f]/gi, code => String.fromCharCode(Number.parseInt(code.slice(1), 16)))
  return text === path ? path : decoded(text)
}
