// Evidence for the differences between act and GitHub in docs/emulators.md. If a test fails after you update act, act
// may have improved. If so, shorten the list.
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from '@jest/globals'
import { type RunOptions, runWorkflow } from '../support/act.ts'
import { home } from './setup.ts'

/** Runs a workflow with these jobs. */
function run(jobs: object, options: RunOptions = {}, on: string | object = 'push') {
  const file = path.join(home, 'workflow.yml')
  // JSON is YAML.
  writeFileSync(file, JSON.stringify({ on, jobs }))
  return runWorkflow(file, options)
}

const job = (steps: object[], more: object = {}) => ({ 'runs-on': 'ubuntu-latest', steps, ...more })
const STEPS = [{ run: 'echo' }]

test('shows masked values, evaluates less, and gives a step a different environment than GitHub does', async () => {
  const ids = ['repository_id', 'repository_owner_id', 'actor_id', 'triggering_actor', 'workflow_ref', 'workflow_sha']
  const outputs = { value: '${{ steps.one.outputs.value }}' }
  const masking = `
    echo '::add-mask::not-for-everybody'
    echo 'value=not-for-everybody' >> "$GITHUB_OUTPUT"
    echo "in one: not-for-everybody, $SECRET"
    printf 'in base64: '
    printf %s "$SECRET" | base64`
  const environment = `
    echo '\${{ github.repository }},${ids.map(name => `\${{ github.${name} }}`).join()},\${{ runner.name }}'
    test -t 1 && echo 'in a terminal'
    echo "docker: $DOCKER_HOST"`
  const { jobs, log } = await run(
    {
      one: job([{ id: 'one', env: { SECRET: '${{ secrets.SECRET }}' }, run: masking }, { run: environment }], {
        outputs,
      }),
      two: job([{ env: { VALUE: '${{ needs.one.outputs.value }}' }, run: 'echo "in two: $VALUE"' }], { needs: 'one' }),
      three: job([{ id: 'one', run: 'echo' }], { if: false, outputs }),
      four: job(STEPS, { needs: 'three', if: "always() && needs.three.outputs.value != ''" }),
    },
    { secrets: { SECRET: 'the-secret' } },
  )
  expect(log).toContain('in one: ***, ***')
  // On GitHub, the job would have no such output.
  expect(log).toContain('in two: not-for-everybody')
  // On GitHub: ***
  expect(log).toContain(`in base64: ${btoa('the-secret')}`)
  // On GitHub: SECRET: ***
  expect(log).not.toContain('SECRET: ')
  expect(log).toMatch(/^octo-org\/octo-site,{7}$/m)
  expect(log).toContain('in a terminal\ndocker: unix:///nowhere')
  // On GitHub, outputs of a skipped job are empty.
  expect(jobs).toMatchObject({ three: { result: 'skipped' }, four: { result: 'success' } })
})

test('kills a canceled step at once, fails its job, and starts no steps of later jobs', async () => {
  const waiting = `
    trap 'echo interrupted; exit 1' INT
    trap 'echo terminated; exit 1' TERM
    echo waiting
    for i in $(seq 50); do sleep 0.1; done`
  const { jobs, log } = await run(
    {
      one: job([
        { name: 'Wait', run: waiting },
        { name: 'Cancelled', if: 'cancelled()', run: 'echo "the job is ${{ job.status }}"' },
        { name: 'Always', if: 'always()', run: 'echo' },
      ]),
      always: job(STEPS, { needs: 'one', if: 'always()' }),
      cancelled: job(STEPS, { needs: 'one', if: 'cancelled()' }),
      failure: job(STEPS, { needs: 'one', if: 'failure()' }),
    },
    { cancelAt: 'waiting' },
  )
  expect(log).not.toMatch(/^(interrupted|terminated)$/m)
  expect(log).toContain('signal: killed')
  expect(log).toContain('the job is cancelled')
  expect(jobs).toMatchObject({
    // As on GitHub, steps whose condition holds still run, as do post steps. On GitHub, the result is `cancelled`.
    one: { result: 'failure', steps: [{ name: 'Wait' }, { name: 'Cancelled' }, { name: 'Always' }] },
    // On GitHub: success with its step, success with its step, skipped.
    always: { result: 'success', steps: [] },
    cancelled: { result: 'skipped', steps: [] },
    failure: { result: 'success', steps: [] },
  })
})

test('ignores the types and branches of an event', async () => {
  const event = { action: 'closed', number: 17, pull_request: { number: 17, base: { ref: 'main' } } }
  const on = { pull_request: { types: ['opened'], branches: ['production'] } }
  const { jobs } = await run({ one: job(STEPS) }, { eventName: 'pull_request', event }, on)
  expect(jobs.one?.result).toBe('success')
})
