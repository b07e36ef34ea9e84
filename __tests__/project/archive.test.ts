import { execFileSync } from 'node:child_process'
import { expect, test } from '@jest/globals'
import { ACTION } from '../support/job.ts'

function lines(command: string, ...args: string[]): string[] {
  return execFileSync(command, args, { cwd: ACTION, encoding: 'utf8' }).trim().split('\n')
}

test('the archive that a runner downloads holds each action and all code, and no tests', () => {
  const script = 'git archive --worktree-attributes HEAD | tar -t'
  const archived = lines('bash', '-c', script).filter(name => !name.endsWith('/'))
  const actions = lines('git', 'ls-files', 'action.yml', '*/action.yml', 'dist/*')
  expect(actions.length).toBeGreaterThan(7)
  expect(archived).toEqual(expect.arrayContaining(actions))
  expect(archived.filter(name => /^(src|__tests__|emulator|node_modules)\//.test(name))).toEqual([])
})
