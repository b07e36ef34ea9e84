// biome-ignore-all lint/suspicious/noTemplateCurlyInString: GitHub's expressions look like that.
// The demo `job`: the life of a gateway key from its job's side, and how another job gets it.
import path from 'node:path'
import { startPinata } from '../pinata/pinata.mjs'
import { leaks, startJob } from '../runner/runner.mjs'
import { BOLD, DIM } from './output.mjs'
import { createReader, DOMAIN, FOREIGN_CID, PAGE } from './reader.mjs'
import { green, ROOT, STEP_TIMEOUT_MS, withoutInputs } from './steps.mjs'

/** @import { StepResult } from '../runner/runner.mjs' */
/** @import { Output } from './output.mjs' */
/** @typedef {Awaited<ReturnType<typeof prepare>>} Stage */
/** @typedef {ReturnType<typeof startJob>} Job */

const JOB_OUTPUTS = {
  'gateway-key': '${{ steps.key.outputs.gateway-key }}',
  'key-id': '${{ steps.key.outputs.key-id }}',
}

/** @param {Output} output */
export async function tellJob(output) {
  const stage = await prepare(output)
  try {
    const { deploy, made } = await tellCreation(stage)
    const ended = await tellUse(stage, deploy, made)
    const before = await tellOutputs(stage)
    const { test, taken, revoked } = await tellTaking(stage, before)
    const { begin, check } = output
    begin('6. After: the gateway is as it was')
    check('no key is left', stage.gateway.keys.length === 0)
    await stage.checkRead('a reader without a key is served', {}, 200)
    const steps = [made, ended, before.shared, taken, revoked]
    const secrets = [stage.jwt, ...steps.map(step => step?.outputs['gateway-key'] ?? '')].filter(Boolean)
    const summaries = steps.map(step => step?.summary ?? '')
    const readable = [...output.said, deploy.log, before.build.log, test.log, ...summaries].join('\n')
    check('neither the JWT nor a key is in any line above, log or summary', leaks(readable, secrets).length === 0)
  } finally {
    await stage.pinata.close()
  }
}

/** @param {Output} output */
async function prepare(output) {
  const pinata = await startPinata()
  const gateway = pinata.addGateway({ domain: 'fun-llama-300', pins: { [PAGE.cid]: PAGE.text } })
  const jwt = pinata.addJwt()
  const context = { secrets: { PINATA_JWT: jwt } }
  const access = { 'gateway-id': DOMAIN, 'pinata-jwt': '${{ secrets.PINATA_JWT }}', 'api-url': pinata.apiUrl }
  return { output, pinata, gateway, jwt, context, access, checkRead: createReader(pinata.port, output) }
}

/** @param {Stage} stage */
async function tellCreation({ output, pinata, gateway, context, access, checkRead }) {
  const { say, begin, check, show } = output
  say('A workflow gets a gateway key, uses it, and revokes it.', BOLD, '')
  say(
    `The action is the one in dist/. Pinata is emulated (127.0.0.1:${pinata.port}), and so is GitHub's runner.`,
    DIM,
    '',
  )

  begin(`1. Before: gateway ${DOMAIN} has no access control`)
  await checkRead('a reader without a key gets what is pinned to the account', {}, 200)
  await checkRead('…and nothing else', { cid: FOREIGN_CID }, 403)

  begin('2. A job creates a key')
  const deploy = startJob({ context })
  const made = await deploy.step({
    id: 'key',
    action: ROOT,
    with: { ...access, revoke: 'after-job' },
    timeoutMs: STEP_TIMEOUT_MS,
  })
  const key = made.outputs['gateway-key'] ?? ''
  const [live] = gateway.keys
  show(made.log)
  say('The outputs of the step:')
  show(outputsOf(made))
  check(
    'the step is green, and the gateway has this one key',
    green(made) && gateway.keys.length === 1 && live?.value === key && live.id === made.outputs['key-id'],
  )
  check(
    'it warns that the first key cuts off readers without one',
    made.annotations.some(({ level, message }) => level === 'warning' && /first access control.*cut off/.test(message)),
  )
  check(
    'the job summary has the ID of the key, not its value',
    made.summary.includes(`\`${live?.id}\``) && !made.summary.includes('***'),
  )
  return { deploy, made }
}

/** Reads with the key until its job ends. @param {Stage} stage @param {Job} deploy @param {StepResult} made */
async function tellUse({ output, gateway, checkRead }, deploy, made) {
  const { begin, check, show } = output
  const key = made.outputs['gateway-key'] ?? ''
  begin('3. The next steps use it')
  await checkRead('a reader with ?pinataGatewayToken=<key> is served', { query: key }, 200)
  await checkRead('a reader with the header x-pinata-gateway-token is served', { header: key }, 200)
  await checkRead("…and so is what isn't pinned to the account", { query: key, cid: FOREIGN_CID }, 200)
  await checkRead('a reader without a key is refused', {}, 401)

  begin('4. The job ends, and with it the key (revoke: after-job)')
  const [ended] = await deploy.end()
  show(ended?.log ?? '')
  check('the post step is green and revokes the key', green(ended) && gateway.keys.length === 0)
  await checkRead('a reader without a key is served again', {}, 200)
  return ended
}

/** A key that outlives its job. @param {Stage} stage */
async function tellOutputs({ output, context, access }) {
  const { begin, check, show } = output
  begin('5. A key for another job, which starts when this one has ended (revoke: never, the default)')
  const build = startJob({ context })
  const shared = await build.step({
    id: 'key',
    action: ROOT,
    with: { ...access, 'first-control': 'allow' },
    timeoutMs: STEP_TIMEOUT_MS,
  })
  const [kept] = await build.end()
  const { outputs, skipped, log } = build.jobOutputs(JOB_OUTPUTS)
  show(log)
  check(
    'GitHub drops the masked key from the outputs of a job, but not its ID',
    green(shared) && skipped.includes('gateway-key') && outputs['key-id'] === shared.outputs['key-id'],
  )
  return { build, shared, kept, outputs }
}

/** Another job takes it. @param {Stage} stage @param {Awaited<ReturnType<typeof tellOutputs>>} from */
async function tellTaking({ output, context, access, checkRead }, { shared, kept, outputs }) {
  const { check, show } = output
  const test = startJob({ context: { ...context, needs: { build: { outputs } } } })
  const keyId = '${{ needs.build.outputs.key-id }}'
  const taken = await test.step({ action: ROOT, with: { ...access, 'key-id': keyId }, timeoutMs: STEP_TIMEOUT_MS })
  show(withoutInputs(taken).join('\n'))
  check(
    'the key outlived its job, and the next job takes it by its ID, masked there too',
    green(kept) &&
      green(taken) &&
      isSameKey(taken, shared) &&
      taken.masks.includes(shared.outputs['gateway-key'] ?? ''),
  )
  await checkRead('a reader with this key is served', { header: taken.outputs['gateway-key'] }, 200)
  const revoked = await test.step({
    action: path.join(ROOT, 'revoke'),
    with: { ...access, 'key-id': keyId, 'last-control': 'allow' },
    timeoutMs: STEP_TIMEOUT_MS,
  })
  show(withoutInputs(revoked).join('\n'))
  const rest = await test.end()
  check('the revoke action revokes it', green(revoked) && revoked.outputs['revoked-count'] === '1' && rest.every(green))
  return { test, taken, revoked }
}

/** The outputs as a log would show them. @param {StepResult} step */
const outputsOf = ({ outputs, masks }) =>
  Object.entries(outputs)
    .map(([name, value]) => `${`${name}:`.padEnd(13)}${masks.includes(value) ? '***' : value}`)
    .join('\n')

/** @param {StepResult} taken @param {StepResult} made */
function isSameKey({ outputs }, made) {
  // Neither has an expiry.
  const { created, 'expires-at': _expiry, ...same } = outputs
  return (
    created === 'false' && Object.entries(same).every(([name, value]) => value !== '' && value === made.outputs[name])
  )
}
