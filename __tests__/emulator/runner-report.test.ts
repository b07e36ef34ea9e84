// The log and the annotations that GitHub shows for a step. No process runs here.
import { expect, test } from '@jest/globals'
import { createCommands, createLineCutter } from '../../emulator/runner/commands.mjs'
import { createMasker, findLeaks } from '../../emulator/runner/masks.mjs'
import { createReport } from '../../emulator/runner/report.mjs'

/** Returns the report on a step that writes this text. */
function reportOn(text: string, isDebugging = false) {
  const report = createReport(createMasker(true), isDebugging)
  const cutter = createLineCutter(createCommands(report))
  // A carriage return and its line feed arrive in separate chunks.
  for (const chunk of text.split(/(?=\n)/)) cutter.write(chunk)
  cutter.end()
  const annotations = report.annotations.map(({ level, title, message }) => `${level} ${title}: ${message}`)
  return { log: report.lines, annotations }
}

test.each<[name: string, lines: string[], log: string[], annotations: string[]]>([
  [
    'errors and warnings',
    ['::error::one', '::warning title=T%3A,file=a.ts::two', '::warning::three%0Afour%250A', '::error title=,=c::six'],
    ['Error: one', 'Warning: two', 'Warning: three\nfour%0A', 'Error: six'],
    ['error : one', 'warning T:: two', 'warning : three\nfour%0A', 'error : six'],
  ],
  [
    'other lines unchanged',
    ['x ::error::one', 'y ##[error]two', '::nothing::three', '::error', '\uFEFF::error::four'],
    ['x ::error::one', 'y ##[error]two', '::nothing::three', '::error', '\uFEFF::error::four'],
    [],
  ],
  ['no debug lines', ['::debug::one%0Atwo', 'three'], ['three'], []],
  [
    '*** for a masked value from the next line on, except in titles of annotations, as the real runner does',
    ['secret-1', '::add-mask::secret-1', 'a secret-1, SECRET-1', '::error title=secret-1::secret-1'],
    ['secret-1', 'a ***, SECRET-1', 'Error: ***'],
    ['error secret-1: ***'],
  ],
  [
    '*** for each line of a masked value',
    ['::add-mask::first line%0A  second line %0D%0A', 'x first line', 'x second line'],
    ['x ***', 'x ***'],
    [],
  ],
  [
    'one *** for masked values that overlap or touch',
    ['::add-mask::abcdef', '::add-mask::cdefgh', '::add-mask::aba', 'x abcdefgh y', 'abcdefabcdef', 'ababa-cdefgh'],
    ['x *** y', '***', '***-***'],
    [],
  ],
  [
    'a new line after a carriage return, but not after U+2028',
    ['a\r::error::one\r', 'b\u2028::error::two\r', 'c'],
    ['a', 'Error: one', 'b\u2028::error::two', 'c'],
    ['error : one'],
  ],
])('shows %s', (_name, lines, log, annotations) => {
  expect(reportOn(lines.join('\n'))).toEqual({ log, annotations })
})

test('shows debug lines if debug logging is on', () => {
  expect(reportOn('::debug::one%0Atwo\nthree', true).log).toEqual(['##[debug]one', '##[debug]two', 'three'])
})

const SECRET = 'a b/c+d"é~key?'
const base64 = (text: string) => Buffer.from(text).toString('base64')

test.each([
  ['as is', SECRET],
  ['in a path', encodeURIComponent(SECRET)],
  ['in a path, in lowercase', encodeURIComponent(SECRET).toLowerCase()],
  ['in a URI', encodeURI(SECRET)],
  ['in a form', String(new URLSearchParams({ a: SECRET }))],
  ['in JSON', JSON.stringify({ a: SECRET })],
  ['in JSON with escaped slashes', JSON.stringify({ a: SECRET }).replaceAll('/', '\\/')],
  ['in base64', base64(SECRET)],
  ['in base64, one byte later', base64(`x${SECRET}y`)],
  ['in base64, two bytes later', base64(`xy${SECRET}z`)],
  ['in base64 for URLs', Buffer.from(`user:pass${SECRET}--`).toString('base64url')],
  ['in lowercase hex', Buffer.from(SECRET).toString('hex')],
  ['in uppercase hex', Buffer.from(SECRET).toString('hex').toUpperCase()],
])('finds a leaked secret %s', (_form, text) => {
  expect(findLeaks(`before ${text} after`, [SECRET, 'another secret'])).toEqual([SECRET])
})

test('rejects a secret that would match by chance', () => {
  expect(() => findLeaks('abc', [''])).toThrow('too short')
})
