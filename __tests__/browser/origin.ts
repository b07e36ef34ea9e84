import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Pinata } from '../support/emulator-client.ts'
import { jobWith, ORIGIN_ACTION, REVOKE_ACTION } from '../support/job.ts'

/** The emulated Pinata over https, its certificate, and the ID of a gateway. */
export type Place = { pinata: Pinata; cert: string; gatewayId: string }

/** Allows an origin with the built action. */
export async function allowOrigin(place: Place, origin: string): Promise<void> {
  await runStep(ORIGIN_ACTION, place, origin)
}

/** Removes an origin with the built revoke action. */
export async function removeOrigin(place: Place, origin: string): Promise<void> {
  await runStep(REVOKE_ACTION, place, origin)
}

async function runStep(action: string, { pinata, cert, gatewayId }: Place, origin: string): Promise<void> {
  const file = path.join(mkdtempSync(path.join(tmpdir(), 'ca-')), 'ca.pem')
  writeFileSync(file, cert)
  const job = jobWith(pinata.addJwt())
  const given = { 'gateway-id': gatewayId, 'pinata-jwt': '${{ secrets.PINATA_JWT }}', 'api-url': pinata.apiUrl, origin }
  const step = await job.step({ action, with: given, env: { NODE_EXTRA_CA_CERTS: file } })
  await job.end()
  if (step.outcome !== 'success') throw new Error(step.log)
}
