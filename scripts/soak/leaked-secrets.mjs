// Finds secrets in places that must not contain them.
import { findLeaks } from '../../emulator/runner/runner.mjs'

/** @import { RunResult } from './run.mjs' */

/**
 * Searches requests to servers that must not get a secret, and what steps printed or left, except keys in outputs.
 * @param {RunResult} result
 * @returns {string[]} a sentence for each leak
 */
export function leaksOf({ jobs, created, remaining, tokens, requests }) {
  const secrets = [
    ...[...created, ...remaining.values()].map(({ id, value }) =>
      // An origin is public, but its ID is secret.
      value.startsWith('https://')
        ? { kind: 'origin', secret: id, title: 'the ID of an origin' }
        : { kind: 'key', secret: value, title: `the value of key ${id}` },
    ),
    ...tokens.map(secret =>
      secret.startsWith('eyJ') ? { kind: 'jwt', secret, title: 'a JWT' } : { kind: 'token', secret, title: 'a token' },
    ),
  ]
  const results = jobs.flatMap(({ processes }) => processes.map(({ result }) => result))
  const kept = results.map(({ raw, outputs: { 'gateway-key': _key, ...outputs }, masks: _masks, ...others }) => {
    // The runner removes these lines.
    const lines = raw.split('\n').filter(line => !line.startsWith('::add-mask::'))
    return [lines, outputs, others]
  })
  const printed = results.map(({ log, summary, annotations, outputs }) => [log, summary, annotations, outputs])
  const toPinata = requests.pinata.map(({ path, body, headers }) => [path, body, { ...headers, authorization: '' }])
  const toGitHub = requests.github.map(({ path, body, headers }) => [path, body, headers])
  /** @type {[where: string, kinds: string[], content: unknown][]} */
  const places = [
    ['what a step left', ['key', 'jwt', 'token'], kept],
    ['what a step printed', ['origin'], printed],
    ['requests to Pinata', ['key', 'jwt', 'token'], toPinata],
    ['headers of requests to Pinata', ['token'], requests.pinata.map(({ headers }) => headers)],
    ['requests to GitHub', ['key', 'jwt', 'origin'], toGitHub],
  ]
  const found = places.flatMap(([where, kinds, content]) => {
    const text = JSON.stringify(content)
    const leaked = secrets.filter(({ kind, secret }) => kinds.includes(kind) && findLeaks(text, [secret]).length > 0)
    return leaked.map(({ title }) => `Found ${title} in ${where}.`)
  })
  return [...new Set(found)]
}
