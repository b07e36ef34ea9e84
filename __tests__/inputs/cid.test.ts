import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { parseContentPath } from '../../src/inputs/cid.ts'
import { messageFrom } from '../support/inputs.ts'

/** The same directory as a CIDv0 and a CIDv1. */
const V0 = 'QmbWqxBEKC3P8tqsKc98xmWNzrzDtRLMiMPL8wBuTGsMnR'
const V1 = 'bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi'
const inV1 = (path: string) => `${V1}/${path}`

/** Returns the bytes of V1 in a base whose digits each encode `bits` bits. The first bit of each byte comes first. */
function inBase(bits: number, digits: string, padTo = 1): string {
  const bytes = Buffer.from('01701220c3c4733ec8affd06cf9e9ff50ffc6bcd2ec85a6170004bb709669c31de94391a', 'hex')
  const binary = [...bytes].map(byte => byte.toString(2).padStart(8, '0')).join('')
  const padded = binary.padEnd(Math.ceil(binary.length / bits) * bits, '0')
  const text = padded.replace(new RegExp(`.{${bits}}`, 'g'), each => digits[Number.parseInt(each, 2)] ?? '')
  return text.padEnd(Math.ceil(text.length / padTo) * padTo, '=')
}

const LOWER = 'abcdefghijklmnopqrstuvwxyz'
const BASE32 = `${LOWER}234567`
const BASE32HEX = `0123456789${LOWER}`
const BASE64 = `${LOWER.toUpperCase()}${LOWER}0123456789`

test.each([
  ['base 2', `0${inBase(1, '01')}`],
  ['base 8', `7${inBase(3, '01234567')}`],
  ['base 10', '998241358493049824135849304982413584930'],
  ['base 16', `f${inBase(4, '0123456789abcdef')}`],
  ['base 16', `F${inBase(4, '0123456789ABCDEF')}`],
  ['base 32', `b${inBase(5, BASE32)}`],
  ['base 32', `B${inBase(5, BASE32.toUpperCase())}`],
  ['base 32 with padding', `c${inBase(5, BASE32, 8)}`],
  ['base 32 with hexadecimal digits', `v${inBase(5, BASE32HEX)}`],
  ['base 32 with hexadecimal digits and padding', `T${inBase(5, BASE32HEX.toUpperCase(), 8)}`],
  ['z-base-32', `h${inBase(5, 'ybndrfg8ejkmcpqxot1uwisza345h769')}`],
  ['base 36', 'k2jmtxvxgxbmqmfc1ja6rmsxhxm7o9tk0mtihxwc4olbcsl3ovkj0qhe'],
  ['base 58', 'zdj7Wi6zUBM4vd6YyDZcWPqBtkhFHmRWcHFoxWFBSRbuehFPA'],
  ['base 64', `m${inBase(6, `${BASE64}+/`)}`],
  ['base 64 for URLs', `u${inBase(6, `${BASE64}-_`)}`],
  ['base 64 for URLs with padding', `U${inBase(6, `${BASE64}-_`, 4)}`],
  ['version 0', V0],
  ['an inline file', 'bafkqaaa'],
  ['an inline file in base 36', 'kdaznk'],
  ['an inline file in base 58', 'z2yYDV'],
])('accepts a CID: %s', (_base, cid) => {
  expect(parseContentPath(cid)).toBe(`/ipfs/${cid}`)
})

test.each([`/ipfs/${V1}`, `ipfs://${V1}`, `IPFS://${V1}`])('requests the content of %s', value => {
  expect(parseContentPath(value)).toBe(`/ipfs/${V1}`)
})

test.each([
  ['', ''],
  ['a/b.png', 'a/b.png'],
  ['a b/über/.well-known/...', 'a%20b/%C3%BCber/.well-known/...'],
  ['100%/50%25/%C3%A9/%zz/%/what%3f', '100%25/50%25/%C3%A9/%25zz/%25/what%3f'],
  ['👨‍👩‍👧', '%F0%9F%91%A8%E2%80%8D%F0%9F%91%A9%E2%80%8D%F0%9F%91%A7'],
])('requests the path %j as %s', (path, requested) => {
  expect(parseContentPath(inV1(path))).toBe(`/ipfs/${V1}/${requested}`)
})

/** Rejected values, by problem. */
const REJECTED = {
  'does not start with a CID': [
    ...['', 'hello', 'manifest', V0.slice(0, -1), `${V0}a`, V1.replace('g', '1'), `b${V1.slice(1).toUpperCase()}`],
    ...[`https://ipfs.io/ipfs/${V1}`, `/ipns/${V1}`, `/ipfs//ipfs/${V1}`],
    `${V1}/${'a'.repeat(2000)}`,
  ],
  'has . or .. in its path': ['..', './a', 'a/%2e%2E/b', '.%2e', '%252e%25252e/b', 'a%2f..%2fb']
    .map(inV1)
    .concat(`../${V1}`),
  'contains a control character or a backslash': ['a\\b', 'a%5cb', 'a\0', 'a%0d%0aHost:', '\ud800'].map(inV1),
  'contains a query (?) or a fragment (#)': ['a?b', 'a#b'].map(inV1).concat(`${V1}?a`, `${V1}#a`),
}

test.each(Object.entries(REJECTED).flatMap(([problem, values]) => values.map(value => [value, problem])))(
  'rejects %j, which %s',
  (value = '', problem) => {
    const message = messageFrom(() => parseContentPath(value))
    expect(message).toContain(
      ` ${problem}. Set it to a CID, optionally followed by a path, such as bafybei…/images/logo.png.`,
    )
  },
)

test('requests the path below the CID as the user wrote it', () => {
  const segment = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 20 }),
    fc.array(fc.constantFrom('.', '..', '%2e', '%25', '%', '/', '%2f', ' ', 'é', '\\', '%5C', '?'), { maxLength: 5 }),
  )
  fc.assert(
    fc.property(fc.array(segment, { maxLength: 4 }), parts => {
      const text = parts.flat().join('')
      let path: string
      try {
        path = parseContentPath(`${V1}/${text}`)
      } catch {
        return
      }
      // No proxy or URL parser can shorten the path, even by decoding it repeatedly.
      const { pathname, search, hash } = new URL(path, 'https://x')
      expect([pathname, search, hash]).toEqual([path, '', ''])
      expect(path).toMatch(/^[\x21-\x7e]+$/)
      const decode = (encoded: string) => Buffer.from(unescape(encoded), 'latin1').toString()
      expect(decode(path)).toBe(decode(unescape(encodeURIComponent(`/ipfs/${V1}/${text}`))))
    }),
    { numRuns: 1000 },
  )
})
