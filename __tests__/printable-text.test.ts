import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { oneLine, printable, withoutCommands } from '../src/printable-text.ts'

test.each([
  ['line breaks', 'one\r\ntwo\u2028three\u0085four', 'one two three four'],
  ['control characters and colors', '\u001b[31mred\u001b[0m\u0000\u0007', '[31mred [0m'],
  ['characters that reverse or hide text', 'a\u202eb\u200bc\ufeffd', 'a b c d'],
  ['a workflow command', '::set-output name=x::y', ': :set-output name=x::y'],
  ['a workflow command after removed characters', '\u200b\n::error::y', ': :error::y'],
  ['half a surrogate pair', 'a\ud800b', 'a b'],
])('removes or breaks up %s', (_name, text, harmless) => {
  expect(printable(text)).toBe(harmless)
  expect(oneLine(text)).toBe(harmless)
})

test.each([printable, oneLine])('cuts long text to the given length, and cuts megabytes quickly', cut => {
  expect(cut('word '.repeat(1000), 20)).toBe('word word word word…')
  const startedAt = performance.now()
  cut('x.'.repeat(5_000_000))
  expect(performance.now() - startedAt).toBeLessThan(200)
})

test('never returns half a surrogate pair, or more than the given length', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 1, max: 30 }), (text, max) => {
      const line = oneLine(text, max)
      expect(line.isWellFormed()).toBe(true)
      expect(line.length).toBeLessThanOrEqual(max)
    }),
    { examples: [['ab😀cd', 4]] },
  )
})

test.each(['a'.repeat(64), 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.x-y_z', 'A%2BB'.repeat(20)])(
  "removes apparent tokens from a server's text: %s",
  token => {
    expect(printable(`key ${token} is bad`)).toBe('key … is bad')
  },
)

test.each([
  [printable, '01dae16b-699c-472a-a61e-975a7b9777bd'],
  [oneLine, 'gateway-of-a-company-with-a-very-long-name.assets.example.com'],
  [oneLine, "EACCES: permission denied, open '/home/runner/work/_temp/_runner_file_commands/step_summary_47ac10b5'"],
  [withoutCommands, 'connect ECONNREFUSED ::1:443'],
  [withoutCommands, '::1 is this machine'],
  [withoutCommands, 'See a::b and c::d.'],
])("does not change a server's IDs, the user's text, or colons: %p %s", (clean, text) => {
  expect(clean(text)).toBe(text)
})

/** Returns the command that the runner reads from a line, by the rules of its ActionCommand.cs. */
function commandIn(line: string): string | undefined {
  const afterSpace = line.replace(/^[\s\u0085]+/u, '')
  const end = afterSpace.indexOf('::', 2)
  if (afterSpace.startsWith('::') && end >= 0) return afterSpace.slice(2, end)
  return /##\[([^\]]*)\]/s.exec(line)?.[1]
}

test('leaves no command for the runner in any line, and changes nothing else', () => {
  const piece = fc.constantFrom(':', '::', '##[', ']', 'error', ' ', '\t', '\n', '\r', '\u0085', '\u2028', 'x')
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), pieces => {
      const text = pieces.join('')
      const clean = withoutCommands(text)
      for (const line of clean.split(/[\r\n]/)) expect(commandIn(line)).toBeUndefined()
      if (text.split(/[\r\n]/).every(line => !line.includes('##[') && commandIn(line) === undefined))
        expect(clean).toBe(text)
    }),
    { numRuns: 2000 },
  )
})
