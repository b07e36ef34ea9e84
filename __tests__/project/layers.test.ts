import { execFileSync } from 'node:child_process'
import { appendFileSync, cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, expect, test } from '@jest/globals'
import { ACTION } from '../support/job.ts'

const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
})

/** The errors of the linter, as `rule file`, when these lines are added to files of src/. */
function lint(added: Record<string, string>): string[] {
  const folder = mkdtempSync(path.join(tmpdir(), 'layers-'))
  folders.push(folder)
  cpSync(path.join(ACTION, 'src'), path.join(folder, 'src'), { recursive: true })
  cpSync(path.join(ACTION, 'biome.jsonc'), path.join(folder, 'biome.jsonc'))
  for (const [file, line] of Object.entries(added)) appendFileSync(path.join(folder, 'src', file), `${line}\n`)
  const biome = path.join(ACTION, 'node_modules/@biomejs/biome/bin/biome')
  const args = [biome, 'lint', '--vcs-enabled=false', '--reporter=json', '--max-diagnostics=200', 'src']
  let output: string
  try {
    output = execFileSync(process.execPath, args, { cwd: folder, encoding: 'utf8', stdio: 'pipe' })
  } catch (error) {
    output = (error as { stdout: string }).stdout
  }
  const { diagnostics } = JSON.parse(output.slice(output.indexOf('{'))) as {
    diagnostics: { category: string; location: { path: string | { file: string } } }[]
  }
  return diagnostics
    .map(({ category, location: { path: where } }) => {
      const file = (typeof where === 'string' ? where : where.file).replaceAll('\\', '/')
      return `${category.split('/').at(-1)} ${file.replace(/^.*?src\//, '')}`
    })
    .filter(line => /^no(RestrictedImports|ImportCycles) /.test(line))
}

test('the code keeps to its layers', () => {
  expect(lint({})).toEqual([])
})

/** An import of a layer from each one that is above it, types included. */
const UPWARDS: Record<string, string> = {
  'text.ts': "import type { Log } from './runner/log.ts'\nexport type A = Log",
  'http/proxy.ts': "import type { Gateway } from '../pinata/types.ts'\nexport type A = Gateway",
  'http/headers.ts': "import type { Step } from '../steps/step.ts'\nexport type A = Step",
  'pinata/parse.ts': "import { HEADERS } from '../github/api.ts'\nexport const a = HEADERS",
  'pinata/errors.ts': "import type { Runner } from '../runner/runner.ts'\nexport type A = Runner",
  'github/errors.ts': "import type { KeyName } from '../names/records.ts'\nexport type A = KeyName",
  'github/repository.ts': "import type { KeyId } from '../pinata/types.ts'\nexport type A = KeyId",
  'names/records.ts': "import type { Step } from '../steps/step.ts'\nexport type A = Step",
  'runner/masks.ts': "import type { Clock } from '../http/retry.ts'\nexport type A = Clock",
  'runner/summary.ts': "import type { KeyInputs } from '../steps/inputs.ts'\nexport type A = KeyInputs",
}

test('the linter finds each import that points upwards', () => {
  const found = lint(UPWARDS).filter(line => line.startsWith('noRestrictedImports'))
  expect(found.sort()).toEqual(
    Object.keys(UPWARDS)
      .map(file => `noRestrictedImports ${file}`)
      .sort(),
  )
})

test.each([
  ['a value', "import { retry } from './retry.ts'\nexport const a = retry"],
  ['a type', "import type { Clock } from './retry.ts'\nexport type A = Clock"],
])('the linter finds a cycle by %s', (_what, line) => {
  expect(lint({ 'http/answers.ts': line })).toContain('noImportCycles http/answers.ts')
})
