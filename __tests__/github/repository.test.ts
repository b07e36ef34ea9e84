import { expect, test } from '@jest/globals'
import { readRepository } from '../../src/github/repository.ts'
import { eventEnv } from '../support/event.ts'

const SHA = '0123456789'.repeat(4)
const ENV = { GITHUB_REPOSITORY: 'octo/app', GITHUB_REPOSITORY_ID: '1', GITHUB_SHA: SHA }

test("reads the repository from the runner's variables", () => {
  const apiUrl = 'https://ghes.example.com/api/v3'
  const repository = readRepository({ ...ENV, GITHUB_API_URL: `${apiUrl}/` })
  expect(repository).toEqual({ apiUrl, name: 'octo/app', id: '1', sha: SHA, isFromFork: false })
})

test('reads the ID from the event if the runner does not set it', () => {
  const env = { ...ENV, GITHUB_REPOSITORY_ID: '', ...eventEnv('push', { repository: { id: 42 } }) }
  expect(readRepository(env)).toMatchObject({ apiUrl: 'https://api.github.com', id: '42' })
})

test.each([undefined, '', 'main'])('does not require the commit, and ignores the invalid commit %s', GITHUB_SHA => {
  expect(readRepository({ ...ENV, GITHUB_SHA }).sha).toBe('')
})

test.each([
  ['GITHUB_REPOSITORY', ''],
  ['GITHUB_REPOSITORY', 'octo/..'],
  ['GITHUB_REPOSITORY_ID', ''],
  ['GITHUB_REPOSITORY_ID', 'x'],
  ['GITHUB_API_URL', 'http://me:secret@ghes.example.com'],
  ['GITHUB_API_URL', 'ghes.example.com'],
])('rejects %s "%s"', (variable, value) => {
  const form = variable === 'GITHUB_API_URL' ? ' (which must use HTTPS)' : ''
  expect(() => readRepository({ ...ENV, [variable]: value })).toThrow(
    new Error(
      `Could not access the name records: ${variable}${form} is missing or invalid. Run the step in a GitHub Actions workflow, or do not use names.`,
    ),
  )
})

test.each([
  ['a pull request from a fork', 'pull_request', { head: { repo: { id: 2 } } }, true],
  ['a pull request from a deleted fork', 'pull_request', { head: { repo: null } }, true],
  ['a pull request from the repository itself', 'pull_request', { head: { repo: { id: 1 } } }, false],
  ["a fork, with the repository's permissions", 'pull_request_target', { head: { repo: { id: 2 } } }, false],
  ['a push', 'push', undefined, false],
])('recognizes a run from a fork: %s', (_name, eventName, pullRequest, expected) => {
  const env = eventEnv(eventName, { pull_request: pullRequest })
  expect(readRepository({ ...ENV, ...env }).isFromFork).toBe(expected)
})
