import { expect, test } from '@jest/globals'
import { type Core, logTo } from '../../src/runner/log.ts'
import { Masks, secretForms } from '../../src/runner/masks.ts'
import { pinataWithGateway, runKeyStep } from '../support/step.ts'

const AWKWARD = `a+b/c=d e"f\\g&h%i'(j)!*~é😀`

test.each<[string, (text: string) => string]>([
  ['as it is', text => text],
  ['in a path', encodeURIComponent],
  ['in a URL', encodeURI],
  ['in a form', text => new URLSearchParams({ k: text }).toString().slice(2)],
  ['in a query', text => new URL(`https://x/?${new URLSearchParams({ k: text })}`).search.slice(3)],
  [
    'with strict escapes',
    text => encodeURIComponent(text).replace(/[!'()*]/g, c => `%${c.charCodeAt(0).toString(16).toUpperCase()}`),
  ],
  ['with lower-case escapes', text => encodeURIComponent(text).replace(/%../g, escaped => escaped.toLowerCase())],
  ['in JSON', text => JSON.stringify(text).slice(1, -1)],
  ['in JSON with slashes escaped', text => JSON.stringify(text).slice(1, -1).replaceAll('/', '\\/')],
  ['in JSON as Go writes it', text => JSON.stringify(text).slice(1, -1).replace('&', '\\u0026')],
  ['in a path, with its slashes', text => encodeURIComponent(text).replace('%2F', '/')],
  [
    'in JSON of ASCII only',
    text =>
      JSON.stringify(text)
        .slice(1, -1)
        .replace(/[^ -~]/g, c => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`),
  ],
])('%s', (_name, encode) => {
  expect(secretForms(AWKWARD)).toContain(encode(AWKWARD))
})

test('an ordinary secret has one form, so the log shows one mask', () => {
  expect(secretForms('eyJhbGciOi.eyJzdWIi-_.abc')).toEqual(['eyJhbGciOi.eyJzdWIi-_.abc'])
})

test('each line of a secret over several lines is masked', () => {
  expect(secretForms('first line\r\n  second line\n')).toEqual(expect.arrayContaining(['first line', 'second line']))
})

test('half a surrogate pair is no reason to fail', () => {
  expect(() => secretForms('a\ud800b')).not.toThrow()
})

test('nothing is masked for nothing', () => {
  const masks: string[] = []
  new Masks(value => masks.push(value)).add('')
  expect(masks).toEqual([])
})

test('what is too short for a secret blanks out no log', () => {
  const masks: string[] = []
  const secrets = new Masks(value => masks.push(value))
  secrets.add('{\n"jwt": "eyJ.a.b"\n}')
  expect(masks).toContain('"jwt": "eyJ.a.b"')
  expect(masks).not.toContain('}')
  expect(secrets.redact('{}')).toBe('{}')
})

test('each form is masked once', () => {
  const masks: string[] = []
  const secrets = new Masks(value => masks.push(value))
  secrets.add('a b')
  const once = [...masks]
  secrets.add('a b')
  expect(masks).toEqual(once)
})

test('redacts the longest form first', () => {
  const secrets = new Masks(() => {})
  secrets.add('a-key')
  secrets.add('a-key-and-more')
  expect(secrets.redact('a-key-and-more, a-key')).toBe('***, ***')
})

test('a key that needs escaping is masked in its forms before it is an output', async () => {
  const { pinata, inputs } = await pinataWithGateway(1)
  pinata.fault({ kind: 'body', method: 'POST', body: json => ({ data: { ...json.data, value: 'a+b/c="d"' } }) })
  const done = await runKeyStep(inputs)
  expect(done.outputs['gateway-key']).toBe('a+b/c="d"')
  expect(done.masks).toEqual(expect.arrayContaining(['a+b/c="d"', 'a%2Bb%2Fc%3D%22d%22', 'a+b/c=\\"d\\"']))
})

test.each(['info', 'warning', 'error', 'debug'] as const)('the log takes secrets out of every %s itself', kind => {
  const said: string[] = []
  const secrets = new Masks(() => {})
  secrets.add('the-secret')
  const core = { [kind]: (message: string) => said.push(message) } as unknown as Core
  logTo(core, secrets, 'Test')[kind]('It is the-secret.')
  expect(said).toEqual(['It is ***.'])
})
