import { startPinata } from '../../emulator/pinata/pinata.mjs'

/** @import { Controls } from './service.mjs' */
/** @import { Settings } from './settings.mjs' */

/** More gateways than any page has rows. */
const MOST_GATEWAYS = 2000

/**
 * An emulated Pinata in the state of the live one: the same gateway with as many access controls, in an account with as
 * many gateways.
 *
 * @param {Settings} settings
 * @param {object} live
 * @param {any} live.data of `GET /gateways/{id}`
 * @param {Controls} live.before
 * @param {number} live.gateways of the account
 */
export async function startReference(settings, { data, before, gateways }) {
  const pinata = await startPinata()
  const customs = Array.isArray(data.custom_domains) ? data.custom_domains.length : 0
  pinata.addGateway({
    id: settings.gatewayId,
    domain: data.domain,
    customDomains: Array.from({ length: customs }, (_, index) => `custom-${index}.example.com`),
    keys: before.keys.length,
    allowedHosts: before.origins.map((_, index) => `before-${index}.example.com`),
    // An address that is nobody's: it lets no reader in.
    allowedIPAddresses: before.addresses.map(() => '192.0.2.1'),
    pins: {
      [settings.cid]: 'Some text',
      ...(settings.htmlCid && { [settings.htmlCid]: '<!doctype html><title>A page</title>' }),
    },
  })
  for (let count = 1; count < Math.min(gateways, MOST_GATEWAYS); count++) pinata.addGateway()
  const gatewayUrl = `http://127.0.0.1:${pinata.port}`
  return { pinata, settings: { ...settings, apiUrl: pinata.apiUrl, gatewayUrl, jwt: pinata.addJwt() } }
}
