// What the scenarios share: a gateway that surely has an access control, and how its answers are told.
import { form, plain } from '../report.mjs'

/** @import { Reply } from '../exchange.mjs' */
/** @import { Note } from '../report.mjs' */
/** @import { Controls, Service, Waited } from '../service.mjs' */

/**
 * @typedef {object} Scene
 * @property {Service} service
 * @property {Note} note
 * @property {Controls} before what the gateway had before the run
 * @property {string} domain of nobody, below which the origins of this run are
 * @property {string} unpinnedCid of content that nobody has
 */
/** @typedef {{ title: string, run: (scene: Scene) => Promise<void> }} Scenario asks one service about one subject */

/** @param {Reply} reply */
export const isServed = ({ status }) => status >= 200 && status < 300
/** @param {Reply} reply */
export const isRefused = ({ status }) => status === 401 || status === 403

/** @param {Controls} controls */
export const hasControls = ({ keys, origins, addresses }) => keys.length + origins.length + addresses.length > 0

/**
 * Whether a read was served, without its content.
 *
 * @param {Reply} reply
 */
export function outcomeOf(reply) {
  return isServed(reply) ? `${reply.status}, served` : `${reply.status}, ${plain(reply.text) || 'no body'}`
}

/**
 * When something came true: `at the first read` or later.
 *
 * @param {Waited} waited
 * @returns {[answer: string, detail: string]}
 */
export function when({ reply, reads, ms, isSo }) {
  const detail = `${Math.round(ms)} ms, ${reads} ${reads === 1 ? 'read' : 'reads'}, status ${reply.status}`
  if (!isSo) return ['not as long as it was waited for', detail]
  return [reads === 1 ? 'at the first read' : 'later', detail]
}

/**
 * Works with a key that is known to be in force, and removes it.
 *
 * @param {Service} service
 * @param {(value: string) => Promise<void>} work
 */
export async function withKey(service, work) {
  const { reply, id, value } = await service.createKey()
  if (!isServed(reply) || id === '' || value === '') throw new Error(`No key was created: ${form(reply)}`)
  try {
    const { isSo, reply: last } = await service.readUntil({ header: value }, isServed)
    if (!isSo) throw new Error(`A key does not read CID: ${outcomeOf(last)}`)
    if (!(await service.readUntil({}, isRefused)).isSo) throw new Error('A reader without a key is not refused.')
    await work(value)
  } finally {
    if (!service.isStopped) await service.remove(service.keyItem(id))
  }
}
