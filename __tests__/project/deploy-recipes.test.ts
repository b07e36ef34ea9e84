import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, expect, test } from '@jest/globals'
import { parse } from 'yaml'
import { TOOLS } from '../../scripts/tools/versions.mjs'
import { startedGitHub } from '../support/github.ts'
import { ACTION, type Job, leaksOf } from '../support/job.ts'
import { pinataWithGateway, recordsOf } from '../support/step.ts'
import { runExample } from '../support/workflow.ts'

const read = (...names: string[]) => readFileSync(path.join(ACTION, ...names), 'utf8')
const document = read('docs', 'recipes-deploy.md')
const filesOf = (folder: string) => readdirSync(path.join(ACTION, 'examples', folder)).map(name => `${folder}/${name}`)
const files = [...filesOf('deploy'), ...filesOf('edge')]
const workflows = files.filter(name => name.endsWith('.yml'))

interface Step {
  id?: string
  name?: string
  uses?: string
  run?: string
  env?: Record<string, string>
  with?: Record<string, unknown>
}

const jobsOf = (name: string): [string, { steps: Step[]; permissions?: Record<string, string> }][] =>
  Object.entries(parse(read('examples', name)).jobs)

/** The steps of all jobs of a workflow. */
const stepsOf = (name: string) => jobsOf(name).flatMap(([, { steps }]) => steps)

/** The metadata of one of our actions. */
function metadataOf(uses: string): { inputs: object; outputs: object } | undefined {
  const folder = /^OWNER\/pinata-gateway-key-action(\/\w+)?@v1$/.exec(uses)
  return folder ? parse(read(folder[1] ?? '', 'action.yml')) : undefined
}

/** Files that are too long to show. */
const linked = ['deploy/site.mjs', 'deploy/site-preview.yml', 'edge/gateway.ts']
const shown = files.filter(name => !linked.includes(name))

test.each(shown)('contains examples/%s', name => {
  expect(document).toContain(
    `<!-- examples/${name} -->\n\n\`\`\`${languageOf(name)}\n${read('examples', name).trimEnd()}\n\`\`\``,
  )
})

test.each(linked)('links to examples/%s', name => {
  expect(document).toContain(`](../examples/${name})`)
})

function languageOf(name: string): string {
  const languages: Record<string, string> = { '.yml': 'yaml', '.ts': 'ts', '': 'dockerfile' }
  return languages[path.extname(name)] ?? ''
}

test('contains only files of examples/', () => {
  const found = [...document.matchAll(/^<!-- examples\/(.*) -->$/gm)].map(([, name]) => name)
  expect(found.sort()).toEqual(shown.sort())
})

test.each(workflows)('examples/%s: uses only inputs and outputs that the actions have', name => {
  const steps = stepsOf(name)
  const ours = steps.filter(step => step.uses?.startsWith('OWNER/'))
  expect(ours.length).toBeGreaterThan(0)
  for (const { uses = '', with: inputs = {} } of ours) {
    expect(Object.keys(metadataOf(uses)?.inputs ?? {})).toEqual(expect.arrayContaining(Object.keys(inputs)))
  }
  for (const [, id, output] of read('examples', name).matchAll(/steps\.(\w+)\.outputs\.([\w-]+)/g)) {
    const step = steps.find(other => other.id === id)
    expect(step).toBeDefined()
    if (step?.uses) expect(metadataOf(step.uses)?.outputs).toHaveProperty(String(output))
  }
})

test.each(workflows)(
  'examples/%s: passes values to scripts by the environment, and no secret in a variable for browsers',
  name => {
    for (const { run = '', env = {} } of stepsOf(name)) {
      expect(run).not.toContain('${{')
      for (const variable of Object.keys(env))
        expect(variable).not.toMatch(/^(NEXT_PUBLIC|VITE|REACT_APP|PUBLIC|EXPO_PUBLIC)_/)
    }
  },
)

test.each(workflows)('examples/%s: gives a step that runs the code of the site no secret but a key', name => {
  for (const { run = '', env = {} } of stepsOf(name)) {
    if (run.includes('npm ci')) expect(env).toEqual({})
    if (run.includes('npm run'))
      expect(Object.keys(env)).not.toEqual(expect.arrayContaining([expect.stringMatching(/JWT|TOKEN/)]))
  }
})

test.each(workflows)('examples/%s: gives named keys the permission, and revokes unnamed keys after the job', name => {
  for (const [, { steps, permissions = {} }] of jobsOf(name)) {
    for (const { uses, with: inputs } of steps.filter(step => step.uses?.startsWith('OWNER/'))) {
      if (inputs?.name !== undefined || uses?.includes('/preview@'))
        expect(permissions).toMatchObject({ deployments: 'write' })
      else expect(inputs).toMatchObject({ revoke: 'after-job' })
    }
  }
})

test('names only the versions of tools that are checked', () => {
  const text = [document, ...workflows.map(name => read('examples', name))].join('\n')
  const named = [...text.matchAll(/npx (?:--yes )?([\w-]+)@(\S+)/g)].map(([, tool, version]) => `${tool}@${version}`)
  expect(named.length).toBeGreaterThan(5)
  for (const one of new Set(named)) {
    expect(Object.entries(TOOLS).map(([tool, version]) => `${tool}@${version}`)).toContain(one)
  }
  expect(document).toContain(`\`pinata\` ${TOOLS.pinata}`)
  expect(text.match(/npx (?!--yes [\w-]+@\d)/g)).toEqual(null)
})

test('shows only short commands of tools that are checked', () => {
  const commands = [...document.matchAll(/```sh\n(.*?)\n```/gs)].map(([, command]) => command)
  expect(commands.length).toBeGreaterThan(4)
  const checks = ['vercel', 'netlify', 'cloudflare'].map(name => read('scripts', 'tools', `${name}.mjs`)).join('\n')
  const looked = [...checks.matchAll(/documentedCommand\('(.*)'\)/g)].map(([, words]) => words)
  expect(commands.map(command => looked.filter(words => command?.includes(String(words))).length)).toEqual(
    commands.map(() => 1),
  )
})

// With slashes, as it stands in scripts for bash.
const home = mkdtempSync(path.join(tmpdir(), 'deploy-recipes-')).replaceAll('\\', '/')
afterAll(() => rmSync(home, { recursive: true, force: true }))

/** Creates a folder with these commands. RECORD writes how it was called into `calls` of the workspace. */
function standIns(scripts: Record<string, string>): string {
  const folder = mkdtempSync(path.join(home, 'bin-'))
  for (const [name, script] of Object.entries(scripts)) {
    const file = path.join(folder, name)
    writeFileSync(file, `#!/usr/bin/env bash\n${script}\n`)
    chmodSync(file, 0o755)
  }
  return folder
}

const RECORD = 'echo "$(basename "$0") $*" >> calls'

async function setup(name: string, scripts: Record<string, string>) {
  const { pinata, gateway, jwt } = await pinataWithGateway(1)
  gateway.customDomains.push({
    domain: 'ipfs.example.com',
    domain_validation_status: 'active',
    custom_domain_id: 'a',
    ssl_validation_status: 'active',
  })
  const github = await startedGitHub()
  const token = github.addToken()
  const bin = standIns(scripts)
  const run = async (event: object = {}) => {
    const calls: string[] = []
    let workspace = ''
    const results = await runExample(name, {
      jwt,
      apiUrl: pinata.apiUrl,
      env: { PATH: `${bin}${path.delimiter}${process.env.PATH}` },
      github: { api_url: github.apiUrl, token, ...event },
      vars: { GATEWAY_ID: 'ipfs.example.com' },
      prepare: job => {
        workspace = job.workspace
        mkdirSync(path.join(workspace, 'dist'), { recursive: true })
      },
      afterStep: (job: Job) => {
        const file = path.join(job.workspace, 'calls')
        if (existsSync(file)) calls.push(...readFileSync(file, 'utf8').trim().split('\n').slice(calls.length))
      },
    })
    const secrets = [jwt, token, ...gateway.keys.map(({ value }) => value)]
    for (const { log, steps } of Object.values(results)) {
      expect(secrets.filter(secret => log.includes(secret))).toEqual([])
      expect(steps.flatMap(step => leaksOf(step, ...secrets))).toEqual([])
    }
    return { results, calls }
  }
  return { gateway, github, run }
}

const pullRequest = (action: string) => ({
  event_name: 'pull_request',
  repository: 'octo-org/octo-site',
  event: {
    action,
    number: 7,
    pull_request: { number: 7, user: { login: 'octocat' }, head: { repo: { full_name: 'octo-org/octo-site' } } },
  },
})

test('site-preview.yml: uploads, deploys, comments once and cleans up', async () => {
  const { gateway, github, run } = await setup('deploy/site-preview.yml', {
    npm: RECORD,
    npx: `${RECORD}; if [[ $3 = deploy ]]; then test "$(<"$RUNNER_TEMP/secrets.json")" = "{\\"GATEWAY_KEY\\":\\"$GATEWAY_KEY\\"}"; fi`,
    node: `if [[ $1 = site.mjs ]]; then ${RECORD}; echo cid=bafytest; else exec ${JSON.stringify(process.execPath)} "$@"; fi`,
    gh: `${RECORD}; if [[ $2 = view && -e ${home}/commented ]]; then echo "Preview: https://preview-pr-7.example.workers.dev"; fi
      if [[ $2 = comment ]]; then touch ${home}/commented; fi`,
  })
  const before = [...gateway.keys]

  const opened = await run(pullRequest('opened'))
  expect(Object.keys(opened.results)).toEqual(['preview'])
  expect(opened.results.preview?.status).toBe('success')
  expect(opened.calls).toEqual([
    'npm ci',
    'npm run build',
    'node site.mjs upload dist preview-pr-7',
    expect.stringMatching(
      /^npx --yes wrangler@\S+ deploy worker\.ts --name preview-pr-7 .* --var GATEWAY_URL:https:\/\/ipfs\.example\.com SITE_CID:bafytest --secrets-file \S+$/,
    ),
    'gh pr view 7 --json comments --jq .comments[].body',
    'gh pr comment 7 --body Preview: https://preview-pr-7.example.workers.dev',
  ])
  const pushed = await run(pullRequest('synchronize'))
  expect(pushed.calls.filter(call => call.startsWith('gh'))).toEqual([opened.calls[4]])
  expect(gateway.keys).toHaveLength(2)
  expect(recordsOf(github).map(({ name }) => name)).toEqual(['pr-7'])

  const closed = await run(pullRequest('closed'))
  expect(Object.keys(closed.results)).toEqual(['clean-up'])
  expect(closed.calls).toEqual([
    expect.stringMatching(/^npx --yes wrangler@\S+ delete preview-pr-7 --force$/),
    'npm ci',
    'node site.mjs delete preview-pr-7',
  ])
  expect(gateway.keys).toEqual(before)
  expect(github.deployments.size).toBe(0)
})

test.each([
  ['fails if the key is in the site', 'echo "<img src=?pinataGatewayToken=$GATEWAY_KEY>" > dist/index.html', 'failure'],
  ['succeeds if the key is not in the site', 'echo "<img src=logo.png>" > dist/index.html', 'success'],
  ['fails if there is no site', 'rmdir dist', 'failure'],
])('build.yml: %s', async (_what, build, status) => {
  const { gateway, run } = await setup('deploy/build.yml', {
    npm: `if [[ $1 = run ]]; then ${build}; fi`,
  })
  expect((await run()).results.build?.status).toBe(status)
  expect(gateway.keys).toHaveLength(1)
})

test.each(['vercel', 'netlify', 'cloudflare'])('%s.yml: passes the key of its name to each deployment', async name => {
  const fails = `${home}/fails`
  const { gateway, run } = await setup(`deploy/${name}.yml`, {
    npm: RECORD,
    npx: `test -n "$GATEWAY_URL" && test -n "$GATEWAY_KEY" && test ! -e ${fails}`,
  })
  writeFileSync(fails, '')
  expect((await run()).results.deploy?.status).toBe('failure')
  const keys = [...gateway.keys]
  expect(keys).toHaveLength(2)
  rmSync(fails)
  expect((await run()).results.deploy?.status).toBe('success')
  expect((await run()).results.deploy?.status).toBe('success')
  expect(gateway.keys).toEqual(keys)
})
