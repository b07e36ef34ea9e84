import { existsSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from '@jest/globals'
import { parse } from 'yaml'
import { README, REFERENCE, read, rows, section } from '../support/documents.ts'
import { ACTION } from '../support/job.ts'

const filesIn = (folder: string, extension: string) =>
  readdirSync(path.join(ACTION, folder)).filter(name => name.endsWith(extension))

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
