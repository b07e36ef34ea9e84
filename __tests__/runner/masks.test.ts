import { inspect } from 'node:util'
import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { type Core, logTo } from '../../src/runner/log.ts'
import { Masks, secretForms } from '../../src/runner/masks.ts'
import { Secret } from '../../src/secret.ts'

const AWKWARD = `a+b/c=d e"f\\g&h%i'(j)!*~é😀`
const URI = encodeURIComponent(AWKWARD)
const IN_JSON = JSON.stringify(AWKWARD).slice(1, -1)
const hex = (character: string) => character.charCodeAt(0).toString(16)

test.each([
  ['as is', AWKWARD],
  ['in a path', URI],
  ['in a path, with its slashes', URI.replace('%2F', '/')],
  ['in a URL', encodeURI(AWKWARD)],
  ['in a query, encoded for a path', URI.replaceAll("'", '%27')],
  ['in a form or a query', String(new URLSearchParams({ '': AWKWARD })).slice(1)],
  ['with strict escapes', URI.replace(/[!'()*]/g, character => `%${hex(character).toUpperCase()}`)],
  ['with lowercase escapes', URI.replace(/%../g, escaped => escaped.toLowerCase())],
  ['in JSON', IN_JSON],
  ['in JSON with escaped slashes', IN_JSON.replaceAll('/', '\\/')],
  ['in JSON as Go writes it', IN_JSON.replace('&', '\\u0026')],
  ['in ASCII-only JSON', IN_JSON.replace(/[^ -~]/g, character => `\\u${hex(character).padStart(4, '0')}`)],
])('knows the form of a secret %s', (_name, form) => {
  expect(secretForms(AWKWARD)).toContain(form)
})

const CONTENT = 'https://gw.example/ipfs/bafy'

const PLACES: Record<string, (secret: string) => URL> = {
  'in the text of a query': secret => new URL(`${CONTENT}?pinataGatewayToken=${secret}`),
  'in the text of a path': secret => new URL(`https://gw.example/key-${secret}`),
  'as user info': secret => Object.assign(new URL(CONTENT), { username: secret }),
  'as a password': secret => Object.assign(new URL('https://me@gw.example/ipfs/bafy'), { password: secret }),
  'as the query': secret => Object.assign(new URL(CONTENT), { search: `?${secret}` }),
  'as the path': secret => Object.assign(new URL(CONTENT), { pathname: `/ipfs/${secret}` }),
  'as the fragment': secret => Object.assign(new URL(CONTENT), { hash: `#${secret}` }),
  'as a parameter': secret => new URL(`${CONTENT}?${new URLSearchParams({ pinataGatewayToken: secret })}`),
}

test.each(Object.entries(PLACES))('masks a secret %s of a URL, as href prints it', (_name, put) => {
  const EXAMPLES = [
    '/a-secret?that#begins-with-a-slash',
    '?#a-secret/that?begins-with-a-mark',
    'a-secret\\with-a-backslash',
  ]
  EXAMPLES.push(`abc'd^e|f{g}h\`i<j>k"l#m?n@o:p;q=r[s]t`)
  const MARK = 'a-secret-without-escapes'
  const expected = put(MARK).href.replace(MARK, '***')
  // Dots between slashes have a special meaning in a path. Readers can't send line breaks or control characters.
  const isDots = /(^|[/\\])(\.|%2e){1,2}([/\\?#]|$)/i
  const secret = fc
    .string({ unit: 'grapheme', minLength: 20, maxLength: 60 })
    .filter(text => text === text.trim() && !isDots.test(text))
  fc.assert(
    fc.property(secret, text => {
      const masks = new Masks(() => {})
      masks.add(text)
      expect(masks.redact(put(text).href)).toBe(expected)
    }),
    { examples: EXAMPLES.map(text => [text]) },
  )
})

test('does not mask what is left of a secret after a URL drops part of it', () => {
  expect(secretForms('../../../data')).not.toContain('data')
})

/** A secret that needs no escaping. */
const PLAIN = 'eyJhbGciOi.eyJzdWIi-_.abc'

test.each([
  ['one form of an ordinary secret, so the log shows one mask', PLAIN, [PLAIN]],
  ['all forms of a secret with half a surrogate pair', 'a\ud800b', ['a%EF%BF%BDb', 'a%ef%bf%bdb', 'a\\ud800b']],
  ['nothing for an empty secret', '', []],
])('masks %s', (_name, secret, expected) => {
  const printed: string[] = []
  const masks = new Masks(value => printed.push(value))
  masks.add(secret)
  masks.add(secret)
  expect(printed).toEqual(expected)
})

test('masks each line of a secret if the line is long enough', () => {
  const printed: string[] = []
  const masks = new Masks(value => printed.push(value))
  masks.add('{\r\n  "jwt": "eyJ.a.b"\n"api-key": 1\n}')
  expect(printed).toEqual(expect.arrayContaining(['"jwt": "eyJ.a.b"', '"api-key": 1']))
  // The runner masks each line of a multiline value, however short.
  expect(printed.flatMap(value => value.split('\n'))).not.toContain('}')
  expect(masks.redact('{}')).toBe('{}')
})

test('redacts the longest form first', () => {
  const masks = new Masks(() => {})
  masks.add('a-key')
  masks.add('a-key-and-more')
  expect(masks.redact('a-key-and-more, a-key')).toBe('***, ***')
})

test.each(['info', 'warning', 'error', 'debug'] as const)('removes secrets from every %s in the log', kind => {
  const printed: string[] = []
  const secrets = new Masks(() => {})
  secrets.add('the##[secret')
  const core = { [kind]: (message: string) => printed.push(message) } as unknown as Core
  logTo(core, secrets, 'Test')[kind]('It is the##[secret.')
  expect(printed).toEqual(['It is ***.'])
})

test.each([
  ['in a string', (secret: Secret) => `${secret}`],
  ['as JSON', (secret: Secret) => JSON.stringify({ secret })],
  ['as the console shows it', (secret: Secret) => inspect({ secret }, { showHidden: true })],
])('prints a secret as *** %s', (_name, print) => {
  const printed = print(new Secret('s3cret-value'))
  expect(printed).toContain('***')
  expect(printed).not.toContain('s3cret-value')
})
