import { existsSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import { ACTION, jobWith, ORIGIN_ACTION, REVOKE_ACTION } from '../support/job.ts'
import { PINATA_OPENAPI, pinataDocument } from '../support/openapi.ts'
import { throughPrism } from '../support/prism.ts'
import { pinataWithGateway } from '../support/step.ts'

const GONE = '00000000-0000-4000-8000-000000000000'

/** Prism's report on a response whose status the document does not list. The document lists only 200. */
const UNDOCUMENTED = 'response: Unable to match the returned status code with those defined in the document: 200'

/** Creates a gateway behind Prism, and a job whose steps use it. */
async function setup(scopes = ['org:gateways:write']) {
  const { pinata, gateway } = await pinataWithGateway()
  const prism = await throughPrism(pinataDocument(), pinata.apiUrl)
  const job = jobWith(pinata.addJwt({ scopes }))
  const access = { 'gateway-id': gateway.id, 'pinata-jwt': '${{ secrets.PINATA_JWT }}', 'api-url': prism.url }
  const step = (action: string, inputs: object = {}, id = 'step') =>
    job.step({ action, id, with: { ...access, ...inputs } })
  return { pinata, gateway, prism, job, step }
}

if (existsSync(PINATA_OPENAPI)) {
  test('creates a key and an origin, reuses them, and revokes them after the job', async () => {
    const { gateway, prism, job, step } = await setup()
    const revoke = 'after-job'
    await step(ACTION, { revoke }, 'key')
    const key = await step(ACTION, { 'key-id': '${{ steps.key.outputs.key-id }}' })
    expect(key.outputs['gateway-key']).toBe(gateway.keys[1]?.value)
    const origin = 'https://pr-7.example.com'
    await step(ORIGIN_ACTION, { origin, revoke })
    expect((await step(ORIGIN_ACTION, { origin })).outputs.created).toBe('false')
    await job.end()
    expect([gateway.keys.length, gateway.allowedHosts]).toEqual([1, []])
    const routes = prism.exchanges.map(({ summary }) => summary.replaceAll(/\/[\w-]{36}/g, '/{id}'))
    expect(routes.filter(summary => !summary.startsWith('GET'))).toEqual([
      'POST /gateways/{id}/access_tokens: 200',
      'POST /gateways/{id}/hosts: 200',
      'DELETE /gateways/{id}/hosts/{id}: 200',
      'DELETE /gateways/{id}/access_tokens/{id}: 200',
    ])
    expect(prism.violations()).toEqual([])
  })

  test('finds a gateway by its domain across several pages', async () => {
    const { pinata, prism, step } = await setup()
    for (let other = 0; other < 10; other++) pinata.addGateway()
    const wanted = pinata.addGateway({ domain: 'quiet-otter-1' })
    const { outputs } = await step(ACTION, { 'gateway-id': 'quiet-otter-1.mypinata.cloud' })
    expect(outputs['gateway-id']).toBe(wanted.id)
    expect(prism.exchanges.slice(0, 2)).toMatchObject(Array(2).fill({ summary: 'GET /gateways: 200' }))
    expect(prism.violations()).toEqual([])
  })

  // The document describes no errors, so Prism can report only their status.
  test.each([
    [404, REVOKE_ACTION, { 'key-id': GONE }, 'org:gateways:write', `DELETE /gateways/{id}/access_tokens/${GONE}`],
    [403, ACTION, {}, 'org:gateways:read', 'POST /gateways/{id}/access_tokens'],
  ])('differs from the document only in the status of a %i', async (status, action, inputs, scope, request) => {
    const { gateway, prism, step } = await setup([scope])
    await step(action, inputs)
    expect(prism.violations()).toEqual([`${request.replace('{id}', gateway.id)}: ${status}, ${UNDOCUMENTED}`])
  })
} else {
  test.skip(`Pinata's document is not at ${PINATA_OPENAPI}, so nothing was compared with it`, () => {})
}
