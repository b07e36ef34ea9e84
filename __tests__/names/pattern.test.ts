import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { type Name, type NamePattern, pullRequestIn } from '../../src/names/record.ts'

test.each([
  ['pr-7', 'pr-*', '7'],
  ['pr-120', 'pr-*', '120'],
  ['7', '*', '7'],
  ['7/site', '*/site', '7'],
  ['pr-7/site', 'pr-*/site', '7'],
  ['pr-99999999999999999999', 'pr-*', '99999999999999999999'],
  ['pr-07', 'pr-*', undefined],
  ['pr-0', 'pr-*', undefined],
  ['pr-', 'pr-*', undefined],
  ['pr-7a', 'pr-*', undefined],
  ['pr--7', 'pr-*', undefined],
  ['pr-7.5', 'pr-*', undefined],
  ['PR-7', 'pr-*', undefined],
  ['my-pr-7', 'pr-*', undefined],
  ['pr-7-site', 'pr-*', undefined],
  ['pr-7/site', '*/site', undefined],
  // A dot is a dot.
  ['pr-7', 'pr.*', undefined],
  // The parts before and after it do not overlap.
  ['aba', 'ab*ba', undefined],
  ['ab7ba', 'ab*ba', '7'],
])('finds in %s by %s: %s', (name, pattern, number) => {
  expect(pullRequestIn(name as Name, pattern as NamePattern)).toBe(number)
})

const part = fc.stringMatching(/^[\w./-]{0,20}$/)

test('finds the number in each name that is made from a pattern', () => {
  fc.assert(
    fc.property(part, part, fc.integer({ min: 1 }), (before, after, number) => {
      const pattern = `${before}*${after}` as NamePattern
      const find = (name: string) => pullRequestIn(name as Name, pattern)
      expect(find(before + number + after)).toBe(String(number))
      expect(find(`${before}0${number}${after}`)).toBeUndefined()
      expect(find(`${before}${number}x${after}`)).toBeUndefined()
    }),
  )
})
