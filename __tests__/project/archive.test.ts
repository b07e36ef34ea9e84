import { execSync } from 'node:child_process'
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import path from 'node:path'
import { expect, test } from '@jest/globals'
import { ACTION, jobWith } from '../support/job.ts'
import { tempFolder } from '../support/temp-folder.ts'

const project = tempFolder('es-modules')

const lines = (command: string) =>
  execSync(command, { cwd: ACTION, shell: 'bash', encoding: 'utf8' }).trim().split('\n')
const archived = lines('git archive --worktree-attributes HEAD | tar -tf -').filter(name => !name.endsWith('/'))

test('gives runners each action and its code, but no tests', () => {
  const actions = lines('git ls-files action.yml "*/action.yml" "dist/*"')
  expect(actions.length).toBeGreaterThan(7)
  expect(archived).toEqual(expect.arrayContaining(actions))
  expect(archived.filter(name => /^(src|__tests__|emulator|node_modules)\//.test(name))).toEqual([])
})

test('gives runners every file that the code requires', () => {
  const bundles = archived.filter(name => /^dist\/.*\.js$/.test(name))
  const code = bundles.map(name => readFileSync(path.join(ACTION, name), 'utf8')).join('\n')
  // If ncc cannot find a package, it writes eval("require")("name").
  const required = [...code.matchAll(/\brequire(?:"\))?\("([^"]+)"\)/g)].map(([, name = '']) => name)
  expect(required).toContain('node:https')
  const files = required.filter(name => !isBuiltin(name)).map(name => path.posix.join('dist', name))
  expect(archived).toEqual(expect.arrayContaining(files))
})

test('runs each action and its post step inside a project that uses ES modules', async () => {
  writeFileSync(path.join(project, 'package.json'), '{ "type": "module" }')
  for (const name of archived) cpSync(path.join(ACTION, name), path.join(project, '_actions', name))
  const folders = archived.filter(name => path.basename(name) === 'action.yml').map(path.dirname)
  expect(folders.length).toBeGreaterThan(3)
  for (const folder of folders) {
    const job = jobWith('unused')
    const step = await job.step({ action: path.join(project, '_actions', folder) })
    // Without inputs, the action reports an error, and Node reports none.
    expect({ folder, stderr: step.stderr, errors: step.annotations.length }).toEqual({ folder, stderr: '', errors: 1 })
    for (const { exitCode, stderr } of await job.end()) expect([exitCode, stderr]).toEqual([0, ''])
  }
})
