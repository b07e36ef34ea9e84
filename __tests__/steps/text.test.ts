import { expect, test } from '@jest/globals'
import { printable, quoted } from '../../src/text.ts'

test.each([
  ['line breaks', 'one\r\ntwo\u2028three\u0085four', 'one two three four'],
  ['control characters and colours', '\u001b[31mred\u001b[0m\u0000\u0007', '[31mred [0m'],
  ['characters that turn or hide text', 'a\u202eb\u200bc\ufeffd', 'a b c d'],
  ['a workflow command', '::set-output name=x::y', ': :set-output name=x: :y'],
  ['an old workflow command', 'see ##[error]this', 'see ## [error]this'],
  ['many colons', ':::: :', ': : : : :'],
  ['half a surrogate pair', 'a\ud800b', 'a b'],
])('%s', (_name, text, harmless) => {
  expect(printable(text)).toBe(harmless)
})

test('cuts long text', () => {
  expect(printable('word '.repeat(1000), 20)).toBe('word word word word…')
})

test('cuts megabytes in no time', () => {
  const started = performance.now()
  printable('x.'.repeat(5_000_000))
  expect(performance.now() - started).toBeLessThan(200)
})

test.each(['a'.repeat(64), 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.x-y_z', 'A%2BB'.repeat(20)])(
  'leaves out what looks like a token: %s',
  token => {
    expect(printable(`key ${token} is bad`)).toBe('key … is bad')
  },
)

test('keeps IDs', () => {
  expect(printable('01dae16b-699c-472a-a61e-975a7b9777bd')).toBe('01dae16b-699c-472a-a61e-975a7b9777bd')
})

test('quotes', () => {
  expect(quoted('a\nb')).toBe('"a b"')
})
