import { expect, test } from '@jest/globals'
import { send } from '../support/emulator-client.ts'
import { jobWith, leaksOf, ORIGIN_ACTION } from '../support/job.ts'
import { ORIGIN, originSetup } from '../support/origin.ts'
import { HOST } from '../support/step.ts'

test("lets an origin's pages read until the job fails, and exposes the entry's ID only in the state", async () => {
  const { pinata, jwt, given, gateway, origins } = await originSetup()
  const readFrom = async (origin: string) =>
    (await send(pinata, 'GET', '/ipfs/bafy', { headers: { host: HOST, origin } })).status
  const { 'github-token': token, ...others } = given
  const job = jobWith(jwt)
  const main = await job.step({ action: ORIGIN_ACTION, id: 'origin', with: { ...others, revoke: 'on-failure' } })
  expect([main.outcome, main.annotations]).toEqual(['success', []])
  // An origin is not secret, so it can be a job output.
  const outputs = job.jobOutputs({ origin: '${{ steps.origin.outputs.origin }}' })
  expect(outputs).toMatchObject({ outputs: { origin: ORIGIN }, skipped: [] })
  expect(await readFrom(ORIGIN)).toBe(200)
  const id = String(gateway.allowedHosts[0]?.id)
  const [post] = await job.end({ status: 'failure' })
  expect([post?.exitCode, origins(), await readFrom(ORIGIN)]).toEqual([0, [], 401])
  for (const result of [main, post]) {
    expect(result && leaksOf({ ...result, state: {} }, jwt, token, id)).toEqual([])
  }
})
