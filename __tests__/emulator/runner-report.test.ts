// The log and the annotations that GitHub shows for a step. No process runs here.
import { describe, expect, it, test } from '@jest/globals'
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
  return { log: report.lines, annotations, failed: report.failed }
}

test.each<[name: string, lines: string[], log: string[], annotations: string[]]>([
  [
    'errors and warnings',
    ['::error::one', '::warning title=T%3A,file=a.ts::two', '::warning::three%0Afour%250A', '::error title=,=c::six'],
    ['Error: one', 'Warning: two', 'Warning: three\nfour%0A', 'Error: six'],
    ['error : one', 'warning T:: two', 'warning : three\nfour%0A', 'error : six'],
  ],
  [
    'commands in brackets anywhere, and others only at the start of a line',
    ['x ::error::one', 'y ##[error title=a%3Bb;c=d]two%5D', '::nothing::three', '::error', '\uFEFF::error::four'],
    ['x ::error::one', 'Error: two]', '::nothing::three', '::error', '\uFEFF::error::four'],
    ['error a;b: two]'],
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
  expect(reportOn(lines.join('\n'))).toEqual({ log, annotations, failed: false })
})

test('shows debug lines if debug logging is on', () => {
  expect(reportOn('::debug::one%0Atwo\nthree', true).log).toEqual(['##[debug]one', '##[debug]two', 'three'])
})

test.each(['::set-env name=A::1', '##[set-output name=a]1', '::Stop-Commands::token', '::group::a'])(
  'fails a step that uses an unsupported command: %s',
  line => {
    const { annotations, failed } = reportOn(line)
    expect([failed, annotations[0]]).toEqual([true, `error : Unable to process command '${line}' successfully.`])
  },
)

describe('leaks', () => {
  const secret = 'a b/c+d"é~key?'
  const found = (text: string) => findLeaks(`before ${text} after`, [secret])

  it.each([
    ['as is', secret],
    ['URI-encoded', encodeURIComponent(secret)],
    ['URI-encoded', encodeURIComponent(secret).toLowerCase()],
    ['URI-encoded', encodeURI(secret)],
    ['form-encoded', String(new URLSearchParams({ a: secret }))],
    ['JSON-escaped', JSON.stringify({ a: secret })],
    ['JSON-escaped', JSON.stringify({ a: secret }).replaceAll('/', '\\/')],
    ['base64', Buffer.from(secret).toString('base64')],
    ['base64', Buffer.from(`x${secret}y`).toString('base64')],
    ['base64', Buffer.from(`xy${secret}z`).toString('base64')],
    ['base64', Buffer.from(`user:pass${secret}--`).toString('base64url')],
    ['lowercase hex', Buffer.from(secret).toString('hex')],
    ['uppercase hex', Buffer.from(secret).toString('hex').toUpperCase()],
  ])('finds a secret %s in %s', (form, text) => {
    expect(found(text)).toEqual([`${form} of ${secret}`])
  })

  it('finds nothing in text without the secret, and rejects a secret that would match by chance', () => {
    expect(found('a b/c+d')).toEqual([])
    expect(() => findLeaks('abc', [''])).toThrow('too short')
  })
})
