import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { type Name, type NamePattern, pullRequestIn } from '../../src/names/record-format.ts'

const find = (name: string, pattern: string) => pullRequestIn(name as Name, pattern as NamePattern)

test.each([
  ['pr-7/site', '*/site'],
  ['pr-7-web', 'pr-*-app'],
  // A dot matches only a dot.
  ['pr-7', 'pr.*'],
])('finds no pull request in %s by the pattern %s', (name, pattern) => {
  expect(find(name, pattern)).toBeUndefined()
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
