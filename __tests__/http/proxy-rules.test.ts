import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { messageOf } from '../../src/errors.ts'
import { proxyFor } from '../../src/http/proxy.ts'

const PROXY = 'http://proxy.example.com:3128'

function hostFor(env: NodeJS.ProcessEnv, server = 'https://api.pinata.cloud/v3') {
  for (const name of ['https_proxy', 'HTTPS_PROXY', 'no_proxy', 'NO_PROXY']) delete process.env[name]
  Object.assign(process.env, env)
  return proxyFor(new URL(server))?.host
}

test.each([
  [{ https_proxy: PROXY }, 'proxy.example.com:3128'],
  [{ HTTPS_PROXY: PROXY }, 'proxy.example.com:3128'],
  // On Windows, both names are the same variable, and the last value counts.
  [{ HTTPS_PROXY: 'http://other', https_proxy: PROXY }, 'proxy.example.com:3128'],
  [{ https_proxy: '', HTTPS_PROXY: PROXY }, 'proxy.example.com:3128'],
  [{ https_proxy: '192.0.2.1:3128' }, '192.0.2.1:3128'],
  [{ https_proxy: 'proxy.example.com:3128' }, 'proxy.example.com:3128'],
  [{ http_proxy: PROXY }, undefined],
  [{}, undefined],
])('reads the proxy from the environment: %j', (env, host) => {
  expect(hostFor(env)).toBe(host)
})

test('uses no proxy for plain HTTP or for this machine', () => {
  for (const server of ['http://127.0.0.1/v3', 'https://localhost/v3', 'https://127.9.9.9/v3', 'https://[::1]/v3'])
    expect(hostFor({ https_proxy: PROXY }, server)).toBeUndefined()
})

test.each([
  [
    undefined,
    ['api.pinata.cloud', 'Pinata.cloud', '.pinata.cloud', 'localhost, pinata.cloud', 'pinata.cloud:443', '*'],
  ],
  ['proxy.example.com:3128', ['', 'inata.cloud', 'www.api.pinata.cloud', 'pinata.cloud:8443']],
])('returns the proxy %s if no_proxy is any of %j', (host, lists) => {
  for (const name of ['no_proxy', 'NO_PROXY'])
    for (const list of lists) expect([list, hostFor({ https_proxy: PROXY, [name]: list })]).toEqual([list, host])
})

const NO_URL = ['[', 'http://127.0.0.1:99999', 'ftp://proxy.example.com', `${PROXY}/path`, 'http://a%zz:b@a.example']

test.each([
  [
    'is not a valid HTTP or HTTPS URL (in usernames and passwords, write # as %23, / as %2F, ? as %3F, and % as %25)',
    NO_URL,
  ],
  ["is a SOCKS proxy, which this action can't use", ['socks5://proxy.example.com', 'SOCKS5H://proxy.example.com']],
])('rejects a proxy that %s: %j', (problem, values) => {
  for (const value of values)
    expect(() => hostFor({ https_proxy: value })).toThrow(
      new Error(`https_proxy ${problem}. Set it to http://host:port, or unset it.`),
    )
})

test('uses or rejects a password with special characters, and never shows any part of it', () => {
  const special = fc.constantFrom(...'#/?@:\\[]%&= 0123456789')
  // Letters that no message contains.
  const letters = fc.stringMatching(/^[qxz]{3,6}$/)
  const password = fc.array(fc.oneof(letters, special), { minLength: 1, maxLength: 8 }).map(parts => parts.join(''))
  const EXAMPLES = ['pa#ss', '12#ss', '12/ss', '12?ss', '12\\ss', '#ss']
  const PREFIXES = ['http://user:', 'https://user:', 'http://', 'user:', '', 'socks5://user:', 'http://user@']
  fc.assert(
    fc.property(password, fc.constantFrom(...PREFIXES), (secret, prefix) => {
      const value = `${prefix}${secret}@proxy.example.com:8080`
      try {
        // A connection error would show any other host, which may contain part of the password.
        expect([undefined, 'proxy.example.com:8080']).toContain(hostFor({ https_proxy: value }))
      } catch (error) {
        const message = messageOf(error)
        expect(message).toMatch(/^https_proxy is /)
        expect(message).not.toMatch(/[qxz]{3}/)
        expect(message.length).toBeLessThanOrEqual(300)
      }
    }),
    { numRuns: 2000, examples: EXAMPLES.map(secret => [secret, 'http://user:']) },
  )
})
