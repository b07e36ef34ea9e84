import { ActionError, STOPPED } from '../errors.ts'
import { type Diagnosis, later, redirectCause, responseError } from '../http/error-responses.ts'
import type { HttpResponse, Reply } from '../http/reply.ts'
import { type Attempt, attemptOf, Deadline, retry } from '../http/retry.ts'
import { gatewayName } from '../pinata/labels.ts'
import { oneLine } from '../printable-text.ts'
import { code } from '../runner/summary.ts'
import { backoffFor } from '../step/time-limits.ts'
import type { Provided } from './prepare.ts'

const WAIT_LIMIT_MS = 2 * 60_000

/** Waits until the gateway serves the content that `wait-for` specifies. Returns a summary cell. @throws ActionError */
export async function waitForContent({ control, address, inputs, deadline, step }: Provided) {
  const { kind, subject, secret = '' } = control
  const path = inputs.waitFor
  if (path === undefined) return undefined
  const startedAt = step.clock.elapsed()
  const backoff = backoffFor('Gateway', new Deadline(step.clock, Math.min(WAIT_LIMIT_MS, deadline.left)), step)
  // Pinata documents both headers under "Gateway Access Controls".
  const access = kind === 'key' ? { 'x-pinata-gateway-token': secret } : { origin: subject }
  const headers = { accept: '*/*', ...access }
  const connection = step.connect(address.url, { label: 'Gateway: ', headers, statusOnly: true })
  const read = async () => classified(await connection.exchange('GET', path, { backoff }))
  const { reply, classification } = await retry(read, backoff, { maxTries: Number.POSITIVE_INFINITY })
  if (step.stopped.aborted) throw new ActionError(STOPPED)
  const waited = `${((step.clock.elapsed() - startedAt) / 1000).toFixed(1)} seconds`
  const content = oneLine(path)
  const keyOrOrigin = `${kind} ${subject}`
  if (classification === 'ok') {
    step.log.info(`Gateway ${gatewayName(address)} served ${content} with ${keyOrOrigin} after ${waited}.`)
    return `${code(content)}, after ${waited}`
  }
  const within = classification === 'permanent' ? '' : ` within ${waited}`
  const from = reply.kind === 'fault' ? '' : ` from gateway ${gatewayName(address)}`
  const action = `read ${content}${from} with ${keyOrOrigin}${within}`
  throw errorOf(reply, action, address.url)
}

/** Classifies a reply. A 401 is transient, because a new key or origin may not work yet. */
function classified(reply: Reply): Attempt {
  const attempt = attemptOf(reply)
  if (reply.kind === 'fault' || reply.status === 429 || attempt.classification === 'ok') return attempt
  return { ...attempt, classification: reply.status === 401 || reply.status >= 500 ? 'transient' : 'permanent' }
}

function errorOf(reply: Reply, action: string, url: string): ActionError {
  const context = { action, apiUrl: url, service: 'the gateway', source: 'gateway-id' }
  if (reply.kind === 'fault') return responseError(reply, context, undefined)
  // The text of the gateway's response ends with an `ERR_ID`, which must not be cut off.
  const [, start = '', errorId] = /^(.*?)(ERR_ID:\d+)/s.exec(reply.text ?? '') ?? []
  const response = errorId ? { ...reply, text: `${oneLine(start, 120)} ${errorId}` } : reply
  const [cause, advice] = diagnose(reply, errorId)
  // The gateway's own error responses are plain text, so an HTML page probably comes from a proxy or a firewall.
  const isPage = errorId === undefined && reply.status >= 400 && /html/i.test(reply.headers['content-type'] ?? '')
  const proxy = isPage ? ' Also check whether a proxy or firewall is responding instead of the gateway.' : ''
  return responseError(response, context, [cause, advice + proxy])
}

/** @see https://docs.pinata.cloud/gateways */
function diagnose(response: HttpResponse, errorId: string | undefined): Diagnosis {
  const { status, retryAfterMs } = response
  const runAgain = `Run the job again ${later(Number(retryAfterMs) > WAIT_LIMIT_MS ? retryAfterMs : undefined)}.`
  if (status === 401) return ['the gateway rejected the key or origin', runAgain]
  if (status === 429) return ['the gateway received too many requests', runAgain]
  if (status >= 500) return ['the gateway failed to serve the content', `Check that the content exists. ${runAgain}`]
  const folder = 'For a folder, end wait-for with a slash. Otherwise, check gateway-id and https_proxy.'
  if (status < 400) return [redirectCause('the gateway', response), folder]
  const custom = "Set gateway-id to one of the gateway's custom domains, or set wait-for to other content."
  if (errorId === 'ERR_ID:00023') return ['only custom domains, not *.mypinata.cloud, serve HTML', custom]
  const notPinned = "the content is not pinned to the gateway's account, and no access control is in effect"
  if (errorId === 'ERR_ID:00006') return [notPinned, `Check the CID in wait-for. ${runAgain}`]
  return ['the gateway refused the request', 'Check the CID and the path in wait-for.']
}
