import { isServed, when } from './reads.mjs'
import { noteStep } from './steps.mjs'

/** @import { Scene } from './reads.mjs' */
/** @import { Note } from '../report.mjs' */
/** @import { Service } from '../service.mjs' */

export const title = 'The built action, with keys'

/** So that nothing is asked of the maintainer who has said already that readers don't matter. */
const ALLOWED = { 'first-control': 'allow' }

/** @param {Scene} scene */
export async function run({ service, note, before }) {
  await getAndPost(service, note)
  await named(service, note)
  await revoke(service, note)
  const { controls } = await service.details()
  note('keys that are left', String((controls?.keys.length ?? Number.NaN) - before.keys.length))
}

/** @param {Service} service @param {Note} note */
async function getAndPost(service, note) {
  const job = service.startJob()
  const made = await job.step('get', { ...ALLOWED, revoke: 'after-job' })
  noteStep(note, 'create', made)
  const { 'gateway-key': key = '', 'key-id': keyId = '', 'gateway-url': url } = made.outputs
  note('gateway-url', url === `https://${service.domain}.mypinata.cloud` ? "the gateway's domain" : 'something else')
  note('the key reads, in the header', ...when(await service.readUntil({ header: key }, isServed)))
  note('the key reads, in the query', ...when(await service.readUntil({ query: key }, isServed)))

  const other = service.startJob()
  const taken = await other.step('get', { 'gateway-id': `${service.domain}.mypinata.cloud`, 'key-id': keyId })
  noteStep(note, 'take by key-id, the gateway by its domain', taken)
  note('it is the same key', taken.outputs['gateway-key'] === key ? 'yes' : 'no')
  await other.end()

  const [post] = await job.end()
  if (post) noteStep(note, 'post step', post)
  const { controls } = await service.details()
  note('the key after the post step', controls?.keys.some(({ id }) => id === keyId) ? 'still there' : 'gone')
}

/** @param {Service} service @param {Note} note */
async function named(service, note) {
  const job = service.startJob()
  const inputs = { ...ALLOWED, name: 'live', 'expires-in': '30m' }
  const made = await job.step('get', inputs)
  noteStep(note, 'create with a name', made)
  const taken = await job.step('get', inputs)
  noteStep(note, 'take by name', taken)
  note('it is the key of this name', taken.outputs['key-id'] === made.outputs['key-id'] ? 'yes' : 'no')
  noteStep(note, 'revoke by name', await job.step('revoke', { name: 'live', 'last-control': 'allow' }))
  await job.end()
}

/** @param {Service} service @param {Note} note */
async function revoke(service, note) {
  const job = service.startJob()
  const { outputs } = await job.step('get', ALLOWED)
  const inputs = { 'key-id': outputs['key-id'] ?? '', 'last-control': 'allow' }
  noteStep(note, 'revoke by key-id', await job.step('revoke', inputs))
  noteStep(note, 'revoke what is gone', await job.step('revoke', inputs))
  await job.end()
}
