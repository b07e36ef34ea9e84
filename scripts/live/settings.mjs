// The variables of `npm run live`, checked before any request.

/** @typedef {Extract<ReturnType<typeof readSettings>, { settings: object }>['settings']} Settings */

export const USAGE = `npm run live runs the built action against Pinata's live API and a live gateway, and compares the
responses with the emulator's. It adds access controls to the gateway, and then removes them. Its variables:
  PINATA_JWT, GATEWAY_ID, CID: required: the JWT of an API key with the scope org:gateways:write, the ID (not the domain)
    of a gateway without important readers, and the CID of a small file that is pinned to the account and is not HTML
  HTML_CID: the CID of an HTML file, to test HTML as well
  YES_LOCK: set it to true to continue if the gateway has no access control, as with --yes-lock
  WAIT_SECONDS: how long to wait for an access control to start or stop working (default 60)
  REQUESTS_PER_MINUTE: to Pinata's API (default 50, because the Free plan allows 60)
  PINATA_API_URL, PINATA_GATEWAY_URL: other addresses, https or on this machine`

const ADDRESS = /^(https:\/\/|http:\/\/(127\.0\.0\.1|localhost|\[::1\])[:/])[^@?#]+$/

/**
 * @param {Record<string, string | undefined>} env
 * @param {string[]} args
 * @returns the settings, or problems that name a variable, but never its value
 */
export function readSettings(env, args) {
  const value = (/** @type {string} */ name) => (env[name] ?? '').trim().replace(/\/+$/, '')
  const missing = ['PINATA_JWT', 'GATEWAY_ID', 'CID'].filter(name => value(name) === '')
  const unsafe = ['PINATA_API_URL', 'PINATA_GATEWAY_URL'].filter(name => value(name) && !ADDRESS.test(value(name)))
  const problems = [
    ...missing.map(name => `${name} is not set.`),
    ...unsafe.map(name => `${name} is neither an https address nor an http address of this machine.`),
    ...args.filter(arg => arg !== '--yes-lock').map(() => 'The only argument is --yes-lock.'),
  ]
  if (problems.length > 0) return { problems }
  return {
    settings: {
      jwt: value('PINATA_JWT').replace(/^Bearer\s+/i, ''),
      gatewayId: value('GATEWAY_ID'),
      cid: value('CID'),
      htmlCid: value('HTML_CID'),
      apiUrl: value('PINATA_API_URL') || 'https://api.pinata.cloud/v3',
      gatewayUrl: value('PINATA_GATEWAY_URL'),
      mayLock: args.includes('--yes-lock') || value('YES_LOCK') === 'true',
      waitMs: (Number(value('WAIT_SECONDS')) || 60) * 1000,
      perMinute: Number(value('REQUESTS_PER_MINUTE')) || 50,
    },
  }
}
