// The messages of the action, as a reader looks for them: without what differs from run to run, and one by one where one
// message holds another.
import { DOMAIN, GATEWAY_ID, ORIGIN } from './world.mjs'

const ID = '(?:[\\da-f]{8}(?:-[\\da-f]{4}){3}-[\\da-f]{12}|<new key ID>)'
const GATEWAY = `(?:${DOMAIN}\\.mypinata\\.cloud|${GATEWAY_ID})`
const ORIGIN_TEXT = ORIGIN.replaceAll('.', '\\.')
/** What was to be done, in errors of Pinata's and of GitHub's. */
const DEEDS = [
  'list the gateways|read the gateway|create a key|add the origin <origin>|revoke key <key ID>|remove origin <origin>',
  'list the records of names|record the name|set the status of the record|read the status of the record',
  'set the record inactive|remove the record',
].join('|')

/** What differs, and what stands for it; one after the other. @type {[RegExp, string][]} */
const VARIABLES = [
  [/\(HTTP \d{3}.*?\)(?= [A-Z]|$)/g, '(HTTP …)'],
  [/"[^"]*"(?: \(with [^)]* in it\))?/g, '"…"'],
  [new RegExp(`(could not be revoked: )(?:(?:${ID}|${ORIGIN_TEXT})(?:, |(?=\\. )))+`, 'g'), '$1…'],
  [/^\d+ of .*?(?= could not be revoked)/, '<number> of <number>'],
  [new RegExp(`(gateway) ${GATEWAY}`, 'gi'), '$1 <gateway>'],
  [new RegExp(`(with its dot: )${GATEWAY}`), '$1…'],
  [/(this step|newest first): .*?(?=\. Revoke)/, '$1: <key ID>, …'],
  [/(waiting for the answer to ).*?(?=\. )/, '$1…'],
  [new RegExp(ID, 'g'), '<key ID>'],
  [new RegExp(`(origin|than) ${ORIGIN_TEXT}`, 'gi'), '$1 <origin>'],
  [/(the name|whether) pr-\d\b/gi, '$1 <name>'],
  [/ \(deployment \d+ of environment pinata-gateway-keys\)(?: and \d+ more)?/, ' (…)'],
  [/Deployment \d+/, 'Deployment <number>'],
  [/octo-org\/octo-site/g, '<repository>'],
  [new RegExp(`\\b(?:${DEEDS})(?=[.:,]| in <)`, 'g'), '…'],
  [/(api\.(?:pinata\.cloud|github\.com)): .*?(?=\. (?:Check that|If a proxy))/, '$1: …'],
  [/(The answer to the \w+ of .* was HTTP ).*?(?=\.$|\. The| Whether)/, '$1…'],
  [/a redirect to \S+,/, 'a redirect,'],
  [/ \d+ times\./, ' <number> times.'],
  [/\(\d+ looked at\)/, '(<number> looked at)'],
  [/it has \d+ characters?/, 'it has <number> characters'],
  [/^.*(?= are given, but)/, '…'],
  [/revoke: after-job has/, 'revoke: … has'],
  // Its middle is a message of its own.
  [/^(The step ended .*?\.) (.+) (Please report .*)$/, '$1 $3 $2'],
  [/Unexpected error: .*?(?=\. Please)/, 'Unexpected error: …'],
  [/\(\w+:\/\/\)/, '(…)'],
]

/** Where the message of another begins: after these words. */
const BEFORE_ANOTHER = [
  /the gateway could not be read\./,
  /access controls could not be read\./,
  /are cut off now\./,
  /anybody can read its pinned content\./,
  /could not be revoked: …\./,
  /that no job uses\./,
  /if no other job uses it\./,
  /removes all of them by origin\./,
  /with the revoke action or in Pinata\./,
  /could not be looked at\./,
  /or sweeps removes it\./,
  /removes the record\./,
  /still stands for (?:key <key ID>|origin <origin>) on GitHub\./,
  /is gone could not be read\./,
  /No (?:key was created|origin was added)\./,
]
/** And before these. */
const ANOTHER = [
  /(?:Key <key ID>|Origin <origin>), (?:created|added) just before,/,
  /(?:Key <key ID>|Origin <origin>) was (?:created|added) on/,
  /(?:Key <key ID>|Origin <origin>) of gateway/,
  /Origin <origin> stays/,
  /Whether the (?:key|origin) is gone/,
  /The gateway still lists/,
]
/** @param {RegExp[]} all */
const anyOf = all => all.map(({ source }) => source).join('|')
const JOINT = new RegExp(`(?<=${anyOf(BEFORE_ANOTHER)}) |(?<=[.)]) (?=${anyOf(ANOTHER)})`)

/**
 * The messages in a message, with `…` and `<key ID>` for what differs.
 *
 * @param {string} message
 * @returns {string[]}
 */
export function messagesIn(message) {
  let text = message
  for (const [pattern, instead] of VARIABLES) text = text.replace(pattern, instead)
  return text.split(JOINT)
}
