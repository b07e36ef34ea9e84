import { ActionError, resultOf } from '../errors.ts'
import { Deadline } from '../http/retry.ts'
import { type Name, type NamePattern, pullRequestIn } from '../names/record-format.ts'
import type { NameRecords, RecordList } from '../names/records.ts'
import { type Log, listOf } from '../printable-text.ts'
import type { Step } from '../step/step.ts'
import { backoffFor } from '../step/time-limits.ts'

/** How long, in milliseconds, a closed pull request still counts as open, in case it is reopened. */
const CLOSED_MS = 3_600_000
/** The maximum number of pull requests to check. Removing records also uses some of GitHub's 1,000 requests an hour. */
const MAX_CHECKED = 300
/** How long, in milliseconds, a step may spend reading pull requests. The remaining time is for revoking. */
const CHECK_LIMIT_MS = 10 * 60_000

/** `open` includes pull requests closed in the last hour. `unclear` means that GitHub returned no valid data. */
type Status = 'closed' | 'open' | 'unclear'

/** Finds names whose pull requests closed over an hour ago. `error` is set if a check failed. @throws ActionError */
export async function findClosed(pattern: NamePattern, client: NameRecords, step: Step) {
  const deadline = new Deadline(step.clock, CHECK_LIMIT_MS)
  const records = client.with(backoffFor('GitHub', deadline, step))
  const all = await records.find(undefined)
  // Check names with the oldest records first, because their pull requests are the most likely to be closed.
  const names = [...new Set(all.records.map(({ name }) => name).reverse())].filter(name => pullRequestIn(name, pattern))
  const isPartial = !all.isComplete || names.length > MAX_CHECKED
  // If there are too many names, start at a random one, so that the same names are not skipped every time.
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
    // After a rate limit error or the deadline, send no more requests, because they would also fail.
    const isLast = error && (error.kind === 'rate-limited' || deadline.left === 0)
    const failure = isLast ? error : await resultOf(check(name))
    if (failure === undefined) continue
    if (['unauthorized', 'forbidden'].includes(failure.kind)) throw failure
    error = failure
    failed.push(name)
  }
  report(found, pattern, step.log)
  const why = `Could not check pull requests or records, so nothing was revoked for ${listOf(failed)}.`
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
    log.info(`Skipped names whose pull requests are open or were closed less than an hour ago: ${listOf(open)}.`)
  const why = 'GitHub has no such pull request, or does not report when the pull request closed.'
  const advice = 'To revoke keys and origins by name, set the name input instead of closed.'
  if (unclear.length > 0) log.warning(`Nothing was revoked for ${listOf(unclear)}: ${why} ${advice}`)
}
