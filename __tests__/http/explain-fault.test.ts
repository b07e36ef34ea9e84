import { expect, test } from '@jest/globals'
import type { Fault, FaultCause } from '../../src/http/answers.ts'
import { explainFault } from '../../src/http/describe.ts'

const context = {
  action: 'add the origin https://pr-7.example.com',
  apiUrl: 'https://api.pinata.cloud/v3',
  service: 'Pinata',
  source: 'api-url',
}
const START = 'Could not add the origin https://pr-7.example.com: api.pinata.cloud:'

const explained = (reason: string, cause?: FaultCause) =>
  explainFault({ kind: 'fault', reason, sent: true, transient: true, ...(cause && { cause }) } satisfies Fault, context)

test.each<[FaultCause | undefined, string, string]>([
  [
    undefined,
    'connect ECONNREFUSED 192.0.2.7:443',
    'Check that the runner can reach it (firewall, https_proxy) and that Pinata is up, then try again.',
  ],
  [
    'certificate',
    'the certificate is not trusted (UNABLE_TO_VERIFY_LEAF_SIGNATURE)',
    'If your proxy inspects TLS, set NODE_EXTRA_CA_CERTS to the path of its certificate, or NODE_USE_SYSTEM_CA to 1 if the runner trusts it. Otherwise check api-url.',
  ],
  ['tls', 'the other side does not speak TLS (ERR_SSL_WRONG_VERSION_NUMBER)', 'Check api-url and https_proxy.'],
  ['proxy-credentials', 'the proxy responded with HTTP 407', 'Check the user name and the password in https_proxy.'],
  ['time', "no complete response before the step's time limit was reached", 'Run the job again later.'],
  [
    'response',
    'the response (HTTP 200, text/html) is not JSON',
    "Check api-url, and whether a proxy changes Pinata's responses.",
  ],
])('advises what to do about a fault of the kind %s', (cause, reason, advice) => {
  const message = explained(reason, cause)
  expect(message).toBe(`${START} ${reason}. ${advice}`)
  expect(message.length).toBeLessThanOrEqual(300)
})

test('shows a long host name of the user whole', () => {
  const host = `${'a-very-long-name.'.repeat(4)}example.com`
  expect(explained(`getaddrinfo ENOTFOUND ${host}`)).toContain(host)
})
