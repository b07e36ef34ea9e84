import { expect, test } from '@jest/globals'
import { explainFault, type Fault, faultOf } from '../../src/http/network-faults.ts'

const context = {
  action: 'add the origin https://pr-7.example.com',
  apiUrl: 'https://api.pinata.cloud/v3',
  service: 'Pinata',
  source: 'api-url',
}
const REASON = 'the certificate is not trusted (UNABLE_TO_VERIFY_LEAF_SIGNATURE)'

const explained = (traits: Partial<Fault>, reason = REASON) => explainFault(faultOf(reason, traits), context)

test.each<[Partial<Fault>, string]>([
  [
    {},
    "Check that Pinata is up and that the runner can reach it (check api-url, the runner's firewall, and https_proxy), and then try again.",
  ],
  [
    { cause: 'certificate' },
    'If your proxy inspects TLS, set NODE_EXTRA_CA_CERTS to the path of its certificate (or NODE_USE_SYSTEM_CA to 1 if the runner trusts it). Otherwise, check api-url.',
  ],
  [{ cause: 'tls' }, 'Check api-url and https_proxy.'],
  [{ cause: 'proxy-credentials' }, 'Check the username and password in https_proxy.'],
  [{ cause: 'time' }, 'Run the job again later.'],
  [{ cause: 'response' }, "Check api-url, and check whether a proxy is changing Pinata's responses."],
])('explains how to fix a fault: %j', (traits, advice) => {
  const message = explained(traits)
  expect(message).toBe(`Could not add the origin https://pr-7.example.com via api.pinata.cloud: ${REASON}. ${advice}`)
  expect(message.length).toBeLessThanOrEqual(300)
})

test('names the setting that the URL comes from', () => {
  expect(explainFault(faultOf(REASON), { ...context, source: 'gateway-id' })).toContain('(check gateway-id, the runner')
})

test("shows a user's long hostname in full", () => {
  const host = `${'a-very-long-name.'.repeat(4)}example.com`
  expect(explained({}, `getaddrinfo ENOTFOUND ${host}`)).toContain(host)
})
