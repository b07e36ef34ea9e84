import { existsSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import { ACTION, jobWith, ORIGIN_ACTION, REVOKE_ACTION } from '../support/job.ts'
import { PINATA_OPENAPI, pinataDocument } from '../support/openapi.ts'
import { throughPrism } from '../support/prism.ts'
import { pinataWithGateway } from '../support/step.ts'

const GONE = '00000000-0000-4000-8000-000000000000'

/** What Prism says of an answer whose status the document does not name. The document names none but 200. */
const UNDOCUMENTED = 'answer: Unable to match the returned status code with those defined in the document: 200'

/** A gateway, Prism in front of it, and what a workflow gives the action to use it. */
async function setup(keys = 1) {
  const { pinata, gateway, jwt } = await pinataWithGateway(keys)
  const prism = await throughPrism(pinataDocument(), pinata.apiUrl)
  const given = { 'gateway-id': gateway.id, 'pinata-jwt': '${{ secrets.PINATA_JWT }}', 'api-url': prism.url }
  /** The IDs stay out of what is compared. */
  const routes = () =>
    prism.exchanges.map(({ what }) =>
      what
        .replace(gateway.id, '{id}')
        .replace(/(access_tokens)\/[^:]+/, '$1/{key}')
        .replace(/(hosts)\/[^:]+/, '$1/{host}'),
    )
  return { pinata, gateway, prism, given, routes, job: jobWith(jwt) }
}

if (existsSync(PINATA_OPENAPI)) {
  test('a key is made, taken by its ID and revoked after the job', async () => {
    const { gateway, prism, given, routes, job } = await setup()
    const step = await job.step({ action: ACTION, id: 'key', with: { ...given, revoke: 'after-job' } })
    expect(step.outputs['gateway-key']).toBe(gateway.keys[1]?.value)
    const taken = await job.step({ action: ACTION, with: { ...given, 'key-id': '${{ steps.key.outputs.key-id }}' } })
    expect(taken.outputs['gateway-key']).toBe(gateway.keys[1]?.value)
    await job.end()
    expect(gateway.keys).toHaveLength(1)
    expect(routes()).toEqual([
      'GET /gateways/{id}: 200',
      'POST /gateways/{id}/access_tokens: 200',
      'GET /gateways/{id}: 200',
      'DELETE /gateways/{id}/access_tokens/{key}: 200',
      'GET /gateways/{id}: 200',
    ])
    expect(prism.violations()).toEqual([])
  })

  test('a gateway is found by its domain, over several pages', async () => {
    const { pinata, gateway, prism, given, routes, job } = await setup()
    for (let other = 0; other < 10; other++) pinata.addGateway()
    const wanted = pinata.addGateway({ domain: 'quiet-otter-1' })
    const step = await job.step({ action: ACTION, with: { ...given, 'gateway-id': 'quiet-otter-1.mypinata.cloud' } })
    expect(step.outputs['gateway-id']).toBe(wanted.id)
    await job.end()
    expect(gateway.keys).toHaveLength(1)
    expect(routes().slice(0, 2)).toEqual(['GET /gateways: 200', 'GET /gateways: 200'])
    expect(prism.violations()).toEqual([])
  })

  test('an origin is allowed, taken, and removed after the job', async () => {
    const { gateway, prism, given, routes, job } = await setup()
    const origin = 'https://pr-7.example.com'
    await job.step({ action: ORIGIN_ACTION, with: { ...given, origin, revoke: 'after-job' } })
    const taken = await job.step({ action: ORIGIN_ACTION, with: { ...given, origin } })
    expect(taken.outputs.created).toBe('false')
    await job.end()
    expect(gateway.allowedHosts).toEqual([])
    expect(routes()).toEqual([
      'GET /gateways/{id}: 200',
      'POST /gateways/{id}/hosts: 200',
      'GET /gateways/{id}: 200',
      'DELETE /gateways/{id}/hosts/{host}: 200',
      'GET /gateways/{id}: 200',
    ])
    expect(prism.violations()).toEqual([])
  })

  // The document names no errors, so these two are all that is not in it.
  test('of a key that is gone, the status 404 is all that is undocumented', async () => {
    const { gateway, prism, given, job } = await setup()
    const step = await job.step({ action: REVOKE_ACTION, with: { ...given, 'key-id': GONE } })
    expect(step.exitCode).toBe(0)
    expect(prism.violations()).toEqual([`DELETE /gateways/${gateway.id}/access_tokens/${GONE}: 404, ${UNDOCUMENTED}`])
  })

  test('of a refusal, the status 403 is all that is undocumented', async () => {
    const { pinata, gateway, prism, given } = await setup()
    const job = jobWith(pinata.addJwt({ scopes: ['org:gateways:read'] }))
    const step = await job.step({ action: ACTION, with: given })
    expect(step.exitCode).toBe(1)
    expect(prism.violations()).toEqual([`POST /gateways/${gateway.id}/access_tokens: 403, ${UNDOCUMENTED}`])
  })
} else {
  test.skip(`Pinata's document is not at ${PINATA_OPENAPI}, so nothing was compared with it`, () => {})
}
