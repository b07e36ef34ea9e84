import { existsSync, readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from '@jest/globals'
import type { RunOptions } from '../support/act.ts'
import { recordsOf } from '../support/step.ts'
import { home, programs, pullRequest, setup } from './setup.ts'

const CALLS = path.join(home, 'calls')
const RECORD = `echo "$(basename "$0") $*" >> '${CALLS}'`
const SITE = {
  'site.mjs': `import fs from 'node:fs'
    fs.appendFileSync('${CALLS}', ['site.mjs', ...process.argv.slice(2)].join(' ') + '\\n')
    console.log('cid=bafytest')`,
}

/** Returns the setup, with a `run` that also returns the calls to these programs. */
async function setupWith(scripts: Record<string, string>) {
  const fixture = await setup()
  async function run(file: string, event: RunOptions = {}) {
    rmSync(CALLS, { force: true })
    const { results } = await fixture.run(file, { programs: programs(scripts), files: SITE, ...event })
    return { results, calls: existsSync(CALLS) ? readFileSync(CALLS, 'utf8').trim().split('\n') : [] }
  }
  return { ...fixture, run }
}

test('site-preview.yml: uploads, deploys, comments once, and cleans up', async () => {
  const commented = path.join(home, 'commented')
  const { pinata, github, run } = await setupWith({
    npm: RECORD,
    npx: `${RECORD}; if [[ $3 = deploy ]]; then test "$(<"$RUNNER_TEMP/secrets.json")" = "{\\"GATEWAY_KEY\\":\\"$GATEWAY_KEY\\"}"; fi`,
    gh: `${RECORD}; if [[ $2 = view && -e '${commented}' ]]; then echo "Preview: https://preview-pr-7.example.workers.dev"; fi
      if [[ $2 = comment ]]; then touch '${commented}'; fi`,
  })
  const { keys } = pinata.addGateway({ customDomains: ['ipfs.example.com'], keys: 1 })
  const before = [...keys]
  const vars = { GATEWAY_ID: 'ipfs.example.com' }
  const start = (action: string) => run('deploy/site-preview.yml', { ...pullRequest(action), vars })

  const opened = await start('opened')
  expect(opened.results).toEqual({ preview: 'success', 'clean-up': 'skipped' })
  expect(opened.calls).toEqual([
    'npm ci',
    'npm run build',
    'site.mjs upload dist preview-pr-7',
    expect.stringMatching(
      /^npx --yes wrangler@\S+ deploy worker\.ts --name preview-pr-7 .* --var GATEWAY_URL:https:\/\/ipfs\.example\.com SITE_CID:bafytest --secrets-file \S+$/,
    ),
    'gh pr view 7 --json comments --jq .comments[].body',
    'gh pr comment 7 --body Preview: https://preview-pr-7.example.workers.dev',
  ])
  const pushed = await start('synchronize')
  expect(pushed.calls.filter(call => call.startsWith('gh'))).toEqual([opened.calls[4]])
  expect([keys.length, recordsOf(github).map(({ name }) => name)]).toEqual([2, ['pr-7']])

  const closed = await start('closed')
  expect(closed.results).toEqual({ preview: 'skipped', 'clean-up': 'success' })
  expect(closed.calls).toEqual([
    expect.stringMatching(/^npx --yes wrangler@\S+ delete preview-pr-7 --force$/),
    'npm ci',
    'site.mjs delete preview-pr-7',
  ])
  expect([keys, github.deployments.size]).toEqual([before, 0])
})

test.each([
  ['fails if the key is in the site', 'echo "<img src=?pinataGatewayToken=$GATEWAY_KEY>"', 'failure'],
  ['succeeds if the key is not in the site', 'echo "<img src=logo.png>"', 'success'],
])('build.yml: %s', async (_name, page, build) => {
  const npm = `if [[ $1 = run ]]; then mkdir dist; ${page} > dist/index.html; fi`
  const { gateway, run } = await setupWith({ npm })
  expect((await run('deploy/build.yml')).results).toEqual({ build })
  expect(gateway.keys).toHaveLength(1)
})

test.each(['vercel', 'netlify', 'cloudflare'])('%s.yml: passes the same named key to each deployment', async name => {
  const fails = path.join(home, 'fails')
  const { gateway, run } = await setupWith({
    npm: '',
    npx: `test -n "$GATEWAY_URL" && test -n "$GATEWAY_KEY" && if [[ ! -e '${fails}' ]]; then touch '${fails}'; false; fi`,
  })
  for (const deploy of ['failure', 'success', 'success']) {
    expect((await run(`deploy/${name}.yml`)).results).toEqual({ deploy })
    expect(gateway.keys).toHaveLength(2)
  }
  rmSync(fails)
})
