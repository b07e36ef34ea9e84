// The setting of a demo: a gateway, jobs that use it, and readers.
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { startGitHub } from '../github/github.mjs'
import { send } from '../http/send.mjs'
import { startPinata } from '../pinata/pinata.mjs'
import { findLeaks, startJob } from '../runner/runner.mjs'

/** @import { StepResult } from '../runner/runner.mjs' */
/** @import { Output } from './output.mjs' */
/** @typedef {Awaited<ReturnType<typeof createStage>>} Stage */

/** The folder that contains action.yml. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url))
export const DOMAIN = 'fun-llama-300.mypinata.cloud'
/** Content that is pinned to the gateway's account. */
const PAGE = { cid: 'bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi', content: 'Our release notes' }
/** Content that is not pinned. */
export const FOREIGN_CID = 'bafkreidgvpkjawlxz6sffxzwgooowe5yt7i6wsyg236mfoks77nywkptdq'
/** The time limit of a step, in case a broken dist/ hangs. */
const STEP_TIMEOUT_MS = 30_000

/** @param {StepResult | undefined} step */
export const succeeded = step => step?.outcome === 'success' && step.exitCode === 0

/** Returns the lines that GitHub shows for a step, with `inputs` in place of its inputs. @param {StepResult} step */
export function linesOf({ log }, inputs = '…') {
  const [title = '', ...lines] = log.split('\n')
  const body = lines.findIndex(line => line !== 'with:' && !line.startsWith('  '))
  return [`${title} ${inputs}`, ...lines.slice(body)]
}

/** @param {Output} output @param {number} keys how many the gateway starts with */
export async function createStage(output, keys) {
  // The runner shows an action's path relative to the current folder: from here, `./` or `./revoke`, as in workflows.
  process.chdir(ROOT)
  const [pinata, github] = [await startPinata(), await startGitHub()]
  const gateway = pinata.addGateway({ domain: 'fun-llama-300', keys, pins: { [PAGE.cid]: PAGE.content } })
  const jwt = pinata.addJwt()
  const liveKey = gateway.keys[0]?.value ?? ''
  const access = { 'gateway-id': DOMAIN, 'pinata-jwt': '${{ secrets.PINATA_JWT }}', 'api-url': pinata.apiUrl }
  /** @type {ReturnType<typeof startJob>[]} */
  const jobs = []
  /** The results of all steps, including post steps. @type {StepResult[]} */
  const steps = []

  /** Starts a job. @param {{ event?: object, needs?: Record<string, unknown> }} [context] `event`: a pull request's */
  function beginJob({ event, needs = {} } = {}) {
    const eventContext = event && { event_name: 'pull_request', event }
    const context = { api_url: github.apiUrl, token: github.addToken(), ...eventContext }
    const job = startJob({ context: { secrets: { PINATA_JWT: jwt }, github: context, needs } })
    jobs.push(job)
    return {
      jobOutputs: job.jobOutputs,
      /** Runs the action in a folder. @param {string} folder @param {Record<string, string>} [inputs] */
      async step(folder, inputs) {
        const given = { id: 'key', action: path.join(ROOT, folder), with: { ...access, ...inputs } }
        const step = await job.step({ ...given, timeoutMs: STEP_TIMEOUT_MS })
        steps.push(step)
        return step
      },
      async end() {
        const posts = await job.end()
        steps.push(...posts)
        return posts
      },
    }
  }

  /**
   * Reads from the gateway as a browser or a server would, and checks the status. `query` and `header` hold
   * the key, and `origin` is the origin of the page that reads.
   * @param {string} reader
   * @param {{ cid?: string, query?: string | undefined, header?: string | undefined, origin?: string }} options
   * @param {number} status
   */
  async function checkRead(reader, { cid = PAGE.cid, query, header, origin }, status) {
    const search = query === undefined ? '' : `?${new URLSearchParams({ pinataGatewayToken: query })}`
    const headers = {
      // The emulator finds the gateway by this header.
      host: DOMAIN,
      ...(header !== undefined && { 'x-pinata-gateway-token': header }),
      ...(origin !== undefined && { origin }),
    }
    const response = await send(`http://127.0.0.1:${pinata.port}/ipfs/${cid}${search}`, { headers })
    const expected = cid === FOREIGN_CID ? `Content of ${FOREIGN_CID}` : PAGE.content
    const passed = response.status === status && (status !== 200 || response.text.startsWith(expected))
    output.check(`${reader}: ${passed ? status : `${response.status} instead of ${status}`}`, passed)
  }

  function checkSecrets() {
    const secrets = [jwt, liveKey, ...steps.map(({ outputs }) => outputs['gateway-key'] ?? '')].filter(Boolean)
    const texts = [...output.printed, ...jobs.map(({ log }) => log), ...steps.map(({ summary }) => summary)].join('\n')
    const found = findLeaks(texts, secrets)
    output.check('the lines above, the logs, and the summaries contain neither the JWT nor a key', found.length === 0)
  }

  /** Advances the clocks of both servers. @param {number} ms */
  function passTime(ms) {
    for (const server of [pinata, github]) server.passTime(ms)
  }

  const close = () => Promise.all([pinata.close(), github.close()])
  const servers = { pinata, github, gateway, liveKey, passTime, close }
  return { ...output, ...servers, beginJob, checkRead, checkSecrets, chapter: output.beginChapter }
}
