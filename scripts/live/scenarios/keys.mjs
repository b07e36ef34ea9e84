import { randomBytes } from 'node:crypto'
import { form, headersLike, told } from '../report.mjs'
import { hasControls, isRefused, isServed, outcomeOf, when, withKey } from './reads.mjs'

/** @import { Scene } from './reads.mjs' */

export const title = 'Keys and their readers'

/** @param {Scene} scene */
export async function run(scene) {
  const { service, note, before } = scene
  const isOpen = !hasControls(before)
  if (isOpen) await askWithoutControls(scene)
  const { reply, id, value } = await service.createKey()
  note('POST …/access_tokens', form(reply))
  if (id === '' || value === '') throw new Error('No key was created.')
  note('length of a key', `${value.length} characters`)
  const createdAt = String(reply.json.data.createdAt)
  note('createdAt', Number.isNaN(Date.parse(createdAt)) ? 'no time' : 'a time', createdAt.replace(/\d/g, '0'))

  const reads = { 'in the header': { header: value }, 'in the query': { query: value } }
  await Promise.all([
    ...Object.entries(reads).map(async ([where, how]) => {
      note(`a new key works ${where}`, ...when(await service.readUntil(how, isServed)))
    }),
    isOpen &&
      service.readUntil({}, isRefused).then(waited => note('readers without a key are cut off', ...when(waited))),
  ])
  await askReaderErrors(scene, value)
  await withKey(service, async () => await askRevocation(scene, id, value))
  if (isOpen) note('without a key, after the last key', ...when(await service.readUntil({}, isServed)))
}

/** @param {Scene} scene */
async function askWithoutControls({ service, note, unpinnedCid }) {
  note('no access control, pinned content', outcomeOf(await service.read()))
  note('no access control, content that is not pinned', told(await service.read({ cid: unpinnedCid })))
}

/** @param {Scene} scene @param {string} value of a key */
async function askReaderErrors({ service, note }, value) {
  const wrong = randomBytes(48).toString('base64url')
  note('no key', told(await service.read()))
  note('a wrong key in the header', told(await service.read({ header: wrong })))
  note('a wrong key in the query', told(await service.read({ query: wrong })))
  const served = await service.read({ header: value })
  note('what is served with a key', outcomeOf(served), served.headers['content-type'])
  note('headers about caches', headersLike(served, /^(?:cache-control|age|etag|cf-cache-status|x-cache.*)$/))
  note('what is no CID', outcomeOf(await service.read({ header: value, cid: 'no-cid' })))
  const { htmlCid } = service.settings
  if (htmlCid) note('HTML on mypinata.cloud, with a key', told(await service.read({ header: value, cid: htmlCid })))
}

/**
 * There is another key meanwhile: without any, everybody would be served, and the revoked key too.
 *
 * @param {Scene} scene
 * @param {string} id
 * @param {string} value
 */
async function askRevocation({ service, note }, id, value) {
  // So that a cache may have it.
  await service.read({ header: value, sameUrl: true })
  note('DELETE of a key', form(await service.remove(service.keyItem(id))))
  const reads = {
    'in the header': { header: value },
    'in the query': { query: value },
    'in the header, with a URL that was read before': { header: value, sameUrl: true },
  }
  await Promise.all(
    Object.entries(reads).map(async ([where, how]) => {
      note(`a revoked key is refused ${where}`, ...when(await service.readUntil(how, isRefused)))
    }),
  )
  note('DELETE of a key once more', told(await service.remove(service.keyItem(id))))
}
