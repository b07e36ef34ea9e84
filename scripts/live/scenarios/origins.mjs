import { describe, outline } from '../report.mjs'
import { isServed } from '../service.mjs'
import { corsOf, isRefused, outcomeOf, timing, withKey } from './keys.mjs'

/** @import { ScenarioContext } from '../service.mjs' */

export const title = 'Host origins, with the API'

/** @param {ScenarioContext} context */
export async function run({ service, note, domain }) {
  const origin = `https://page.${domain}`
  const headers = { origin }
  await withKey(service, async () => {
    const first = await service.add(origin)
    note('POST …/hosts', outline(first.reply))
    if (first.entry.id === '') throw new Error('No origin was added.')
    const waited = await service.readUntil({ headers }, isServed)
    note('a new origin works', ...timing(waited))
    note('CORS headers for an origin', corsOf(await service.read({ headers })))
    /** @type {Record<string, Record<string, string>>} */
    const readers = {
      'Referer alone': { referer: `${origin}/page` },
      'Origin with http': { origin: origin.replace('https:', 'http:') },
      'Origin in uppercase': { origin: origin.toUpperCase() },
      'Origin with a port': { origin: `${origin}:8443` },
      'another Origin': { origin: `https://other.${domain}` },
    }
    for (const [reader, headers] of Object.entries(readers)) note(reader, outcomeOf(await service.read({ headers })))

    const again = await service.add(origin)
    const isNew = again.entry.id !== '' && again.entry.id !== first.entry.id
    const entry = isNew ? 'a new entry' : 'the first entry'
    note('the same origin again', again.reply.status >= 300 ? describe(again.reply) : entry)
    const { controls } = await service.readGateway()
    note('its entries in the list', String(controls?.origins.filter(({ value }) => value === origin).length))
    note('DELETE of an origin', outline(await service.remove(first.entry)))
    if (isNew) {
      note('with the second entry left', outcomeOf(await service.read({ headers })))
      await service.remove(again.entry)
    }
    note('a removed origin is refused', ...timing(await service.readUntil({ headers }, isRefused)))
    note('DELETE of an origin once more', describe(await service.remove(first.entry)))

    const wildcard = await service.add(`https://*.${domain}`)
    note('a wildcard', wildcard.reply.status >= 300 ? describe(wildcard.reply) : 'accepted')
    if (wildcard.entry.id === '') return
    const covered = { headers: { origin: `https://covered.${domain}` } }
    // Wait longer than the first origin took to start working.
    const read = await service.readUntil(covered, isServed, 2 * waited.ms + 1000)
    note('an Origin that a wildcard covers', outcomeOf(read.reply))
    await service.remove(wildcard.entry)
  })
}
