import { ActionError, resultOf } from '../errors.ts'
import { Deadline } from '../http/retry.ts'
import { type Name, type NamePattern, pullRequestIn } from '../names/record-format.ts'
import type { NameRecords, RecordList } from '../names/records.ts'
import { type Log, listOf } from '../printable-text.ts'
import type { Step } from '../step/step.ts'
import { backoffFor } from '../step/time-limits.ts'

/** How long to wait after a pull request closes, in milliseconds. People who reopen one usually do so soon. */
const CLOSED_MS = 3_600_000
/** The most pull requests that a step reads. A job's token allows 1,000 requests per hour, and removals use some. */
const MAX_CHECKED = 300
/** How long a step may spend reading pull requests, in milliseconds. The rest of its time is for removals. */
const CHECK_LIMIT_MS = 10 * 60_000

/** `open`: open, or closed less than an hour ago. `failed`: unreadable, or not read after other failures. */
type Status = 'closed' | 'open' | 'missing' | 'unclear' | 'failed'

/**
 * Returns the records of each matching name whose pull request was closed more than an hour ago, and the error if a
 * name could not be checked. Reports each name that was checked.
 * @throws ActionError if the list of all records can't be read, or GitHub forbids reading pull requests or records
 */
export async function findClosed(pattern: NamePattern, client: NameRecords, step: Step) {
  const deadline = new Deadline(step.clock, CHECK_LIMIT_MS)
  const records = client.with(backoffFor('GitHub', deadline, step))
  const list = await records.find(undefined)
  // Oldest records first.
  const distinct = [...new Set(list.records.map(({ name }) => name).reverse())]
  const matching = distinct.flatMap(name => {
    const number = pullRequestIn(name, pattern)
    return number === undefined ? [] : [{ name, number }]
  })
  if (!list.isComplete || matching.length > MAX_CHECKED) {
    step.log.warning(
      'GitHub has more records than this step checks, so some names were skipped. Run the job again, or set name instead of closed.',
    )
  }
  // Start at a random name, so that the same names are not always left out.
  const start = matching.length > MAX_CHECKED ? Math.floor(step.clock.random() * matching.length) : 0
  const checked = [...matching.slice(start), ...matching.slice(0, start)].slice(0, MAX_CHECKED)
  const names: Record<Status, Name[]> = { closed: [], open: [], missing: [], unclear: [], failed: [] }
  const lists: RecordList[] = []
  let error: ActionError | undefined
  const check = async (name: Name, number: string) => {
    const status = await statusOf(number, records)
    if (status === 'closed') lists.push(await records.find(name))
    return status
  }
  for (const { name, number } of checked) {
    const isOver = error && (error.kind === 'rate-limited' || deadline.left === 0)
    const status = isOver ? 'failed' : await resultOf(check(name, number))
    if (status instanceof ActionError && ['unauthorized', 'forbidden'].includes(status.kind)) throw status
    if (status instanceof ActionError) error = status
    names[status instanceof ActionError ? 'failed' : status].push(name)
  }
  report(names, pattern, step.log)
  const failed = `Could not check the pull requests or records for ${listOf(names.failed)}, so nothing was revoked for them.`
  return { lists, error: error && new ActionError(`${failed} ${error.message}`, error.kind) }
}

async function statusOf(number: string, { github }: NameRecords): Promise<Status> {
  const pullRequest = await github.pullRequest(number)
  if (pullRequest === undefined) return 'missing'
  const { state, closedAt, readAtMs = Number.NaN } = pullRequest
  if (state === 'open') return 'open'
  const closedForMs = readAtMs - Date.parse(typeof closedAt === 'string' ? closedAt : '')
  if (state !== 'closed' || Number.isNaN(closedForMs)) return 'unclear'
  return closedForMs > CLOSED_MS ? 'closed' : 'open'
}

function report({ closed, open, missing, unclear }: Record<Status, Name[]>, pattern: NamePattern, log: Log): void {
  log.info(`Names that match ${pattern} and whose pull request closed more than an hour ago: ${listOf(closed)}.`)
  if (open.length > 0)
    log.info(`Kept, because the pull request is open or was closed less than an hour ago: ${listOf(open)}.`)
  const nameInstead = 'To revoke what is recorded under such a name, set name instead of closed.'
  const checkServer = 'Check GITHUB_API_URL, and check whether a proxy is responding instead of GitHub.'
  const skipped: [Name[], string][] = [
    [missing, `the repository has no pull request with the number in the name. ${nameInstead}`],
    [unclear, `GitHub's response does not show when the pull request was closed. ${checkServer}`],
  ]
  for (const [names, why] of skipped) {
    if (names.length > 0) log.warning(`Nothing was revoked for ${listOf(names)}: ${why}`)
  }
}
