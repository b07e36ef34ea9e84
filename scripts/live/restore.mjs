// Leaves a gateway as it was: removes what a run added, and nothing else.
import { setTimeout as sleep } from 'node:timers/promises'

/** @import { Reply } from './exchange.mjs' */
/** @import { Controls, Item, Service } from './service.mjs' */

const TRIES = 3
const PAUSE_MS = 500

/**
 * Removes each access control that this run added. It is this run's if an answer gave its ID to this run, or if it is an
 * origin that this run sent. A key that appeared and that no answer gave can be somebody else's, so it stays.
 *
 * @param {Service} service
 * @param {Controls} before
 * @returns {Promise<string[]>} what is not as it was, each in a sentence; empty if all is
 */
export async function restore(service, before) {
  await service.endJobs()
  const found = await controlsOf(service)
  const ours = found ? newOnes(service, before, found).ours : [...service.added.values()]
  /** @type {Map<string, string>} */
  const answers = new Map()
  await Promise.all(ours.map(async item => void answers.set(item.id, await remove(service, item))))
  /** @param {Item} item */
  const left = ({ id, label }) => `${label} could not be removed. ${answers.get(id) ?? ''}`.trim()

  const after = found && ours.length === 0 ? found : await controlsOf(service)
  if (!after) {
    const may = ours.filter(({ id }) => answers.get(id) !== '')
    return ['The gateway could not be read: look at its access controls in Pinata.', ...may.map(left)]
  }
  const { ours: stayed, others } = newOnes(service, before, after)
  const ids = new Set(entriesOf(after).map(({ id }) => id))
  const gone = entriesOf(before).filter(({ id }) => !ids.has(id)).length
  return [
    ...stayed.map(left),
    ...others.map(
      ({ label }) =>
        `${label} appeared meanwhile. No answer gave it to this run, so it stays: remove it if it is nobody's.`,
    ),
    ...(gone > 0 ? [`${gone} access controls that were there before are gone. This run did not remove them.`] : []),
  ]
}

/** @param {Controls} controls */
const entriesOf = ({ keys, origins, addresses }) => [...keys, ...origins, ...addresses]

/**
 * The keys and origins that were not there before.
 *
 * @param {Service} service
 * @param {Controls} before
 * @param {Controls} now
 * @returns {{ ours: Item[], others: Item[] }}
 */
function newOnes(service, before, now) {
  const { added, originsSent } = service
  const old = new Set(entriesOf(before).map(({ id }) => id))
  /** @type {{ ours: Item[], others: Item[] }} */
  const result = { ours: [], others: [] }
  for (const { id } of now.keys) if (!old.has(id)) result[added.has(id) ? 'ours' : 'others'].push(service.keyItem(id))
  for (const entry of now.origins) {
    if (old.has(entry.id)) continue
    result[added.has(entry.id) || originsSent.has(entry.value) ? 'ours' : 'others'].push(service.originItem(entry))
  }
  return result
}

/** @param {Service} service @returns {Promise<Controls | undefined>} `undefined` if it can't be read */
async function controlsOf(service) {
  for (let left = TRIES; left > 0; left--) {
    const details = await service.details(true).catch(() => undefined)
    if (details?.controls) return details.controls
    if (left > 1) await sleep(PAUSE_MS)
  }
  return undefined
}

/**
 * @param {Service} service
 * @param {Item} item
 * @returns {Promise<string>} why it may still be there; `''` if Pinata says that it is not
 */
async function remove(service, { route }) {
  let said = ''
  for (let left = TRIES; left > 0; left--) {
    const reply = await service.api('DELETE', route, { cleanUp: true }).catch((/** @type {Error} */ error) => error)
    if (isGone(reply)) return ''
    said = reply instanceof Error ? `${reply.message}.` : `Pinata answered ${reply.status}.`
    if (left > 1) await sleep(PAUSE_MS)
  }
  return said
}

/** @param {Reply | Error} reply */
const isGone = reply => !(reply instanceof Error) && (reply.status === 404 || reply.json?.data === null)
