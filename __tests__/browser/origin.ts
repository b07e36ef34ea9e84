// What the action in origin/ and the revoke action do to a gateway. These requests take their place until origin/ is
// there: then jobWith() of ../support/job.ts runs both as built, with NODE_EXTRA_CA_CERTS for the certificate.
import { caller, type Pinata } from '../support/emulator-client.ts'

/** The emulated Pinata over https, its certificate, and the ID of a gateway. */
export type Place = { pinata: Pinata; cert: string; gatewayId: string }

/** Adds a host origin to the gateway. */
export async function allowOrigin({ pinata, cert, gatewayId }: Place, origin: string): Promise<void> {
  const options = { ca: cert, body: JSON.stringify({ host: origin }) } as object
  await caller(pinata)('POST', `/gateways/${gatewayId}/hosts`, options)
}

/** Removes a host origin from the gateway, by its value. */
export async function removeOrigin({ pinata, cert, gatewayId }: Place, origin: string): Promise<void> {
  const call = caller(pinata)
  const options = { ca: cert } as object
  const { data } = (await call('GET', `/gateways/${gatewayId}`, options)).json
  for (const { id, value } of data.settings.restriction_policies.allowedHosts) {
    if (value === origin) await call('DELETE', `/gateways/${gatewayId}/hosts/${id}`, options)
  }
}
