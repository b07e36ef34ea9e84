// Where a secret can be read that must not be there.
import { leaks } from '../../emulator/runner/runner.mjs'

/** @import { RunResult } from './run.mjs' */

/**
 * Searches what a step printed or left behind but for its outputs, and what went to a server that it is not for.
 * @param {RunResult} result
 * @returns {string[]} a sentence each
 */
export function leaksOf({ jobs, made, left, tokens, requests }) {
  // An origin is public, and its ID is secret.
  const isOrigin = (/** @type {{ value: string }} */ { value }) => value.startsWith('https://')
  const all = [...made, ...left.values()]
  const originIds = all.filter(isOrigin).map(({ id }) => id)
  const keys = all.filter(control => !isOrigin(control)).map(({ value }) => value)
  const jwts = tokens.filter(token => token.startsWith('eyJ'))
  const githubTokens = tokens.filter(token => !jwts.includes(token))
  const secrets = [...keys, ...tokens]
  const results = jobs.flatMap(({ processes }) => processes.map(({ result }) => result))
  const kept = results.map(({ raw, outputs: { 'gateway-key': _key, ...outputs }, masks: _masks, ...others }) => {
    // The runner takes these lines out.
    const lines = raw.split('\n').filter(line => !line.startsWith('::add-mask::'))
    return [lines, outputs, others]
  })
  const printed = results.map(({ log, summary, annotations, outputs }) => [log, summary, annotations, outputs])
  const toPinata = requests.pinata.map(({ path, body, headers }) => [path, body, { ...headers, authorization: '' }])
  /** @type {[where: string, secrets: string[], told: unknown][]} */
  const places = [
    ['what a step left', secrets, kept],
    ['what a step printed', originIds, printed],
    ['requests to Pinata', secrets, toPinata],
    ['tokens for Pinata', githubTokens, requests.pinata.map(({ headers }) => headers)],
    [
      'requests to GitHub',
      [...keys, ...jwts, ...originIds],
      requests.github.map(({ path, body, headers }) => [path, body, headers]),
    ],
  ]
  const nameOf = (/** @type {string} */ secret) => {
    if (jwts.includes(secret)) return 'a JWT'
    if (originIds.includes(secret)) return 'the ID of an origin'
    const key = all.find(({ value }) => value === secret)
    return key ? `the value of key ${key.id}` : 'a token'
  }
  const found = places.flatMap(([where, secrets, told]) =>
    leaks(JSON.stringify(told), secrets).map(leak => {
      const [form, secret = ''] = leak.split(' of ')
      return `In ${where} there is ${nameOf(secret)}, ${form}.`
    }),
  )
  return [...new Set(found)]
}
