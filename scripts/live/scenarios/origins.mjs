import { corsOf, form, told } from '../report.mjs'
import { isRefused, isServed, outcomeOf, when, withKey } from './reads.mjs'

/** @import { Scene } from './reads.mjs' */

export const title = 'Host origins, with the API'

/** @param {Scene} scene */
export async function run(scene) {
  const { service, note, domain } = scene
  const origin = `https://page.${domain}`
  // Without another access control, everybody would be served as soon as the last origin is removed.
  await withKey(service, async () => {
    const first = await service.addOrigin(origin)
    note('POST …/hosts', form(first.reply))
    if (first.id === '') throw new Error('No origin was added.')
    note('the value of an origin', first.value === origin ? 'as it was sent' : 'another than was sent')
    const waited = await service.readUntil({ headers: { origin } }, isServed)
    note('a new origin works', ...when(waited))
    await askReaders(scene, origin)
    await askTwice(scene, origin, first.id)
    await askWildcard(scene, 2 * waited.ms + 1000)
  })
}

/** @param {Scene} scene @param {string} origin */
async function askReaders({ service, note, domain }, origin) {
  /** @param {Record<string, string>} headers */
  const by = async headers => outcomeOf(await service.read({ headers }))
  note('CORS headers for an origin', corsOf(await service.read({ headers: { origin } })))
  note('Referer alone', await by({ referer: `${origin}/page` }))
  note('Origin with http', await by({ origin: origin.replace('https:', 'http:') }))
  note('Origin in upper case', await by({ origin: origin.toUpperCase() }))
  note('Origin with a port', await by({ origin: `${origin}:8443` }))
  note('another Origin', await by({ origin: `https://other.${domain}` }))
}

/** @param {Scene} scene @param {string} origin @param {string} firstId */
async function askTwice({ service, note }, origin, firstId) {
  const again = await service.addOrigin(origin)
  if (again.reply.status >= 300) note('the same origin again', told(again.reply))
  else note('the same origin again', again.id === firstId ? 'the first entry' : 'an entry of its own')
  const { controls } = await service.details()
  note('entries of it in the list', String(controls?.origins.filter(({ value }) => value === origin).length))

  const first = service.originItem({ id: firstId, value: origin })
  note('DELETE of an origin', form(await service.remove(first)))
  if (again.id !== '' && again.id !== firstId) {
    note('with the second entry left', outcomeOf(await service.read({ headers: { origin } })))
    await service.remove(service.originItem({ id: again.id, value: origin }))
  }
  note('a removed origin is refused', ...when(await service.readUntil({ headers: { origin } }, isRefused)))
  note('DELETE of an origin once more', told(await service.remove(first)))
}

/** @param {Scene} scene @param {number} waitMs longer than it took the first origin to work */
async function askWildcard({ service, note, domain }, waitMs) {
  const value = `https://*.${domain}`
  const { reply, id } = await service.addOrigin(value)
  note('a wildcard', reply.status >= 300 ? told(reply) : 'taken')
  if (id === '') return
  const waited = await service.readUntil({ headers: { origin: `https://covered.${domain}` } }, isServed, waitMs)
  note('an Origin that a wildcard covers', outcomeOf(waited.reply))
  await service.remove(service.originItem({ id, value }))
}
