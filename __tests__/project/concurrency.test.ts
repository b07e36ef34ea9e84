import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from '@jest/globals'
import { parse } from 'yaml'
import { EXAMPLES_DIRECTORY } from '../support/workflow.ts'

type Concurrency = string | { group: string; 'cancel-in-progress'?: boolean | string }

interface Workflow {
  on: string | string[] | Record<string, { types?: string[] } | { cron: string }[] | null>
  concurrency?: Concurrency
  jobs: Record<string, { concurrency?: Concurrency }>
}

/** A workflow or a job that waits for its group. */
interface Member {
  name: string
  group: string
  cancels: boolean
  events: string[]
}

const PULL_REQUEST_TYPES = ['opened', 'synchronize', 'reopened']

/** Returns the events that start a workflow. An event has the same name in all workflows that it starts. */
function eventsOf(file: string, { on }: Workflow): string[] {
  const all =
    typeof on === 'string' ? { [on]: null } : Array.isArray(on) ? Object.fromEntries(on.map(e => [e, null])) : on
  return Object.entries(all).flatMap(([event, filter]) => {
    if (Array.isArray(filter)) return filter.map(({ cron }) => `schedule ${cron}`)
    if (event === 'workflow_dispatch') return [`workflow_dispatch ${file}`]
    if (!event.startsWith('pull_request')) return [event]
    return (filter?.types ?? PULL_REQUEST_TYPES).map(type => `pull request ${type}`)
  })
}

function membersOf(file: string, workflow: Workflow): Member[] {
  const events = eventsOf(file, workflow)
  const jobs = Object.entries(workflow.jobs).map(([job, { concurrency }]) => ({ name: `${file} ${job}`, concurrency }))
  return [{ name: file, concurrency: workflow.concurrency }, ...jobs].flatMap(({ name, concurrency }) => {
    if (concurrency === undefined) return []
    const { group, 'cancel-in-progress': cancels = false } =
      typeof concurrency === 'string' ? { group: concurrency } : concurrency
    return [{ name, group: group.toLowerCase().replaceAll(' ', ''), cancels: cancels !== false, events }]
  })
}

/**
 * Returns the problems of workflows that are in one repository: two members of a group that one event starts, because
 * one of them cancels the other, and a close that another run of its group can cancel.
 */
function problems(workflows: Record<string, Workflow>): string[] {
  const members = Object.entries(workflows).flatMap(([file, workflow]) => membersOf(file, workflow))
  return members.flatMap((member, index) => {
    const others = members.slice(index + 1).filter(({ group }) => group === member.group)
    const shared = others.flatMap(other => {
      const event = other.events.find(event => member.events.includes(event))
      return event === undefined ? [] : [`${event} starts ${member.name} and ${other.name}`]
    })
    const closes = member.events.includes('pull request closed')
    const cancelled = members.some(({ group, cancels }) => closes && cancels && group === member.group)
    return cancelled ? [...shared, `${member.name} can be cancelled`] : shared
  })
}

const examples = Object.fromEntries(
  readdirSync(EXAMPLES_DIRECTORY, { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('.yml'))
    .map(file => [file, parse(readFileSync(path.join(EXAMPLES_DIRECTORY, file), 'utf8')) as Workflow]),
)

test('never cancels the run of another example, or a close', () => {
  expect(Object.keys(examples).length).toBeGreaterThan(15)
  expect(problems(examples)).toEqual([])
})

const group = 'preview-${{ github.event.number }}'
const cancelling = { group, 'cancel-in-progress': true }
const push: Workflow = { on: 'pull_request', concurrency: cancelling, jobs: {} }

test.each<[string, Record<string, Workflow>, string[]]>([
  [
    'two workflows for each push',
    {
      a: push,
      b: { on: ['pull_request_target'], jobs: { b: { concurrency: { group: 'Preview-${{github.event.number}}' } } } },
    },
    ['pull request opened starts a and b b'],
  ],
  [
    'a workflow and its own job',
    { a: { on: 'push', concurrency: 'deploy', jobs: { b: { concurrency: 'deploy' } } } },
    ['push starts a and a b'],
  ],
  [
    'a push and a close',
    { a: push, b: { on: { pull_request_target: { types: ['closed'] } }, concurrency: group, jobs: {} } },
    ['b can be cancelled'],
  ],
  [
    'a close that cancels, in one file',
    { a: { on: { pull_request: { types: ['opened', 'closed'] } }, concurrency: cancelling, jobs: {} } },
    ['a can be cancelled'],
  ],
  [
    'nothing else',
    {
      a: { on: { schedule: [{ cron: '1 2 * * *' }], workflow_dispatch: null }, concurrency: 'rotate', jobs: {} },
      b: { on: { schedule: [{ cron: '1 3 * * *' }], workflow_dispatch: null }, concurrency: 'rotate', jobs: {} },
    },
    [],
  ],
])('finds %s', (_what, workflows, expected) => {
  expect(problems(workflows)).toEqual(expected)
})
