import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { messageOf } from '../../src/errors.ts'
import { proxyFor } from '../../src/http/proxy.ts'

const API = new URL('https://api.pinata.cloud/v3')
const PROXY = 'http://proxy.example.com:3128'

const hostFor = (env: NodeJS.ProcessEnv, server = API) => proxyFor(server, env)?.host

test.each([
  [{ https_proxy: PROXY }, 'proxy.example.com:3128'],
  [{ HTTPS_PROXY: PROXY }, 'proxy.example.com:3128'],
  [{ https_proxy: PROXY, HTTPS_PROXY: 'http://other' }, 'proxy.example.com:3128'],
  [{ https_proxy: '', HTTPS_PROXY: PROXY }, 'proxy.example.com:3128'],
  [{ https_proxy: '192.0.2.1:3128' }, '192.0.2.1:3128'],
  [{ http_proxy: PROXY }, undefined],
  [{}, undefined],
])('reads the proxy from the given environment: %j', (env, host) => {
  expect(hostFor(env)).toBe(host)
})

test('uses no proxy for plain http and for this machine', () => {
  for (const server of ['http://127.0.0.1/v3', 'https://localhost/v3', 'https://127.9.9.9/v3', 'https://[::1]/v3'])
    expect(hostFor({ https_proxy: PROXY }, new URL(server))).toBeUndefined()
})

describe('no_proxy', () => {
  test.each([
    ['api.pinata.cloud', API],
    ['pinata.cloud', API],
    ['.pinata.cloud', API],
    ['*.pinata.cloud', API],
    ['api.pinata.cloud.', API],
    ['API.Pinata.Cloud', API],
    ['*', API],
    ['localhost, .pinata.cloud', API],
    ['localhost,,\n*', API],
    ['api.pinata.cloud:443', API],
    ['*:443', API],
    ['pinata.cloud:8443', 'https://api.pinata.cloud:8443'],
    ['pinata.cloud', 'https://api.pinata.cloud.'],
    ['192.0.2.7', 'https://192.0.2.7'],
    ['192.0.2.0/24', 'https://192.0.2.7'],
    ['192.0.2.0/24:8443', 'https://192.0.2.7:8443'],
    ['0.0.0.0/0', 'https://192.0.2.7'],
    ['2001:DB8:0::1', 'https://[2001:db8::1]'],
    ['[2001:db8::1]:8443', 'https://[2001:db8::1]:8443'],
    ['2001:db8::/32', 'https://[2001:db8:9::1]'],
  ])('exempts with %j: %s', (list, server) => {
    for (const name of ['no_proxy', 'NO_PROXY'])
      expect(hostFor({ https_proxy: PROXY, [name]: list }, new URL(server))).toBeUndefined()
  })

  test.each([
    ['', API],
    ['*.', API],
    ['inata.cloud', API],
    ['www.api.pinata.cloud', API],
    ['pinata.cloud:8443', API],
    ['*:8443', API],
    ['api.pinata.cloud:https', API],
    ['pi*.cloud', API],
    ['2.7', 'https://192.0.2.7'],
    ['192.0.3.0/24', 'https://192.0.2.7'],
    ['192.0.2.0/33', 'https://192.0.2.7'],
    ['192.0.2.0/', 'https://192.0.2.7'],
    ['192.0.2.0/24/8', 'https://192.0.2.7'],
    ['192.0.2.0/-1', 'https://192.0.2.7'],
    ['::/0', 'https://192.0.2.7'],
    ['0.0.0.0/0', 'https://[2001:db8::1]'],
    ['2001:db8::/32', 'https://[2001:db9::1]'],
    ['[2001:db8::1]:8443', 'https://[2001:db8::1]'],
  ])('does not exempt with %j: %s', (list, server) => {
    expect(hostFor({ https_proxy: PROXY, no_proxy: list }, new URL(server))).toBe('proxy.example.com:3128')
  })

  test('prefers no_proxy to NO_PROXY, and ignores the variables of this process', () => {
    process.env.NO_PROXY = '*'
    expect(hostFor({ https_proxy: PROXY })).toBe('proxy.example.com:3128')
    delete process.env.NO_PROXY
    expect(hostFor({ https_proxy: PROXY, no_proxy: 'example.com', NO_PROXY: '*' })).toBe('proxy.example.com:3128')
  })

  test('never throws, whatever it contains', () => {
    const entry = fc.array(fc.constantFrom('.', '*', ':', '/', '[', ']', ',', '1', '10.0.0.0', '::', 'a'), {
      maxLength: 8,
    })
    fc.assert(
      fc.property(entry, parts => {
        proxyFor(new URL('https://10.0.0.1'), { https_proxy: PROXY, no_proxy: parts.join('') })
      }),
    )
  })
})

test.each([
  ['localhost:3128', 'is not an http or https URL'],
  ['[', 'is not an http or https URL'],
  ['http://127.0.0.1:99999', 'is not an http or https URL'],
  ['http://a%zz:b@proxy.example.com', 'is a URL with a malformed percent-encoding'],
  ['ftp://proxy.example.com', 'is not an http or https URL'],
  ['http://proxy.example.com/path', 'is not an http or https URL'],
  ['socks5://proxy.example.com', 'is a SOCKS proxy'],
  ['SOCKS5H://proxy.example.com', 'is a SOCKS proxy'],
])('rejects the proxy %s', (value, problem) => {
  expect(() => proxyFor(API, { https_proxy: value })).toThrow(`The proxy in https_proxy ${problem}`)
})

test('uses or rejects a password with special characters, and never shows a part of it', () => {
  const special = fc.constantFrom(...'#/?@:\\[]%&= 0123456789')
  // Letters that no message contains.
  const letters = fc.stringMatching(/^[qxz]{3,6}$/)
  const password = fc.array(fc.oneof(letters, special), { minLength: 1, maxLength: 8 }).map(parts => parts.join(''))
  const PREFIXES = ['http://user:', 'https://user:', 'http://', 'user:', '', 'socks5://user:', 'http://user@']
  fc.assert(
    fc.property(password, fc.constantFrom(...PREFIXES), (secret, prefix) => {
      const value = `${prefix}${secret}@proxy.example.com:8080`
      try {
        // Any other host would be shown in the error of its connection.
        expect([undefined, 'proxy.example.com:8080']).toContain(hostFor({ https_proxy: value }))
      } catch (error) {
        const message = messageOf(error)
        expect(message).toMatch(/^The proxy in https_proxy is /)
        expect(message).not.toMatch(/[qxz]{3}/)
        expect(message.length).toBeLessThanOrEqual(300)
      }
    }),
    {
      numRuns: 2000,
      examples: ['pa#ss', '12#ss', '12/ss', '12?ss', '12\\ss', '#ss'].map(secret => [secret, 'http://user:']),
    },
  )
})
