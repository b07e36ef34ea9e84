import { corsOf } from '../report.mjs'
import { withKey } from './reads.mjs'

/** @import { Scene } from './reads.mjs' */

export const title = 'CORS'

/** @param {Scene} scene */
export async function run({ service, note, domain }) {
  await withKey(service, async key => {
    const origin = `https://${domain}`
    const preflight = { origin, 'access-control-request-method': 'GET' }
    const withToken = { ...preflight, 'access-control-request-headers': 'x-pinata-gateway-token' }
    note('GET with a key', corsOf(await service.read({ header: key, headers: { origin } })))
    note('GET without a key', corsOf(await service.read({ headers: { origin } })))
    for (const [question, headers] of Object.entries({ OPTIONS: preflight, 'OPTIONS for the header': withToken })) {
      const reply = await service.read({ method: 'OPTIONS', headers })
      note(question, `${reply.status}, ${corsOf(reply)}`)
    }
  })
}
