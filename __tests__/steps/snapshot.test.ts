import { randomUUID } from 'node:crypto'
import { expect, test } from '@jest/globals'
import type { Key } from '../../src/pinata/api.ts'
import type { KeyId } from '../../src/steps/inputs.ts'
import { isKnown, newKeys, snapshotOf } from '../../src/steps/snapshot.ts'

const key = (createdAt: string): Key => ({ id: randomUUID() as KeyId, value: '', createdAt })
const keys = (count: number, createdAt = '2024-07-12T15:34:59Z') => Array.from({ length: count }, () => key(createdAt))
const gateway = (all: Key[] | undefined, unusableKeys = 0) => ({ keys: all, unusableKeys })

test('by their IDs, whatever their times', () => {
  const before = keys(1000, '2099-01-01T00:00:00Z')
  const snapshot = snapshotOf(gateway(before), undefined)
  const added = key('2000-01-01T00:00:00Z')
  expect(newKeys(gateway([...before, added]), snapshot).ids).toEqual([added.id])
  expect(isKnown(snapshot, before[999]?.id as KeyId)).toBe(true)
  expect(isKnown(snapshot, added.id)).toBe(false)
})

test('the newest first; those of unknown age are the newest', () => {
  const [a, b, c] = [key('2024-01-01T00:00:00Z'), key('2025-01-01T00:00:00+00:00'), key('')]
  expect(newKeys(gateway([a, b, c]), snapshotOf(gateway([]), undefined)).ids).toEqual([c.id, b.id, a.id])
})

test('among more keys than there is room for, by time and IDs', () => {
  const before = keys(30_000)
  const snapshot = snapshotOf(gateway(before), undefined)
  const added = key('2024-07-12T15:35:00Z')
  expect(newKeys(gateway([...before, added]), snapshot).ids).toContain(added.id)
  const newer = [...keys(20_000), ...keys(1000, '2025-01-01T00:00:00Z')]
  expect(
    newKeys(gateway([...newer, key('2025-01-01T00:00:01Z')]), snapshotOf(gateway(newer), undefined)).ids,
  ).toHaveLength(19_801)
})

test('among so many, though one of them has a time in the future', () => {
  const before = [...keys(1000), ...keys(500, '2024-01-01T00:00:00Z'), key('2099-01-01T00:00:00Z')]
  const added = key('2024-07-12T15:35:00Z')
  expect(newKeys(gateway([...before, added]), snapshotOf(gateway(before), undefined)).ids).toContain(added.id)
})

test('among so many, though they share all but the last digit of their times', () => {
  const before = [...keys(1300, '2024-01-01T00:00:00Z'), ...keys(5, '2024-07-12T15:34:59.786198063Z')]
  const added = key('2024-07-12T15:34:59.786198063Z')
  expect(newKeys(gateway([...before, added]), snapshotOf(gateway(before), undefined)).ids).toContain(added.id)
  const early = [...keys(1300, '2024-07-12T15:34:59.786198062Z'), ...keys(1199, '2024-07-12T15:34:59.786198063Z')]
  const snapshot = snapshotOf(gateway(early), undefined)
  expect(snapshot.since).toBe('2024-07-12T15:34:59.786198062Z')
  expect(newKeys(gateway([...early, key('2024-07-12T15:34:59.786198061Z')]), snapshot).ids).toHaveLength(1299)
})

test("by Pinata's time, if the keys from before could not be read", () => {
  const snapshot = snapshotOf(undefined, Date.parse('2024-07-12T15:35:00Z'))
  const [old, added] = [key('2024-07-12T15:34:00Z'), key('2024-07-12T15:35:00.000000001Z')]
  expect(newKeys(gateway([old, added]), snapshot).ids).toEqual([added.id])
})

test('not at all, if nothing tells', () => {
  const all = keys(3)
  expect(newKeys(gateway(all), snapshotOf(undefined, undefined)).ids).toHaveLength(3)
  expect(newKeys(gateway(all), snapshotOf(gateway(undefined), undefined)).ids).toHaveLength(3)
})

test('by their number, if their IDs can not be used', () => {
  expect(newKeys(gateway([], 5), snapshotOf(gateway([], 3), undefined)).unusable).toBe(2)
})
