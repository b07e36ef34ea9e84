// The variables of `npm run live`, checked before any request. docs/development.md explains them, except for
// PINATA_API_URL and PINATA_GATEWAY_URL, which replace Pinata's addresses and must use HTTPS or be on this machine.

/** @typedef {Extract<ReturnType<typeof readSettings>, { settings: object }>['settings']} Settings */

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
    ...unsafe.map(name => `${name} is neither an HTTPS address nor an HTTP address of this machine.`),
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
