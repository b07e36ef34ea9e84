import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { parseContentPath } from '../../src/inputs/cid.ts'
import { messageFrom } from '../support/inputs.ts'

/** The same directory as a CIDv0 and a CIDv1. */
const V0 = 'QmbWqxBEKC3P8tqsKc98xmWNzrzDtRLMiMPL8wBuTGsMnR'
const V1 = 'bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi'
const inV1 = (path: string) => `${V1}/${path}`

test.each([
  ['base 2', '000000001010101010000000000000000'],
  ['base 8', '700252400000'],
  ['base 10', '998241358493049824135849304982413584930'],
  ['base 16', 'f01701220c3c4733ec8affd06cf9e9ff50ffc6bcd2ec85a6170004bb709669c31de94391a'],
  ['base 16', 'F01550000'],
  ['base 32', V1],
  ['base 32', V1.toUpperCase()],
  ['base 32 with padding', 'cafkqaaa='],
  ['base 32 with hexadecimal digits', 'v05o14863ohpjti5fvk3cv7kvuk7voqud5r45kobg015re2b6jgott51p38'],
  ['base 32 with hexadecimal digits and padding', 'T05O14863OHPJTI5FVK3CV7KVUK7VOQUD5R45KOBG015RE2B6JGOTT51P38======'],
  ['z-base-32', 'hyfabregdat3u71fx9wdc98w96w89a46pf5rfwamoybf5qnmguoa77fb3de'],
  ['base 36', 'k2jmtxvxgxbmqmfc1ja6rmsxhxm7o9tk0mtihxwc4olbcsl3ovkj0qhe'],
  ['base 58', 'zdj7Wi6zUBM4vd6YyDZcWPqBtkhFHmRWcHFoxWFBSRbuehFPA'],
  ['base 64', 'mAXASIMPEcz7Ir/0Gz56f9Q/8a80uyFphcABLtwlmnDHelDka'],
  ['base 64 for URLs', 'uAXASIMPEcz7Ir_0Gz56f9Q_8a80uyFphcABLtwlmnDHelDka'],
  ['base 64 for URLs with padding', 'UAVUAAA=='],
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

const REJECTED = {
  'does not start with a CID': [
    ...['', 'hello', 'manifest', V0.slice(0, -1), `${V0}a`, V1.replace('g', '1'), `b${V1.slice(1).toUpperCase()}`],
    ...[`https://ipfs.io/ipfs/${V1}`, `/ipns/${V1}`, `/ipfs//ipfs/${V1}`],
    `${V1}/${'a'.repeat(2000)}`,
  ],
  'has `.` or `..` in its path': ['..', './a', 'a/%2e%2E/b', '.%2e', '%252e%25252e/b', 'a%2f..%2fb']
    .map(inV1)
    .concat(`../${V1}`),
  'contains a control character or a backslash': ['a\\b', 'a%5cb', 'a\0', 'a%0d%0aHost:', '\ud800'].map(inV1),
  'contains a query (?) or a fragment (#)': ['a?b', 'a#b'].map(inV1).concat(`${V1}?a`, `${V1}#a`),
}

test.each(Object.entries(REJECTED))('rejects what %s: %j', (problem, values) => {
  const advice = 'Set it to a CID, optionally followed by a path, such as bafybei…/images/logo.png.'
  for (const value of values) expect(messageFrom(() => parseContentPath(value))).toContain(` ${problem}. ${advice}`)
})

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
