import { ActionError, resultOf } from '../errors.ts'
import { Deadline } from '../http/retry.ts'
import { type Name, type NamePattern, pullRequestIn } from '../names/record-format.ts'
import type { NameRecords, RecordList } from '../names/records.ts'
import { type Log, listOf } from '../printable-text.ts'
import type { Step } from '../step/step.ts'
import { backoffFor } from '../step/time-limits.ts'

/** How long to wait after a pull request is closed, in milliseconds. If someone reopens it, they usually do so soon. */
const CLOSED_MS = 3_600_000
/** The maximum number of pull requests to check. A job has 1,000 requests per hour, and removing records uses some. */
const MAX_CHECKED = 300
/** How long a step may spend reading pull requests, in milliseconds. The remaining time is for revoking. */
const CHECK_LIMIT_MS = 10 * 60_000

/** `open`: open, or closed less than an hour ago. `unclear`: not found, or without a valid state or time. */
type Status = 'closed' | 'open' | 'unclear'

/** Finds names whose pull requests closed over an hour ago. `error`: why a check failed. @throws ActionError */
export async function findClosed(pattern: NamePattern, client: NameRecords, step: Step) {
  const deadline = new Deadline(step.clock, CHECK_LIMIT_MS)
  const records = client.with(backoffFor('GitHub', deadline, step))
  const all = await records.find(undefined)
  // Begin with the oldest records.
  const names = [...new Set(all.records.map(({ name }) => name).reverse())].filter(name => pullRequestIn(name, pattern))
  const isPartial = !all.isComplete || names.length > MAX_CHECKED
  // Start at a random name, so that the same names are not skipped every time.
  const start = names.length > MAX_CHECKED ? Math.floor(step.clock.random() * names.length) : 0
  const found: Record<Status, Name[]> = { closed: [], open: [], unclear: [] }
  const [lists, failed]: [RecordList[], Name[]] = [[], []]
  let error: ActionError | undefined
  const check = async (name: Name) => {
    const status = await statusOf(pullRequestIn(name, pattern) as string, records)
    if (status === 'closed') lists.push(await records.find(name))
    found[status].push(name)
  }
  for (const name of [...names.slice(start), ...names.slice(0, start)].slice(0, MAX_CHECKED)) {
    // After a rate limit or the deadline, send no more requests, because they would also fail.
    const isLast = error && (error.kind === 'rate-limited' || deadline.left === 0)
    const failure = isLast ? error : await resultOf(check(name))
    if (failure === undefined) continue
    if (['unauthorized', 'forbidden'].includes(failure.kind)) throw failure
    error = failure
    failed.push(name)
  }
  report(found, pattern, step.log)
  const why = `Could not check the pull requests or records for ${listOf(failed)}, so nothing was revoked for them.`
  return { lists, isPartial, error: error && new ActionError(`${why} ${error.message}`, error.kind) }
}

async function statusOf(number: string, { github }: NameRecords): Promise<Status> {
  const { state, closedAt, readAtMs = Number.NaN } = (await github.pullRequest(number)) ?? { state: undefined }
  if (state === 'open') return 'open'
  const closedForMs = readAtMs - Date.parse(typeof closedAt === 'string' ? closedAt : '')
  if (state !== 'closed' || Number.isNaN(closedForMs)) return 'unclear'
  return closedForMs > CLOSED_MS ? 'closed' : 'open'
}

function report({ closed, open, unclear }: Record<Status, Name[]>, pattern: NamePattern, log: Log): void {
  log.info(`Names that match ${pattern} and whose pull requests were closed more than an hour ago: ${listOf(closed)}.`)
  if (open.length > 0)
    log.info(`Kept, because the pull requests are open or were closed less than an hour ago: ${listOf(open)}.`)
  const why = 'GitHub shows no pull request with the number in the name, or does not show when it was closed.'
  const advice = 'To revoke the keys and origins recorded under one of these names, set name instead of closed.'
  if (unclear.length > 0) log.warning(`Nothing was revoked for ${listOf(unclear)}: ${why} ${advice}`)
}
