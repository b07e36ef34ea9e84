import { randomUUID } from 'node:crypto'
import { expect, test } from '@jest/globals'
import { newSince, type Snapshot, snapshotOf } from '../../src/lost/snapshot.ts'
import type { AccessControl } from '../../src/pinata/types.ts'

const key = (createdAt: string): AccessControl => ({ kind: 'key', subject: randomUUID(), secret: undefined, createdAt })
const newKeys = (keys: AccessControl[], before: Snapshot) => newSince(before, keys).map(({ subject }) => subject)
const keys = (count: number, createdAt = '2024-07-12T15:34:59Z') => Array.from({ length: count }, () => key(createdAt))

test('returns keys of unknown age first, then the others from newest to oldest', () => {
  const [a, b, c] = [key('2024-01-01T00:00:00Z'), key('2025-01-01T00:00:00+00:00'), key('')]
  expect(newKeys([a, b, c], snapshotOf([]))).toEqual([c.subject, b.subject, a.subject])
})

test('recognizes new keys by time and ID if the gateway has too many keys to remember', () => {
  const before = keys(3000)
  const added = key('2024-07-12T15:35:00Z')
  expect(newKeys([...before, added], snapshotOf(before))).toContain(added.subject)
  const newer = [...keys(2000), ...keys(1000, '2025-01-01T00:00:00Z')]
  expect(newKeys([...newer, key('2025-01-01T00:00:01Z')], snapshotOf(newer))).toHaveLength(1801)
})

test('recognizes a new key among many even if an older one has a creation time in the future', () => {
  const before = [...keys(1000), ...keys(500, '2024-01-01T00:00:00Z'), key('2099-01-01T00:00:00Z')]
  const added = key('2024-07-12T15:35:00Z')
  expect(newKeys([...before, added], snapshotOf(before))).toContain(added.subject)
})

test('compares all digits of creation times', () => {
  const before = [...keys(1300, '2024-01-01T00:00:00Z'), ...keys(5, '2024-07-12T15:34:59.786198063Z')]
  const added = key('2024-07-12T15:34:59.786198063Z')
  expect(newKeys([...before, added], snapshotOf(before))).toContain(added.subject)
  const early = [...keys(1300, '2024-07-12T15:34:59.786198062Z'), ...keys(1199, '2024-07-12T15:34:59.786198063Z')]
  const snapshot = snapshotOf(early)
  expect(snapshot.since).toBe('2024-07-12T15:34:59.786198062Z')
  expect(newKeys([...early, key('2024-07-12T15:34:59.786198061Z')], snapshot)).toHaveLength(1299)
  expect(newKeys(keys(1, '2024-07-12T15:34:59.5Z'), { prints: '', since: '2024-07-12T15:34:59.500Z' })).toHaveLength(1)
})
