import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from '@jest/globals'
import { makeClone, runFirst, runNode } from '../support/demo.ts'

/** Masks nothing. Only the JWT stays hidden, because the job's secrets are masked from the start. */
const UNMASKED = runFirst(`const write = process.stdout.write
  process.stdout.write = (text, ...rest) => write.call(process.stdout, text.replace('::add-mask::', 'masked: '), ...rest)`)
const NOT_MASKED = 'the lines above, the logs, and the summaries contain neither the JWT nor a key'

test.each<[demo: string[], broken: Parameters<typeof makeClone>[0], failed: string[]]>([
  [
    [],
    { 'main.js': UNMASKED, 'post.js': () => '', 'revoke.js': () => 'process.exit(1)' },
    [
      '4. The job ends, and the key is revoked (revoke: after-job): the post step is green and revokes the key',
      'the revoke action revokes it',
      '6. After: the gateway is as it was before: no key is left',
      NOT_MASKED,
    ],
  ],
  [
    ['preview'],
    {
      'preview.js': code =>
        UNMASKED(`process.env.INPUT_ORIGIN = ''; process.env.INPUT_NAME = 'at-' + process.pid; ${code}`),
      'revoke.js': () => 'process.exit(1)',
    },
    [
      'a page of https://pr-7.example.com reads without one: 401 instead of 200',
      '3. Day 5: a second push: they are the same (created: false), so earlier deployments keep working',
      '4. The same day: pull request 8 is opened and closed: its server is refused: 200 instead of 401',
      "only the live site's key is left, and GitHub has no records",
      NOT_MASKED,
    ],
  ],
])('the demo %j reports what a broken action does wrong', async (demo, broken, failed) => {
  const { exitCode, output } = await runNode(path.join(makeClone(broken), 'emulator/demo.mjs'), ...demo)
  const reported = output.split('These checks failed:')[1]?.replace(/\s+/g, ' ')
  for (const check of failed) expect(reported).toContain(check)
  expect(exitCode).toBe(1)
})

test.each(['demo', 'summary'])('docs/images/%s.svg is up to date (npm run demo:record updates it)', async name => {
  const file = path.join(makeClone(), `${name}.svg`)
  expect(await runNode(path.resolve('scripts/pictures.mjs'), name, file)).toEqual({ exitCode: 0, output: '' })
  expect(readFileSync(`docs/images/${name}.svg`, 'utf8')).toBe(readFileSync(file, 'utf8'))
})
