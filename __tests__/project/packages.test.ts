import { expect, test } from '@jest/globals'
import { read } from '../support/documents.ts'

type Package = { hasInstallScript?: boolean; optionalDependencies?: Record<string, string> }
const { packages }: { packages: Record<string, Package> } = JSON.parse(read('package-lock.json'))

// If npm's registry lacks a package, npm omits that package from the lock file, and then npm ci fails.
test('locks the binaries for every platform', () => {
  const binaries = Object.values(packages).flatMap(({ optionalDependencies = {} }) => Object.keys(optionalDependencies))
  expect(binaries).toContain('@biomejs/cli-win32-x64')
  expect(Object.keys(packages)).toEqual(expect.arrayContaining(binaries.map(name => `node_modules/${name}`)))
})

// Newer versions of npm warn about unlisted packages, and the newest ones do not run their scripts.
test('allows or denies each install script in package.json', () => {
  const withScript = Object.entries(packages)
    .filter(([, { hasInstallScript }]) => hasInstallScript)
    .map(([folder]) => folder.replace(/^.*node_modules\//, ''))
  expect(Object.keys(JSON.parse(read('package.json')).allowScripts).sort()).toEqual([...new Set(withScript)].sort())
})
