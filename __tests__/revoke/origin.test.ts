import { expect, test } from '@jest/globals'
import { MINUTE_MS, namesSetup } from '../support/records.ts'
import { readable } from '../support/step.ts'

const ORIGIN = 'https://pr-7.example.com'
const OTHER = 'https://pr-8.example.com'

async function setup() {
  const fixture = await namesSetup()
  const entries = [ORIGIN, OTHER, ORIGIN].map(value => fixture.addOrigin(value))
  return { ...fixture, entries, revoke: (origin: string) => fixture.revoke({ origin }) }
}

test('removes all entries for an origin, masks their IDs, and warns about an origin that is not listed', async () => {
  const { pinata, github, entries, revoke, origins } = await setup()
  const done = await revoke(`${ORIGIN}/path, https://gone.example, ${ORIGIN}`)
  expect([done.error, origins()]).toEqual([undefined, [OTHER]])
  expect(done.outputs).toEqual({ 'revoked-key-ids': '', 'revoked-count': '0', 'removed-origins': ORIGIN })
  expect(done.info).toEqual([
    `Origin ${ORIGIN}: removed.`,
    `Origin ${ORIGIN}: removed.`,
    'Origin https://gone.example: not on the gateway.',
    'Gateway fun-llama-300.mypinata.cloud: 2 origins removed, 1 origin not on the gateway.',
  ])
  expect(done.warnings).toEqual([
    "Gateway fun-llama-300.mypinata.cloud does not list https://gone.example. If you haven't already removed it, check origin and gateway-id.",
  ])
  for (const { id } of entries) {
    expect(done.masks).toContain(id)
    expect(readable(done)).not.toContain(id)
  }
  expect([github.requests.length, pinata.requests.length]).toEqual([0, 4])
})

test('removes and counts together the entries that a person added in another spelling, but not those for a path', async () => {
  const { pinata, addOrigin, revoke, origins } = await setup()
  const origin = 'https://pr-9.example.com'
  const spellings = [`${origin}/`, `${origin}:443`, 'https://pr-9.exa\nmple.com', 'https://Pr-9.example.com']
  const entries = [...spellings, `${origin}/path`].map(value => addOrigin(value))
  pinata.fault({ kind: 'status', status: 400, method: 'DELETE', path: entries[3]?.id ?? '' })
  const failed = await revoke('https://Pr-9.example.com')
  expect(failed.error).toMatch(/^Could not revoke everything \(1 origin not removed\): https:\/\/pr-9\.example\.com\. /)
  expect(failed.error).not.toContain(entries[3]?.id)
  expect([failed.outputs['removed-origins'], origins().slice(3)]).toEqual(['', [spellings[3], `${origin}/path`]])
  expect(failed.info.slice(0, 4)).toEqual([
    ...Array(3).fill(`Origin ${origin}: removed.`),
    `Origin ${origin}: not removed.`,
  ])
  expect((await revoke('https://Pr-9.example.com')).outputs['removed-origins']).toBe(origin)
  expect(origins().slice(3)).toEqual([`${origin}/path`])
})

test('does not count an origin as removed if the gateway has another entry for it', async () => {
  const { addOrigin, close, origins } = await setup()
  addOrigin('https://pr-9.example.com', { name: 'pr-9' })
  addOrigin('https://pr-9.example.com', { name: 'other' })
  const { info, outputs } = await close('pr-9')
  expect(info).toContain('Gateway fun-llama-300.mypinata.cloud: 1 origin removed.')
  expect([outputs['removed-origins'], origins().length]).toEqual(['', 4])
})

test('counts an origin as removed if another step removed one of its entries first', async () => {
  const { pinata, entries, revoke } = await setup()
  pinata.passTime(2 * MINUTE_MS)
  pinata.fault({ kind: 'status', status: 404, when: 'after', method: 'DELETE', path: entries[0]?.id ?? '' })
  const { error, outputs } = await revoke(ORIGIN)
  expect([error, outputs['removed-origins']]).toEqual([undefined, ORIGIN])
})
