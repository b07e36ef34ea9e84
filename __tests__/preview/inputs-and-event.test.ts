import { expect, test } from '@jest/globals'
import { readPreviewInputs } from '../../src/preview/inputs-and-event.ts'
import { Masks } from '../../src/runner/masks.ts'
import { eventEnv, pullRequestEnv } from '../support/event.ts'
import { JWT, messageFrom, readInputs } from '../support/inputs.ts'
import { ORIGIN } from '../support/origin.ts'
import { DAY_MS } from '../support/records.ts'

const OPENED = pullRequestEnv('opened')
const CLOSED = pullRequestEnv('closed')
const read = (inputs: Record<string, string> = {}, env = OPENED) => readInputs(readPreviewInputs, inputs, env)

function summaryOf(inputs: Record<string, string>, env = OPENED) {
  const result = read(inputs, env)
  if (result.isClosed) return { closing: result.closing.selector }
  return result.getting.map(({ wanted, naming }) => [naming?.name, wanted.kind === 'key' ? 'key' : wanted.value])
}

test.each([
  [{}, ['key']],
  [{ key: 'true' }, ['key']],
  [{ origin: ORIGIN }, [ORIGIN]],
  [{ origin: ORIGIN, key: 'true' }, ['key', ORIGIN]],
  [{ origin: `${ORIGIN}/@me/page` }, [ORIGIN]],
  [{ origin: `${ORIGIN}/a, https://b.example\n${ORIGIN}:443` }, [ORIGIN, 'https://b.example']],
])('reads the inputs %j as %j', (inputs, wanted) => {
  expect(summaryOf(inputs)).toEqual(wanted.map(each => ['pr-7', each]))
})

test.each(['', '14d'])('gets access for 14 days with expires-in "%s"', expiresIn => {
  const { getting } = read({ origin: ORIGIN, key: 'true', 'expires-in': expiresIn })
  expect(getting.map(({ naming }) => naming?.expiresInMs)).toEqual([14 * DAY_MS, 14 * DAY_MS])
})

test.each(['opened', 'synchronize', 'reopened', 'labeled', 'edited'])('gets access for the activity %s', action => {
  expect(summaryOf({}, pullRequestEnv(action))).toEqual([['pr-7', 'key']])
  expect(summaryOf({ name: 'mine' }, pullRequestEnv(action))).toEqual([['mine', 'key']])
  expect(summaryOf({}, eventEnv('pull_request', { action, pull_request: { number: 1 } }))).toEqual([['pr-1', 'key']])
})

test.each([
  ['closed', CLOSED],
  ['closed without a state', eventEnv('pull_request', { action: 'closed', pull_request: { number: 7 } })],
  ['a label on a closed pull request', pullRequestEnv('labeled', 'closed')],
  ['pull_request_target', { ...CLOSED, GITHUB_EVENT_NAME: 'pull_request_target' }],
])('closes the preview for %s, whatever origin contains', (_name, env) => {
  for (const origin of ['', ORIGIN, 'undefined', 'not an origin']) {
    expect(summaryOf({ origin, key: 'true' }, env)).toMatchObject({ closing: { by: 'name', names: ['pr-7'] } })
  }
  expect(summaryOf({ name: 'mine', 'wait-for': 'x' }, env)).toMatchObject({ closing: { by: 'name', names: ['mine'] } })
})

test.each(['push', 'workflow_dispatch', 'schedule', 'issue_comment'])('closes nothing on %s and needs a name', name => {
  const env = eventEnv(name, { action: 'closed', pull_request: { number: 7, state: 'closed' } })
  expect(summaryOf({ name: 'mine' }, env)).toEqual([['mine', 'key']])
  for (const list of [',', 'a, b', '["a"]']) {
    expect(messageFrom(() => read({ name: list }, env))).toMatch(/^name ".*" .*is invalid\. /)
  }
  expect(messageFrom(() => read({}, env))).toBe(
    `The name input is empty, and it has no default in a run triggered by ${name}. Set name, or run the step on pull_request events only.`,
  )
})

test.each([
  undefined,
  'not JSON',
  {},
  { action: 'closed' },
  { pull_request: {} },
  ...['7', 0, -7, 1.5, null, 2 ** 53].map(number => ({ number, pull_request: { number } })),
])('rejects the payload %j, with or without a name', payload => {
  for (const name of ['', 'mine']) {
    expect(messageFrom(() => read({ name }, eventEnv('pull_request', payload)))).toBe(
      'Could not read the pull request number from the file at GITHUB_EVENT_PATH. Run the step in a GitHub Actions workflow, and do not set GITHUB_EVENT_NAME or GITHUB_EVENT_PATH.',
    )
  }
})

test.each(['opened', 'closed'])('rejects a list of names, which could belong to others: %s', action => {
  for (const name of ['mine,production', 'mine\nproduction']) {
    expect(messageFrom(() => read({ name }, pullRequestEnv(action)))).toMatch(/^name "mine.production".* is invalid\./)
  }
})

test.each<[Record<string, string>, string]>([
  [{ key: 'false' }, 'The key input is false, and the origin input is empty. Set origin, or set key to true.'],
  [{ key: 'yes' }, 'key is "yes". Set it to false or true.'],
  [{ origin: 'http://a.example' }, 'origin "http://a.example" uses plain HTTP, which is not allowed.'],
  [{ name: 'a b' }, 'name "a b" is invalid.'],
  [{ 'expires-in': '14' }, 'expires-in is "14".'],
  [{ 'github-token': '' }, 'github-token is empty'],
])('rejects %j', (inputs, start) => {
  expect(messageFrom(() => read(inputs))).toContain(start)
})

test('ignores inputs of the other actions, which the runner passes on', () => {
  const others = { rotate: 'true', revoke: 'after-job', 'key-id': '7', 'dry-run': 'true', keep: '7', expired: 'true' }
  expect(read(others)).toEqual(read())
  expect(read(others, CLOSED)).toEqual(read({}, CLOSED))
})

test('rejects an invalid last-control even in the first run, and ignores inputs that only the revoke action has', () => {
  expect(messageFrom(() => read({ 'last-control': 'no' }))).toMatch(/^last-control is "no"/)
  const env = { ...CLOSED, 'INPUT_REPLACED-BY': '', INPUT_KEEP: '' }
  expect(read({}, env).closing).toMatchObject({ keep: [], selector: { replacedBy: undefined } })
})

test('masks the JWT before a message about another input could contain it', () => {
  const masked: string[] = []
  const given: Record<string, string> = { 'pinata-jwt': JWT, name: 'no name' }
  const masks = new Masks(value => masked.push(value))
  const source = { getInput: (name: string) => given[name] ?? '', masks, env: OPENED }
  expect(messageFrom(() => readPreviewInputs(source))).toMatch(/^name "no name"/)
  expect(masked[0]).toBe(JWT)
})
