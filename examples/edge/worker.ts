// A Cloudflare Worker that reads from a gateway for browsers.
import { readGateway } from './gateway'

interface Env {
  GATEWAY_URL?: string
  /** A secret of the Worker, not a variable. */
  GATEWAY_KEY?: string
  /** Content that visitors may read at /ipfs/<cid>: CIDs, separated by commas. */
  GATEWAY_CIDS?: string
  /** The CID of a site that the Worker serves at /. */
  SITE_CID?: string
}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const cids = [env.SITE_CID, ...(env.GATEWAY_CIDS ?? '').split(/[\s,]+/)]
    const { pathname } = new URL(request.url)
    const site = env.SITE_CID && !pathname.startsWith('/ipfs/') ? `/ipfs/${env.SITE_CID}` : ''
    const response = await readGateway(request, site + pathname, {
      url: env.GATEWAY_URL,
      key: env.GATEWAY_KEY,
      allows: cid => cids.includes(cid),
    })

    const location = response.headers.get('location')
    if (site && location?.startsWith(`${site}/`)) response.headers.set('location', location.slice(site.length))
    return response
  },
}
