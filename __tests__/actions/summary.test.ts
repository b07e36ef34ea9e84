import { expect, test } from '@jest/globals'
import { ACTION, jobWith, NO_PAUSES, preload, REVOKE_ACTION } from '../support/job.ts'
import { pinataWithGateway } from '../support/step.ts'

const ALWAYS = { times: Number.POSITIVE_INFINITY }

/** A job that uses a gateway with one key, or with none. */
async function setup(keys = 1) {
  const { pinata, gateway, jwt, inputs } = await pinataWithGateway(keys)
  return { pinata, gateway, job: jobWith(jwt), given: { ...inputs, 'pinata-jwt': '${{ secrets.PINATA_JWT }}' } }
}

test('shows in the job summary that the key is the first access control', async () => {
  const { job, given } = await setup(0)
  const { summary } = await job.step({ action: ACTION, with: given })
  expect(summary).toMatch(/### Pinata gateway key: warnings\n\n- `Key \S+ is the first access control of gateway/)
})

test('shows in the job summary that a key may be unclaimed', async () => {
  const { pinata, gateway, job, given } = await setup()
  pinata.fault({ kind: 'reset', method: 'POST', when: 'after' })
  const { summary } = await job.step({ action: ACTION, with: given, env: preload(NO_PAUSES) })
  expect(summary).toContain(`New on the gateway: ${gateway.keys[1]?.id}. Revoke the keys that no other job created`)
})

test('shows in the job summary which key the post step could not revoke, why, and what to do', async () => {
  const { pinata, gateway, job, given } = await setup()
  await job.step({ action: ACTION, with: { ...given, revoke: 'after-job' } })
  pinata.fault({ kind: 'status', status: 403, method: 'DELETE', ...ALWAYS })
  const [post] = await job.end()
  expect(post?.summary).toMatch(
    new RegExp(
      `- \`Key ${gateway.keys[1]?.id} of .* could not be revoked\\. .*HTTP 403.* use the revoke action or Pinata`,
    ),
  )
})

test('shows in the job summary that the gateway has no access control left', async () => {
  const { gateway, job, given } = await setup()
  const { summary } = await job.step({ action: REVOKE_ACTION, with: { ...given, 'key-id': gateway.keys[0]?.id ?? '' } })
  expect(summary).toMatch(/: warnings\n\n- `Gateway \S+ no longer has an access control\./)
})
