// The demo `job`: how a job creates, uses, and revokes a gateway key, and how one key serves two jobs.
import { BOLD, DIM } from './output.mjs'
import { createStage, DOMAIN, FOREIGN_CID, linesOf, succeeded } from './stage.mjs'

/** @import { StepResult } from '../runner/runner.mjs' */
/** @import { Stage } from './stage.mjs' */

/** @param {import('./output.mjs').Output} output */
export async function showJob(output) {
  const stage = await createStage(output, 0)
  try {
    await showOneJob(stage)
    await showTwoJobs(stage)
    stage.chapter('6. After: the gateway is as it was before')
    stage.check('no key is left', stage.gateway.keys.length === 0)
    await stage.checkRead('a reader without a key is served', {}, 200)
    stage.checkSecrets()
  } finally {
    await stage.close()
  }
}

/** @param {Stage} stage */
async function showOneJob({ print, chapter, check, show, pinata, gateway, beginJob, checkRead }) {
  print('A workflow gets a gateway key, uses it, and revokes it.', BOLD, '')
  const where = `Pinata (127.0.0.1:${pinata.port}) and GitHub's runner are emulated.`
  print(`The action runs from dist/. ${where}`, DIM, '')

  chapter(`1. Before: gateway ${DOMAIN} has no access controls`)
  await checkRead('a reader without a key gets content pinned to the account', {}, 200)
  await checkRead('…and nothing else', { cid: FOREIGN_CID }, 403)

  chapter('2. A job creates a key')
  const deploy = beginJob()
  const creation = await deploy.step('.', { revoke: 'after-job' })
  const key = creation.outputs['gateway-key'] ?? ''
  const [listedKey] = gateway.keys
  show(creation.log.split('\n'))
  print('The outputs of the step:')
  show(outputsOf(creation))
  const isListed = gateway.keys.length === 1 && listedKey?.value === key && listedKey.id === creation.outputs['key-id']
  check('the step is green, and the gateway has only this key', succeeded(creation) && isListed)
  const warnings = creation.annotations.filter(({ level }) => level === 'warning')
  check(
    'it warns that the first key cuts off readers without one',
    warnings.some(({ message }) => /first access control.*cut off/.test(message)),
  )
  const hasId = creation.summary.includes(`\`${listedKey?.id}\``) && !creation.summary.includes('***')
  check('the job summary shows the ID of the key, but not its value', hasId)

  chapter('3. The next steps use the key')
  await checkRead('a reader with ?pinataGatewayToken=<key> is served', { query: key }, 200)
  await checkRead('a reader with the header x-pinata-gateway-token is served', { header: key }, 200)
  await checkRead("…and also gets content that isn't pinned to the account", { query: key, cid: FOREIGN_CID }, 200)
  await checkRead('a reader without a key is refused', {}, 401)

  chapter('4. The job ends, and the key is revoked (revoke: after-job)')
  const [ended] = await deploy.end()
  show((ended?.log ?? '').split('\n'))
  check('the post step is green and revokes the key', succeeded(ended) && gateway.keys.length === 0)
  await checkRead('a reader without a key is served again', {}, 200)
}

/** Shows a key that outlives its job, and a second job that reuses it. @param {Stage} stage */
async function showTwoJobs({ chapter, check, show, beginJob, checkRead }) {
  chapter('5. A key for a job that starts after this one ends (revoke: never, the default)')
  const build = beginJob()
  const shared = await build.step('.', { 'first-control': 'allow' })
  show(linesOf(shared))
  const [kept] = await build.end()
  const { outputs, skipped, log } = build.jobOutputs({
    'gateway-key': '${{ steps.key.outputs.gateway-key }}',
    'key-id': '${{ steps.key.outputs.key-id }}',
  })
  show(log.split('\n'))
  const isDropped = skipped.includes('gateway-key') && outputs['key-id'] === shared.outputs['key-id']
  check("GitHub drops the masked key from a job's outputs, but keeps the key's ID", succeeded(shared) && isDropped)

  const test = beginJob({ needs: { build: { outputs } } })
  const keyId = '${{ needs.build.outputs.key-id }}'
  const reused = await test.step('.', { 'key-id': keyId })
  show(linesOf(reused))
  const isMasked = reused.masks.includes(shared.outputs['gateway-key'] ?? '')
  check(
    'the key outlives its job, and the next job reuses it by its ID and masks it too',
    succeeded(kept) && succeeded(reused) && isSameKey(reused, shared) && isMasked,
  )
  await checkRead('a reader with this key is served', { header: reused.outputs['gateway-key'] }, 200)
  const revoked = await test.step('revoke', { 'key-id': keyId, 'last-control': 'allow' })
  show(linesOf(revoked))
  const rest = await test.end()
  check('the revoke action revokes it', [revoked, ...rest].every(succeeded) && revoked.outputs['revoked-count'] === '1')
}

/** Returns the outputs as a log would show them. @param {StepResult} step */
const outputsOf = ({ outputs, masks }) =>
  Object.entries(outputs).map(([name, value]) => `${`${name}:`.padEnd(13)}${masks.includes(value) ? '***' : value}`)

/** @param {StepResult} reused @param {StepResult} original */
function isSameKey({ outputs }, original) {
  // Neither step sets an expiry.
  const { created, 'expires-at': _expiry, ...same } = outputs
  const isSame = Object.entries(same).every(([name, value]) => value !== '' && value === original.outputs[name])
  return created === 'false' && isSame
}
