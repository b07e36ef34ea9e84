import { execFile } from 'node:child_process'
import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, expect, test } from '@jest/globals'

const clones: string[] = []

afterEach(() => {
  for (const clone of clones.splice(0)) rmSync(clone, { recursive: true, force: true, maxRetries: 5 })
})

/** What the demo needs of a fresh clone, in which nothing was installed. */
function makeClone(): string {
  const clone = mkdtempSync(path.join(tmpdir(), 'clone-'))
  clones.push(clone)
  for (const name of ['emulator', 'dist', 'action.yml', 'revoke', 'package.json'])
    cpSync(name, path.join(clone, name), { recursive: true })
  return clone
}

/** Runs the demo as `npm run demo` does, its output into a pipe. */
function runDemo(clone: string): Promise<{ exitCode: unknown; output: string }> {
  const { scripts } = JSON.parse(readFileSync(path.join(clone, 'package.json'), 'utf8'))
  expect(scripts.demo).toBe('node emulator/demo.mjs')
  return new Promise(resolve => {
    // Not the clone's own folder: the demo finds its files by itself.
    execFile(process.execPath, [path.join(clone, 'emulator/demo.mjs')], { cwd: tmpdir() }, (error, stdout, stderr) =>
      resolve({ exitCode: error === null ? 0 : error.code, output: stdout + stderr }),
    )
  })
}

test('in a fresh clone it is so', async () => {
  const { exitCode, output } = await runDemo(makeClone())
  expect(output).toMatch(/\n\d\d facts checked, all of them so, in [\d.]+ seconds\.\n$/)
  expect(output).not.toContain('NOT SO')
  expect(output).toContain('Warning: Key')
  expect(output).toContain("Skip output 'gateway-key' since it may contain secret.")
  expect(output).not.toContain('\x1b')
  for (const line of output.split('\n')) expect(line.length).toBeLessThanOrEqual(100)
  expect(exitCode).toBe(0)
})

const SABOTAGE: [what: string, sabotage: (clone: string) => void, notSo: string[]][] = [
  [
    'an end of the job that does nothing',
    clone => writeFileSync(path.join(clone, 'dist/post.js'), ''),
    ['4. The job ends, and with it the key (revoke: after-job): the end of the job is green and revokes the key'],
  ],
  [
    'a main step that breaks',
    clone => writeFileSync(path.join(clone, 'dist/main.js'), 'process.exitCode = 1'),
    ['2. A job creates a key: the step is green, and the gateway has this one key'],
  ],
  [
    'a revoke action that is not there',
    clone => rmSync(path.join(clone, 'dist/revoke.js')),
    ['the revoke action revokes it', '6. After: the gateway is as it was: no key is left'],
  ],
  [
    'a key in the log that nobody masked',
    // The JWT stays hidden, as the job's secrets are masked from the start.
    clone =>
      appendFileSync(
        path.join(clone, 'dist/main.js'),
        `;const write = process.stdout.write
         process.stdout.write = (text, ...rest) => write.call(process.stdout, text.replace('::add-mask::', 'masked: '), ...rest)`,
      ),
    ['6. After: the gateway is as it was: neither the JWT nor a key is in any line above, log or summary'],
  ],
]

test.each(SABOTAGE)('with %s it is not so, and says where', async (_, sabotage, notSo) => {
  const clone = makeClone()
  sabotage(clone)
  const { exitCode, output } = await runDemo(clone)
  const [, conclusion = ''] = output.split('The story is not so:')
  const unfolded = conclusion.replace(/\s+/g, ' ')
  for (const line of notSo) expect(unfolded).toContain(line)
  expect(exitCode).toBe(1)
})
