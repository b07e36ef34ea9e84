import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { parseContentPath } from '../../src/inputs/cid.ts'
import { parseApiUrl, readGitHubToken, readJwt } from '../../src/inputs/credentials.ts'
import { parseDuration } from '../../src/inputs/duration.ts'
import { parseGatewayRef } from '../../src/inputs/gateway.ts'
import { parseName, parseNamePattern } from '../../src/inputs/name.ts'
import { parseOrigin } from '../../src/inputs/origin.ts'
import { parseFlag, parseKeyId, parseKeyIds, parseList } from '../../src/inputs/values.ts'
import { Masks } from '../../src/runner/masks.ts'
import { JWT, KEY_VALUE, messageFrom } from '../support/inputs.ts'

const masks = new Masks(() => {})
const PARSERS: [string, (value: string) => unknown][] = [
  ['origin', parseOrigin],
  ['gateway-id', parseGatewayRef],
  ['api-url', parseApiUrl],
  ['name', parseName],
  ['closed', parseNamePattern],
  ['key-id', value => parseKeyId('key-id', value)],
  ['keep', value => parseKeyIds('keep', value)],
  ['older-than', value => parseDuration('older-than', value)],
  ['list', value => parseList('list', value)],
  ['rotate', value => parseFlag('rotate', value)],
  ['wait-for', parseContentPath],
  ['wait-for', value => parseContentPath(`bafkqaaa/${value}`)],
  ['github-token', value => readGitHubToken(name => (name === 'pinata-jwt' ? '' : value.trim()), masks)],
  ['pinata-jwt', value => readJwt(() => value.trim(), masks, {})],
]

/** Parts of addresses and IDs, valid or broken. */
const PIECES = [
  ...'https:// http:// :: @ .. / ? # %2e :443 a - . ü * [ ] " ${{ , 😀 pinata.cloud 127.0.0.1'.split(' '),
  ...[' ', '\n', '\ud800'],
]
const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.webUrl({ withFragments: true, withQueryParameters: true }),
  fc.array(fc.constantFrom(...PIECES), { maxLength: 12 }).map(pieces => pieces.join('')),
)

test.each(PARSERS)('%s: throws only one-line errors that are meant for the user', (_name, parse) => {
  fc.assert(
    fc.property(anyText, value => {
      const message = messageFrom(() => parse(value)) ?? ''
      expect(message).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u)
      expect([...message].length).toBeLessThanOrEqual(300)
    }),
    { numRuns: 500 },
  )
})

test.each(PARSERS)('%s: reads 200,000 characters in linear time', (_name, parse) => {
  const start = performance.now()
  for (const piece of ['a', '-', 'a.', ':', 'eyJ', 'https://a', '\n']) {
    messageFrom(() => parse(piece.repeat(200_000 / piece.length)))
  }
  // Parsing takes a fraction of a second. In quadratic time, it would take several times the limit.
  expect(performance.now() - start).toBeLessThan(3000)
})

const secrets = fc.oneof(
  fc.constantFrom(JWT, KEY_VALUE),
  fc.stringMatching(/^gh[pso]_[A-Za-z0-9]{36}$/),
  fc.stringMatching(/^[A-Za-z0-9_-]{64}$/).filter(value => [/\d/, /[a-z]/, /[A-Z]/].every(each => each.test(value))),
  fc.stringMatching(/^[\da-f]{64}$/),
)
const affix = fc.constantFrom('', '"', "'", ' ', ', ', '\n', '{', '[', '["', 'Bearer ', '- ')

test.each(PARSERS)('%s: shows no part of a secret, user info, or a query', (_name, parse) => {
  fc.assert(
    fc.property(affix, secrets, affix, (before, secret, after) => {
      const message = messageFrom(() => parse(before + secret + after)) ?? ''
      expect(message).not.toContain(secret.slice(8, 24))
    }),
  )
  const password = fc.string({ unit: 'grapheme-ascii', maxLength: 20 }).map(text => `Hunter2${text}Hunter2`)
  const scheme = fc.constantFrom('https://', 'http://', 'ftp://', 'HTTPS://')
  fc.assert(
    fc.property(scheme, password, fc.webAuthority(), fc.boolean(), (start, secret, host, isQuery) => {
      const message = messageFrom(() => parse(isQuery ? `${start}${host}?a=${secret}` : `${start}me:${secret}@${host}`))
      expect(message ?? '').not.toMatch(/hunter2/i)
    }),
  )
})
