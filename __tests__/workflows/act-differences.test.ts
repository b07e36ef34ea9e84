// Evidence for the differences between act and GitHub in docs/emulators.md. If a test fails after an update of act, act
// may have improved: shorten the list.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, expect, test } from '@jest/globals'
import { type RunOptions, runWorkflow } from '../support/act.ts'

const home = mkdtempSync(path.join(tmpdir(), 'workflows-'))
afterAll(() => rmSync(home, { recursive: true, force: true }))

function run(workflow: string, options?: RunOptions) {
  const file = path.join(home, 'workflow.yml')
  writeFileSync(file, workflow)
  return runWorkflow(file, options)
}

test('shows masked values, evaluates less and gives a step other surroundings than GitHub', async () => {
  const ids = ['repository_id', 'repository_owner_id', 'actor_id', 'triggering_actor', 'workflow_ref', 'workflow_sha']
  const { jobs, log } = await run(
    `
    on: push
    jobs:
      one:
        runs-on: ubuntu-latest
        outputs:
          value: \${{ steps.one.outputs.value }}
        steps:
          - id: one
            env:
              SECRET: \${{ secrets.SECRET }}
            run: |
              echo '::add-mask::not-for-everybody'
              echo 'value=not-for-everybody' >> "$GITHUB_OUTPUT"
              echo "in one: not-for-everybody, $SECRET"
              printf 'in base64: '
              printf %s "$SECRET" | base64
          - run: |
              echo '\${{ github.repository }},${ids.map(name => `\${{ github.${name} }}`).join()},\${{ runner.name }}'
              test -t 1 && echo 'in a terminal'
              echo "docker: $DOCKER_HOST"
      two:
        needs: one
        runs-on: ubuntu-latest
        steps:
          - env:
              VALUE: \${{ needs.one.outputs.value }}
            run: 'echo "in two: $VALUE"'
      three:
        if: false
        runs-on: ubuntu-latest
        outputs:
          value: \${{ steps.one.outputs.value }}
        steps:
          - id: one
            run: echo
      four:
        needs: three
        if: always() && needs.three.outputs.value != ''
        runs-on: ubuntu-latest
        steps:
          - run: echo
  `,
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
  expect([jobs.three?.result, jobs.four?.result]).toEqual(['skipped', 'success'])
})

test('kills a cancelled step at once, fails its job, and starts no step of later jobs', async () => {
  const later = ['always()', 'cancelled()', 'failure()'].map(
    (condition, index) => `
      later-${index}:
        needs: one
        if: ${condition}
        runs-on: ubuntu-latest
        steps:
          - run: echo`,
  )
  const { jobs, log } = await run(
    `
    on: push
    jobs:
      one:
        runs-on: ubuntu-latest
        steps:
          - name: Wait
            run: |
              trap 'echo interrupted; exit 1' INT
              trap 'echo terminated; exit 1' TERM
              echo waiting
              for i in $(seq 50); do sleep 0.1; done
          - name: Cancelled
            if: cancelled()
            run: echo "the job is \${{ job.status }}"
          - name: Always
            if: always()
            run: echo${later.join('')}
  `,
    { cancelAt: 'waiting' },
  )
  expect(log).not.toMatch(/^(interrupted|terminated)$/m)
  expect(log).toContain('signal: killed')
  // As on GitHub, steps whose condition holds still run, post steps too.
  expect(jobs.one?.steps.map(({ name }) => name)).toEqual(['Wait', 'Cancelled', 'Always'])
  expect(log).toContain('the job is cancelled')
  // On GitHub: cancelled, success with its step, success with its step, skipped.
  expect(jobs.one?.result).toBe('failure')
  expect(jobs['later-0']).toEqual({ result: 'success', steps: [] })
  expect(jobs['later-1']).toEqual({ result: 'skipped', steps: [] })
  expect(jobs['later-2']).toEqual({ result: 'success', steps: [] })
})

test('ignores the types and branches of an event', async () => {
  const { jobs } = await run(
    `
    on:
      pull_request:
        types: [opened]
        branches: [production]
    jobs:
      one:
        runs-on: ubuntu-latest
        steps:
          - run: echo
  `,
    {
      eventName: 'pull_request',
      event: { action: 'closed', number: 17, pull_request: { number: 17, base: { ref: 'main' } } },
    },
  )
  expect(jobs.one?.result).toBe('success')
})
