import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from '@jest/globals'
import { parse, stringify } from 'yaml'
import { ACTION } from '../support/job.ts'
import { home, programs, setup } from './setup.ts'

const text = readFileSync(path.join(ACTION, '.github/workflows/ci.yml'), 'utf8')
  // Node is installed already, and act can't resolve paths in this repository.
  .replace(/ +- uses: actions\/(checkout|setup-node)@.*\n +with:\n.*\n/g, '')
  .replace(/uses: \.\/(\w*)/g, (_, folder) => `uses: ${path.posix.join('OWNER/pinata-gateway-key-action', folder)}@v1`)
  .replaceAll('node emulator/', `node ${ACTION}/emulator/`)
const { jobs } = parse(text)

test.each(['action', 'names'])('ci.yml: the job %s passes', async name => {
  const { github, run } = await setup()
  const file = path.join(home, `${name}.yml`)
  const job = { ...jobs[name], strategy: undefined, 'runs-on': 'ubuntu-latest' }
  writeFileSync(file, stringify({ on: 'push', jobs: { [name]: job } }))
  // The job's last step expects GitHub to list no records.
  const { results, log } = await run(file, { programs: programs({ gh: 'echo 0' }) })
  const [, emulator] = /process (\d+)/.exec(log) ?? []
  if (emulator) process.kill(Number(emulator))
  expect([results, github.deployments.size]).toEqual([{ [name]: 'success' }, 0])
})
