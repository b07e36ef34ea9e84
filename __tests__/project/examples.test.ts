// Checks the text of the examples. `npm run test:workflows` runs them.
import { execFileSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { parse } from 'yaml'
import { TOOLS } from '../../scripts/tools/versions.mjs'
import { read } from '../support/documents.ts'
import { ACTION } from '../support/job.ts'

type Texts = Record<string, string>
type Step = { id?: string; uses?: string; run?: string; env?: Texts; with?: Texts }
type Job = { if?: string; steps: Step[]; permissions?: Texts; environment?: object }
type Workflow = { on: object | string; concurrency?: { group: string }; jobs: Record<string, Job> }

const filesOf = (folder: string) =>
  readdirSync(path.join(ACTION, folder), { withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(({ name }) => `${folder}/${name}`)
const files = ['examples', 'examples/deploy', 'examples/edge'].flatMap(filesOf)
const workflows = files.filter(name => name.endsWith('.yml'))
const parsed = workflows.map(name => [name, parse(read(name))] as [string, Workflow])
/** The text of the documents that show examples or link to them. */
const documents = ['README.md', ...filesOf('docs')]
  .map(name => read(name))
  .filter(text => /<!-- examples\/|\]\(\.\.\/examples\//.test(text))
  .join('\n')
const deployRecipes = read('docs/recipes-deploy.md')

test('the documents contain or link to each example, contain it verbatim, and contain no other workflow', () => {
  const languages: Record<string, string> = { '.yml': 'yaml', '.ts': 'ts' }
  const shown = [...documents.matchAll(/^<!-- (examples\/.*) -->$/gm)].map(([, name = '']) => name)
  for (const name of shown) {
    expect(documents).toContain(`<!-- ${name} -->\n\n\`\`\`${languages[path.extname(name)]}\n${read(name)}\`\`\`\n`)
  }
  expect(documents.match(/```(yaml|ts)/g)).toHaveLength(shown.length)
  const linked = [...documents.matchAll(/\]\(\.\.\/(examples\/.*?)\)/g)].map(([, name = '']) => name)
  expect([...new Set([...shown, ...linked])].sort()).toEqual(files.toSorted())
})

const ownActionSteps = (steps: Step[]) => steps.filter(({ uses }) => uses?.startsWith('OWNER/'))

describe.each(parsed)('%s', (name, { jobs }) => {
  const steps = Object.values(jobs).flatMap(job => job.steps)

  test('uses only inputs and outputs that the actions have', () => {
    const used = [...read(name).matchAll(/steps\.(\w+)\.outputs\.([\w-]+)/g)]
    expect(steps.map(({ id }) => id)).toEqual(expect.arrayContaining(used.map(([, id]) => id)))
    for (const { id, uses = '', with: given = {} } of ownActionSteps(steps)) {
      const folder = uses.replace('OWNER/pinata-gateway-key-action', '').replace('@v1', '')
      const { inputs, outputs } = parse(read(folder, 'action.yml'))
      expect(Object.keys(inputs)).toEqual(expect.arrayContaining(Object.keys(given)))
      const names = used.filter(([, usedId]) => usedId === id).map(([, , output]) => output)
      expect(Object.keys(outputs)).toEqual(expect.arrayContaining(names))
    }
  })

  test("passes values to scripts through the environment, and exposes no secret to browsers or to the site's code", () => {
    for (const { run = '', env = {} } of steps) {
      expect(run).not.toContain('${{')
      const names = Object.keys(env).join()
      expect(names).not.toMatch(/(NEXT_PUBLIC|VITE|REACT_APP|\bPUBLIC|EXPO_PUBLIC)_/)
      if (run.includes('npm ci')) expect(env).toEqual({})
      if (run.includes('npm run')) expect(names).not.toMatch(/JWT|TOKEN/)
    }
  })

  test('uses an environment, has the permission for names, adds no first control, and revokes what has no name', () => {
    for (const { if: condition = '', permissions, environment, steps } of Object.values(jobs)) {
      const usesJwt = JSON.stringify(steps).includes('secrets.PINATA_JWT')
      if (usesJwt) expect(environment).toEqual({ name: expect.stringMatching(/^pinata/), deployment: false })
      for (const { uses = '', with: inputs = {} } of ownActionSteps(steps)) {
        const isNamed = inputs.name || inputs.expired || inputs.closed || uses.includes('/preview@')
        if (isNamed) expect(permissions).toMatchObject({ deployments: 'write' })
        if (uses.includes('/revoke@') || inputs['key-id'] || condition.includes("== 'closed'")) continue
        expect(inputs).toMatchObject({ 'first-control': 'fail' })
        if (!isNamed) expect(inputs.revoke).toMatch(/^(on-failure|after-job)$/)
      }
    }
  })
})

// act can't test this: after a cancellation, it runs no steps of later jobs.
test.each(['across-jobs.yml', 're-run.yml'])('%s: revokes the key even if the run fails or is canceled', name => {
  expect(parse(read('examples', name)).jobs.revoke.if).toMatch(
    /^\$\{\{ always\(\)( && needs\.key\.outputs\.key-id != '')? }}$/,
  )
})

test("no run waits for another example's run with the same event, or cancels another run", () => {
  const concurrent = parsed.filter(([, { concurrency }]) => concurrency)
  const groups = concurrent.map(([, { on, concurrency }]) => `${concurrency?.group} ${JSON.stringify(on)}`)
  expect(groups.length).toBeGreaterThan(9)
  expect(new Set(groups).size).toBe(groups.length)
  for (const name of workflows) expect(read(name)).not.toContain('cancel-in-progress')
})

test('mentions only tool versions and commands that are checked', () => {
  const text = [deployRecipes, ...workflows.map(name => read(name))].join('\n')
  const named = [...text.matchAll(/npx (?:--yes )?([\w-]+)@(\S+)/g)].map(([, tool, version]) => `${tool}@${version}`)
  expect(named.length).toBeGreaterThan(5)
  const checked = Object.entries(TOOLS).map(([tool, version]) => `${tool}@${version}`)
  expect(checked).toEqual(expect.arrayContaining([...new Set(named)]))
  expect(deployRecipes).toContain(`\`pinata\` ${TOOLS.pinata}`)
  expect(text).not.toMatch(/npx (?!--yes [\w-]+@\d)/)

  const checks = ['vercel', 'netlify', 'cloudflare'].map(name => read('scripts', 'tools', `${name}.mjs`)).join('\n')
  const words = [...checks.matchAll(/documentedCommand\('(.*)'\)/g)].map(([, found = '']) => found)
  for (const [, command = ''] of deployRecipes.matchAll(/```sh\n(.*?)\n```/gs)) {
    expect(words.filter(found => command.includes(found))).toHaveLength(1)
  }
})

test('recipes.md: uploads a file with curl', () => {
  const [, command = ''] = /```sh\n(curl .*?)\n```/s.exec(read('docs/recipes.md')) ?? []
  const script = `curl() { printf '%s\\n' "$@"; }\n${command}`
  const env = { ...process.env, PINATA_UPLOAD_JWT: 'a-jwt' }
  expect(execFileSync('bash', ['-c', script], { env, encoding: 'utf8' }).trim().split('\n')).toEqual([
    ...['--fail', '--silent', '--show-error', '--header', 'Authorization: Bearer a-jwt'],
    ...['--form', 'network=public', '--form', 'file=@logo.png', 'https://uploads.pinata.cloud/v3/files'],
  ])
})
