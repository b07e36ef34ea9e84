import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from '@jest/globals'
import { parse } from 'yaml'
import { pullRequestEnv } from '../support/event.ts'
import { ACTION } from '../support/job.ts'
import { ORIGIN } from '../support/origin.ts'
import { DAY_MS } from '../support/records.ts'
import { pinataAndGitHub, runOriginStep, runPreviewStep, type StepOutcome } from '../support/step.ts'

const read = (...names: string[]) => readFileSync(path.join(ACTION, ...names), 'utf8')
const filesIn = (folder: string, extension: string) =>
  readdirSync(path.join(ACTION, folder)).filter(name => name.endsWith(extension))

const README = 'README.md'
const REFERENCE = 'docs/reference.md'
const DOCUMENTS = [...filesIn('.', '.md'), ...filesIn('docs', '.md').map(name => `docs/${name}`)]
/** The actions' folders, starting with the main action's. */
const ACTION_FOLDERS = ['.', ...readdirSync(ACTION)].filter(name => existsSync(path.join(ACTION, name, 'action.yml')))

interface Metadata {
  name: string
  description: string
  branding: { icon: string; color: string }
  inputs: Record<string, { description: string; required?: boolean; default?: string }>
  outputs: Record<string, { description: string }>
}

function section(document: string, heading: string): string {
  const text = `${read(document)}\n## `.split(`\n## ${heading}\n`)[1]
  return text?.split('\n## ')[0] ?? ''
}

const cellsOf = (line: string) =>
  line
    .split('|')
    .slice(1, -1)
    .map(cell => cell.trim())

/** Returns the rows of the table with these columns, each as a list of cells. */
function rows(text: string, columns: string[]): string[][] {
  const blocks = text.trim().split('\n\n')
  const tables = blocks.map(block => block.split('\n').map(cellsOf))
  return tables.find(([head]) => head?.join() === columns.join())?.slice(2) ?? []
}

/** Returns the inputs and outputs of an action, as its tables show them. */
function tablesOf({ inputs, outputs }: Metadata) {
  return {
    inputs: Object.entries(inputs).map(([name, { required, default: value = '', description }]) => {
      return [name, required ? 'required' : value, description]
    }),
    outputs: Object.entries(outputs).map(([name, { description }]) => [name, description]),
  }
}

/** Returns the tables below a heading, without backticks. */
function tablesIn(document: string, heading: string) {
  const text = section(document, heading).replaceAll('`', '')
  return { inputs: rows(text, ['Input', 'Default', 'Meaning']), outputs: rows(text, ['Output', 'Meaning']) }
}

test.each([
  ['Get a key', 'action.yml'],
  ['Allow a web origin', 'origin/action.yml'],
  ['A pull request preview', 'preview/action.yml'],
  ['Revoke keys and origins', 'revoke/action.yml'],
])('reference.md, "%s", lists the inputs and outputs of %s', (heading, file) => {
  expect(tablesIn(REFERENCE, heading)).toEqual(tablesOf(parse(read(file))))
})

test('README lists the most important inputs and outputs of action.yml, with the same descriptions', () => {
  const [all, { inputs, outputs }] = [tablesOf(parse(read('action.yml'))), tablesIn(README, 'Inputs and outputs')]
  expect(all).toEqual({ inputs: expect.arrayContaining(inputs), outputs: expect.arrayContaining(outputs) })
  expect([inputs.length, outputs.length]).toEqual([8, 4])
})

test.each(ACTION_FOLDERS)(
  'the action in %s is in README, and its action.yml fits the tables of the documents and the Marketplace',
  folder => {
    const uses = rows(section(README, 'Actions'), ['Action', '`uses`', 'Purpose']).map(([, line]) => line)
    expect(uses).toContain(`\`${path.posix.join('OWNER/pinata-gateway-key-action', folder)}@v1\``)
    const { name, description, branding, inputs, outputs }: Metadata = parse(read(folder, 'action.yml'))
    // Each description is one short line without Markdown, because the documents' tables repeat it.
    const all = [description, ...[...Object.values(inputs), ...Object.values(outputs)].map(each => each.description)]
    for (const each of all) expect(each).toMatch(/^[^\n`|<>]{1,119}(?<!\. .*)\.$/)
    // The Marketplace rejects a release without these, but only when it is published.
    expect(name).not.toBe('')
    expect(branding.icon).toMatch(/^[a-z-]+$/)
    expect(branding.color).toMatch(/^(white|black|yellow|blue|green|orange|red|purple|gray-dark)$/)
  },
)

/** Returns the anchors that GitHub creates for a document's headings, if all headings differ. */
function anchorsOf(document: string): string[] {
  const withoutCode = read(document).replace(/^```.*?^```/gms, '')
  return [...withoutCode.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}_\- ]/gu, '')
      .replaceAll(' ', '-'),
  )
}

test.each(DOCUMENTS)('%s links only to existing headings and files', document => {
  const links = [...read(document).matchAll(/(?<!\\)\]\(([^)\s]+)\)/g)].map(([, target = '']) => target)
  const broken = links.filter(link => {
    if (link.startsWith('https://')) return false
    const [file, anchor] = link.split('#')
    const target = file ? path.posix.join(path.posix.dirname(document), file) : document
    return !existsSync(path.join(ACTION, target)) || (anchor !== undefined && !anchorsOf(target).includes(anchor))
  })
  expect(broken).toEqual([])
})

test('README contains the diagrams in docs/images, and the commands that need no account', () => {
  for (const name of filesIn('docs/images', '.mmd')) {
    const diagram = read('docs/images', name).trimEnd()
    expect(read(README)).toContain(`<!-- docs/images/${name} -->\n\n\`\`\`mermaid\n${diagram}\n\`\`\``)
  }
  expect(section(README, 'Try it')).toContain('```sh\nnpm run demo\nnpm ci && npm test\n```')
})

test('README has at most 1,000 words of prose and 2,000 in total', () => {
  const words = (text: string) => text.split(/\s+/).filter(Boolean).length
  const prose = read(README)
    .replace(/^```.*?^```/gms, '')
    .replace(/^\|.*$/gm, '')
  expect(words(prose)).toBeLessThanOrEqual(1000)
  expect(words(read(README))).toBeLessThanOrEqual(2000)
})

test("troubleshooting.md explains only the action's messages", () => {
  const files = readdirSync(path.join(ACTION, 'src'), { recursive: true, encoding: 'utf8' })
  const code = files.filter(name => name.endsWith('.ts')).map(name => read('src', name))
  const items = section('docs/troubleshooting.md', 'By message').matchAll(/^- ((?:`[^`]+`(?:, )?)+):/gm)
  const messages = [...items].flatMap(([, item = '']) => [...item.matchAll(/`([^`]+)`/g)].map(([, text = '']) => text))
  expect(messages.length).toBeGreaterThan(30)
  expect(messages.filter(message => !code.join('\n').includes(message))).toEqual([])
})

/** Counts each step's requests to Pinata and GitHub, by the step's name in the documents. */
async function measured(): Promise<Record<string, [pinata: number, github: number]>> {
  const { pinata, github, inputs, env, passTime, run, revoke, post } = await pinataAndGitHub(2)
  const counts: Record<string, [number, number]> = {}
  async function count(title: string, step: () => Promise<StepOutcome | undefined>): Promise<StepOutcome> {
    pinata.requests.length = 0
    github.requests.length = 0
    const done = await step()
    expect(done).toMatchObject({ error: undefined, warnings: [] })
    counts[title] = [pinata.requests.length, github.requests.length]
    return done as StepOutcome
  }
  const allow = (more: Record<string, string>) => runOriginStep({ ...inputs, origin: ORIGIN, ...more }, { env })

  const name = { name: 'pr-7' }
  const named = { ...name, 'expires-in': '7d' }
  const after = { revoke: 'after-job' }
  const first = await count('Create a key', () => run(after))
  await count('Reuse a key by key-id', () => run({ 'key-id': first.outputs['key-id'] ?? '' }))
  await count('Post step: revoke a key', () => post(first, 'success'))
  const second = await run({})
  await count('Revoke a key by key-id', () => revoke({ 'key-id': second.outputs['key-id'] ?? '' }))

  await count('Create a key with a name', () => run(named))
  await count('Reuse a key by its name', () => run(name))
  passTime(4 * DAY_MS)
  await count('Reuse a key by its name, and renew it', () => run(named))
  await revoke(name)
  await run(named)
  await count('Revoke a key by name', () => revoke(name))
  await count('Create a key with rotate: true', () => run({ ...named, rotate: 'true' }))
  await count('Sweep with expired, nothing has expired', () => revoke({ expired: 'true' }))
  passTime(8 * DAY_MS)
  await count('Sweep with expired, one key has expired', () => revoke({ expired: 'true' }))

  const third = await count('Add an origin', () => allow(after))
  await count('Post step: remove an origin', () => post(third, 'success'))
  await count('Add an origin with a name', () => allow(named))
  await count('Reuse an origin by its name', () => allow(name))
  passTime(4 * DAY_MS)
  await count('Reuse an origin by its name, and renew it', () => allow(named))
  await revoke(name)
  await allow(named)
  await count('Remove an origin by name', () => revoke(name))

  for (const [title, action] of Object.entries({ Open: 'opened', Close: 'closed' })) {
    const variables = { ...env, ...pullRequestEnv(action) }
    await count(`${title} a preview with a key`, () => runPreviewStep(inputs, { env: variables }))
  }
  return counts
}

test('steps send the documented number of requests', async () => {
  const counts = await measured()
  const table = rows(section(REFERENCE, 'Requests'), ['Step', 'Pinata', 'GitHub'])
  const documented = table.map(([title = '', ...numbers]) => [title.replaceAll('`', ''), numbers.map(Number)])
  expect(Object.fromEntries(documented)).toEqual(counts)
  const byName = table.filter(([title = '']) => /^(Create|Reuse) a key .*(name|rotate)/.test(title))
  const numbers = byName.map(([, , number]) => Number(number))
  const range = `${Math.min(...numbers)} to ${Math.max(...numbers)}`
  expect(read(README).replace(/\s+/g, ' ')).toContain(`getting a key by name takes [${range}](${REFERENCE}#requests)`)
})
