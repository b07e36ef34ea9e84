// Restores a gateway: removes what a run added, and nothing else.
import { setTimeout as sleep } from 'node:timers/promises'

/** @import { Controls, Entry, Service } from './service.mjs' */

const TRIES = 3
const PAUSE_MS = 500

/**
 * Removes the access controls that this run added: those whose ID it received, and origins that it sent. Other new keys
 * are kept, because they may belong to someone else.
 * @param {Service} service
 * @param {Controls} before
 * @returns {Promise<string[]>} a sentence for each difference that remains
 */
export async function restore(service, { keys, origins }) {
  const old = new Set([...keys, ...origins].map(({ id }) => id))
  const isOurs = (/** @type {Entry} */ { id, value }) => service.added.has(id) || service.origins.has(value)
  /** @type {Entry[] | undefined} */
  let found
  for (let tries = TRIES; ; tries--) {
    const read = await service.readGateway(true).catch(() => undefined)
    found = read?.controls && [...read.controls.keys, ...read.controls.origins]
    const ours = found?.filter(entry => !old.has(entry.id) && isOurs(entry)) ?? [...service.added.values()]
    if ((found && ours.length === 0) || tries === 0) break
    for (const entry of ours) await service.remove(entry, true).catch(() => {})
    await sleep(found ? 0 : PAUSE_MS)
  }
  if (!found) return ['Could not read the gateway. Check its access controls in Pinata.']
  const ids = new Set(found.map(({ id }) => id))
  const gone = [...old].filter(id => !ids.has(id)).length
  const added = found.filter(({ id }) => !old.has(id))
  const problems = added.map(entry => {
    // The ID of an origin is secret, because it is the key for proofs of records.
    const name = entry.route === 'hosts' ? `origin ${entry.value}` : `key ${entry.id}`
    if (isOurs(entry)) return `Could not remove ${name}.`
    return `During this run, ${name} appeared, but no response contained its ID. If it is unclaimed, remove it.`
  })
  if (gone > 0) problems.push(`${gone} access controls that existed before are gone. This run did not remove them.`)
  return problems
}
