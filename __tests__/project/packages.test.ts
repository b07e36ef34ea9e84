import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from '@jest/globals'
import { ACTION } from '../support/job.ts'

const read = (file: string) => JSON.parse(readFileSync(path.join(ACTION, file), 'utf8'))

// Newer versions of npm warn of the others, and the newest ones do not run their scripts.
test('package.json says of each package with an install script whether it may run', () => {
  const { packages } = read('package-lock.json') as { packages: Record<string, { hasInstallScript?: boolean }> }
  const withScript = Object.entries(packages)
    .filter(([, { hasInstallScript }]) => hasInstallScript)
    .map(([folder]) => folder.replace(/^.*node_modules\//, ''))
  expect(Object.keys(read('package.json').allowScripts).sort()).toEqual([...new Set(withScript)].sort())
})
