import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { type Name, type NamePattern, pullRequestIn } from '../../src/names/record-format.ts'

const find = (name: string, pattern: string) => pullRequestIn(name as Name, pattern as NamePattern)

test.each([
  ['pr-7', 'pr-*', '7'],
  ['7', '*', '7'],
  ['7/site', '*/site', '7'],
  ['pr-7/site', 'pr-*/site', '7'],
  ['pr-99999999999999999999', 'pr-*', '99999999999999999999'],
  ['pr-7/site', '*/site', undefined],
  // A dot matches only a dot.
  ['pr-7', 'pr.*', undefined],
  // The parts before and after the number do not overlap.
  ['aba', 'ab*ba', undefined],
  ['ab7ba', 'ab*ba', '7'],
])('finds the pull request in %s by the pattern %s: %s', (name, pattern, number) => {
  expect(find(name, pattern)).toBe(number)
})

const part = fc.stringMatching(/^[\w./-]{0,20}$/)

test('finds the number in every name that is made from a pattern', () => {
  fc.assert(
    fc.property(part, part, fc.integer({ min: 1 }), (before, after, number) => {
      const pattern = `${before}*${after}`
      expect(find(before + number + after, pattern)).toBe(String(number))
      expect(find(`${before}0${number}${after}`, pattern)).toBeUndefined()
      expect(find(`${before}${number}x${after}`, pattern)).toBeUndefined()
    }),
  )
})
