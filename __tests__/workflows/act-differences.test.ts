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

test('passes on a masked value as an output of the job, and the next job shows it', async () => {
  const { jobs } = await run(`
    on: push
    jobs:
      one:
        runs-on: ubuntu-latest
        outputs:
          value: \${{ steps.one.outputs.value }}
        steps:
          - id: one
            run: |
              echo '::add-mask::not-for-everybody'
              echo 'value=not-for-everybody' >> "$GITHUB_OUTPUT"
              echo 'in one: not-for-everybody'
      two:
        needs: one
        runs-on: ubuntu-latest
        steps:
          - env:
              VALUE: \${{ needs.one.outputs.value }}
            run: 'echo "in two: $VALUE"'
  `)
  expect(jobs.one?.steps[0]?.log).toContain('in one: ***')
  expect(jobs.two?.steps[0]?.log).toContain('in two: not-for-everybody')
})

test('masks a value in its exact form only, and does not show the inputs of a step', async () => {
  const { log } = await run(
    `
    on: push
    jobs:
      one:
        runs-on: ubuntu-latest
        steps:
          - env:
              SECRET: \${{ secrets.SECRET }}
            run: |
              echo "as it is: $SECRET"
              printf 'in base64: '
              printf %s "$SECRET" | base64
  `,
    { secrets: { SECRET: 'not-for-everybody' } },
  )
  expect(log).toContain('as it is: ***')
  expect(log).toContain(`in base64: ${btoa('not-for-everybody')}`)
  // On GitHub: SECRET: ***
  expect(log).not.toContain('SECRET: ')
})

test('kills a cancelled step at once, fails its job, and starts no step of later jobs', async () => {
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
            run: echo
      two:
        needs: one
        if: always()
        runs-on: ubuntu-latest
        steps:
          - run: echo
      three:
        needs: one
        if: cancelled()
        runs-on: ubuntu-latest
        steps:
          - run: echo
      four:
        needs: one
        if: failure()
        runs-on: ubuntu-latest
        steps:
          - run: echo
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
  expect(jobs.two).toEqual({ result: 'success', steps: [] })
  expect(jobs.three).toEqual({ result: 'skipped', steps: [] })
  expect(jobs.four).toEqual({ result: 'success', steps: [] })
})

test('has no IDs of the repository and its owner, and no version of the workflow', async () => {
  const names = ['repository_id', 'repository_owner_id', 'actor_id', 'triggering_actor', 'workflow_ref', 'workflow_sha']
  const { log } = await run(`
    on: push
    jobs:
      one:
        runs-on: ubuntu-latest
        steps:
          - run: echo '\${{ github.repository }},${names.map(name => `\${{ github.${name} }}`).join()},\${{ runner.name }}'
  `)
  expect(log).toMatch(/^octo-org\/octo-site,{7}$/m)
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

test('does not evaluate the outputs of a skipped job, so they are not empty', async () => {
  const { jobs } = await run(`
    on: push
    jobs:
      one:
        if: false
        runs-on: ubuntu-latest
        outputs:
          value: \${{ steps.one.outputs.value }}
        steps:
          - id: one
            run: echo
      two:
        needs: one
        if: always() && needs.one.outputs.value != ''
        runs-on: ubuntu-latest
        steps:
          - run: echo
  `)
  expect(jobs.one?.result).toBe('skipped')
  expect(jobs.two?.result).toBe('success')
})

test('gives a step a terminal, and the variables of its own environment', async () => {
  const { log } = await run(
    `
    on: push
    jobs:
      one:
        runs-on: ubuntu-latest
        steps:
          - run: |
              test -t 1 && echo 'in a terminal'
              echo "docker: $DOCKER_HOST"
  `,
  )
  expect(log).toContain('in a terminal\ndocker: unix:///nowhere')
})
