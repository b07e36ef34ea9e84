import { expect, test } from '@jest/globals'
import { pinataWithGateway } from '../support/step.ts'

const UNREADABLE =
  "Could not read the state that the step saved, so the post step did nothing. If the step's log shows a new key or origin, revoke the key or remove the origin with the revoke action or in Pinata."

test('saves what the post step needs to revoke the key, and nothing else', async () => {
  const { gateway, run } = await pinataWithGateway(1)
  const { saved } = await run({ revoke: 'after-job' })
  expect(saved.map(each => JSON.parse(each).phase)).toEqual(['creating', 'created', 'ready'])
  expect(JSON.parse(saved.at(-1) ?? '')).toEqual({
    gateway: { id: gateway.id, url: 'https://fun-llama-300.mypinata.cloud' },
    phase: 'ready',
    revoke: 'after-job',
    wanted: { kind: 'key' },
    id: gateway.keys[1]?.id,
    createdAt: gateway.keys[1]?.createdAt,
  })
})

const GATEWAY = { id: 'a', url: '' }
const TARGET = { gateway: GATEWAY, wanted: { kind: 'key' } }
const READY = { ...TARGET, phase: 'ready', revoke: 'after-job', id: 'a', createdAt: '' }
const CREATING = { ...TARGET, phase: 'creating', before: { prints: '', since: '' }, startedAtMs: 0 }

test.each<[string, unknown]>([
  ['half of the state', '{"half":'],
  ['null', null],
  ['a number', 42],
  ['no gateway', { ...READY, gateway: undefined }],
  ['a gateway ID that is a path', { ...READY, gateway: { ...GATEWAY, id: '..' } }],
  ['a gateway without a URL', { ...READY, gateway: { id: 'a' } }],
  ['another kind', { ...READY, wanted: { kind: 'other' } }],
  ['an invalid origin', { ...READY, wanted: { kind: 'origin', value: 'pr-7' } }],
  ['a key ID that is a path', { ...READY, id: '..' }],
  ['no creation time', { ...READY, createdAt: undefined }],
  ['another phase', { ...READY, phase: 'other' }],
  ['another value for revoke', { ...READY, revoke: 'sometimes' }],
  ['a record without a proof', { ...READY, phase: 'created', record: { name: 'pr-7', proof: '' } }],
  ['an incomplete snapshot', { ...CREATING, before: {} }],
  ['a snapshot whose time is a number', { ...CREATING, before: { ...CREATING.before, since: 0 } }],
  ['no request time', { ...CREATING, startedAtMs: undefined }],
])('warns about an unreadable state, and does nothing: %s', async (_name, state) => {
  const { pinata, post } = await pinataWithGateway(1)
  const text = typeof state === 'string' ? state : JSON.stringify(state)
  expect(await post({ saved: [text] })).toMatchObject({ error: undefined, warnings: [UNREADABLE] })
  expect(pinata.requests).toEqual([])
})

const NO_SNAPSHOT = { ...CREATING, before: undefined }
const FUTURE = { ...CREATING, startedAtMs: 1e300 }

test.each(Object.entries({ READY, CREATING, NO_SNAPSHOT, FUTURE }))('reads a valid state: %s', async (_name, state) => {
  const { pinata, post } = await pinataWithGateway(1)
  expect((await post({ saved: [JSON.stringify(state)] }))?.error).toBeUndefined()
  expect(pinata.requests).not.toEqual([])
})
