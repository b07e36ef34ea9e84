import { isRefused, isServed, when, withKey } from './reads.mjs'
import { noteStep } from './steps.mjs'

/** @import { Scene } from './reads.mjs' */
/** @import { Note } from '../report.mjs' */
/** @import { Service } from '../service.mjs' */

export const title = 'The built action, with origins'

const ALLOWED = { 'first-control': 'allow' }

/** @param {Scene} scene */
export async function run({ service, note, before, domain }) {
  // Without another access control, everybody would be served as soon as the last origin is removed.
  await withKey(service, async () => {
    await allowAndPost(service, note, `https://job.${domain}`)
    await named(service, note, `https://named.${domain}`)
  })
  const { controls } = await service.details()
  note('origins that are left', String((controls?.origins.length ?? Number.NaN) - before.origins.length))
}

/** @param {Service} service @param {Note} note @param {string} origin */
async function allowAndPost(service, note, origin) {
  service.originsSent.add(origin)
  const job = service.startJob()
  noteStep(note, 'allow', await job.step('origin', { ...ALLOWED, origin, revoke: 'after-job' }))
  note('its pages read', ...when(await service.readUntil({ headers: { origin } }, isServed)))
  const [post] = await job.end()
  if (post) noteStep(note, 'post step', post)
  note('its pages read no more', ...when(await service.readUntil({ headers: { origin } }, isRefused)))
}

/** @param {Service} service @param {Note} note @param {string} origin */
async function named(service, note, origin) {
  service.originsSent.add(origin)
  const job = service.startJob()
  const inputs = { ...ALLOWED, origin, name: 'live-origin', 'expires-in': '30m' }
  noteStep(note, 'allow with a name', await job.step('origin', inputs))
  noteStep(note, 'take', await job.step('origin', inputs))
  noteStep(note, 'remove by name', await job.step('revoke', { name: 'live-origin', 'last-control': 'allow' }))
  noteStep(note, 'remove what is gone', await job.step('revoke', { origin, 'last-control': 'allow' }))
  await job.end()
}
