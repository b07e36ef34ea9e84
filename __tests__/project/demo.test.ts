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
  for (const name of ['emulator', 'dist', 'action.yml', 'preview', 'revoke', 'package.json'])
    cpSync(name, path.join(clone, name), { recursive: true })
  return clone
}

/** Runs the demo as `npm run demo -- <args>` does, its output into a pipe. */
function runDemo(clone: string, ...args: string[]): Promise<{ exitCode: unknown; output: string }> {
  const { scripts } = JSON.parse(readFileSync(path.join(clone, 'package.json'), 'utf8'))
  expect(scripts.demo).toBe('node emulator/demo.mjs')
  // Not the clone's own folder: the demo finds its files by itself.
  return runNode(path.join(clone, 'emulator/demo.mjs'), ...args)
}

function runNode(...args: string[]): Promise<{ exitCode: unknown; output: string }> {
  return new Promise(resolve => {
    execFile(process.execPath, args, { cwd: tmpdir() }, (error, stdout, stderr) =>
      resolve({ exitCode: error === null ? 0 : error.code, output: stdout + stderr }),
    )
  })
}

/** What the demo says in the end was not so, its lines unfolded. */
const notSoOf = (output: string) => output.split('These checks failed:')[1]?.replace(/\s+/g, ' ') ?? ''

test.each([
  ['the demo of a job', [], ['Warning: Key', "Skip output 'gateway-key' since it may contain secret."]],
  [
    'the demo of a pull request',
    ['preview'],
    ['▼ Run ./preview (origin: https://pr-7.example.com', '▼ Run ./revoke (expired: true)'],
  ],
])('in a fresh clone %s is so', async (_, args, shown) => {
  const { exitCode, output } = await runDemo(makeClone(), ...args)
  expect(output).toMatch(/\nAll \d\d checks passed in [\d.]+ seconds\.\n$/)
  expect(output).not.toContain('FAILED')
  for (const text of shown) expect(output).toContain(text)
  expect(output).not.toContain('\x1b')
  for (const line of output.split('\n')) expect(line.length).toBeLessThanOrEqual(100)
  expect(exitCode).toBe(0)
})

test.each([[['toString']], [['preview', 'job']]])('asked for %j it says which demos there are', async args => {
  const { exitCode, output } = await runDemo(makeClone(), ...args)
  expect(output).toBe('Usage: npm run demo (a job), or npm run demo -- preview (a pull request)\n')
  expect(exitCode).toBe(1)
})

/** The JWT stays hidden, as the job's secrets are masked from the start. */
const unmask = (clone: string, entry = 'main.js') =>
  appendFileSync(
    path.join(clone, 'dist', entry),
    `;const write = process.stdout.write
     process.stdout.write = (text, ...rest) => write.call(process.stdout, text.replace('::add-mask::', 'masked: '), ...rest)`,
  )

const SABOTAGE: [what: string, sabotage: (clone: string) => void, notSo: string[]][] = [
  [
    'a post step that does nothing',
    clone => writeFileSync(path.join(clone, 'dist/post.js'), ''),
    ['4. The job ends, and with it the key (revoke: after-job): the post step is green and revokes the key'],
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
    clone => unmask(clone),
    ['6. After: the gateway is as it was: neither the JWT nor a key is in any line above, log or summary'],
  ],
]

test.each(SABOTAGE)('with %s it is not so, and says where', async (_, sabotage, notSo) => {
  const clone = makeClone()
  sabotage(clone)
  const { exitCode, output } = await runDemo(clone)
  for (const line of notSo) expect(notSoOf(output)).toContain(line)
  expect(exitCode).toBe(1)
})

const SABOTAGE_OF_PREVIEW: typeof SABOTAGE = [
  [
    'a preview action that allows no origin',
    clone => prepend(path.join(clone, 'dist/preview.js'), "process.env.INPUT_ORIGIN = '';"),
    ['a page of https://pr-7.example.com reads without one: 401 instead of 200'],
  ],
  [
    'names without an expiry',
    clone => prepend(path.join(clone, 'dist/preview.js'), "process.env['INPUT_EXPIRES-IN'] = '';"),
    [
      '3. Day 5: it is pushed again: they are renewed: the 7 days count from this push, to day 12',
      "6. Day 15: the next week's sweep: the preview's server is refused: 200 instead of 401",
    ],
  ],
  [
    'another name at each push',
    clone => prepend(path.join(clone, 'dist/preview.js'), 'process.env.INPUT_NAME = `at-${process.pid}`;'),
    [
      '3. Day 5: it is pushed again: they are the same (created: false), so what was deployed before keeps working',
      '4. The same day: pull request 8 is pushed, and closed: its server is refused: 200 instead of 401',
    ],
  ],
  [
    'a revoke action that is not there',
    clone => rmSync(path.join(clone, 'dist/revoke.js')),
    ['its page is refused: 200 instead of 401', 'only the key of the live site is left, and no record on GitHub'],
  ],
  [
    'a key in the log that nobody masked',
    clone => unmask(clone, 'preview.js'),
    ['neither the JWT nor a key is in any line above, log or summary'],
  ],
]

test.each(SABOTAGE_OF_PREVIEW)('with %s the demo of a pull request is not so', async (_, sabotage, notSo) => {
  const clone = makeClone()
  sabotage(clone)
  const { exitCode, output } = await runDemo(clone, 'preview')
  for (const line of notSo) expect(notSoOf(output)).toContain(line)
  expect(exitCode).toBe(1)
})

function prepend(file: string, code: string): void {
  writeFileSync(file, `${code}\n${readFileSync(file, 'utf8')}`)
}

test.each(['demo', 'summary'])('docs/images/%s.svg is up to date; npm run demo:record writes it anew', async name => {
  const file = path.join(makeClone(), `${name}.svg`)
  const { exitCode, output } = await runNode(path.resolve(`scripts/record-${name}.mjs`), file)
  expect(output).toBe('')
  expect(exitCode).toBe(0)
  expect(readFileSync(`docs/images/${name}.svg`, 'utf8')).toBe(readFileSync(file, 'utf8'))
})
