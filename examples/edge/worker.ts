// A Cloudflare Worker that reads a Pinata gateway for browsers.
import { readGateway } from './gateway'

interface Env {
  GATEWAY_URL?: string
  /** A secret of the Worker, not a variable. */
  GATEWAY_KEY?: string
  /** What visitors may read: CIDs with commas between, at /ipfs/<cid>. */
  CIDS?: string
  /** The CID of a site, which is served at / and below. */
  SITE_CID?: string
}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const cids = [env.SITE_CID, ...(env.CIDS ?? '').split(/[\s,]+/)]
    const { pathname } = new URL(request.url)
    const site = env.SITE_CID && !pathname.startsWith('/ipfs/') ? `/ipfs/${env.SITE_CID}` : ''
    const answer = await readGateway(request, site + pathname, {
      url: env.GATEWAY_URL,
      key: env.GATEWAY_KEY,
      allows: cid => cids.includes(cid),
    })

    const location = answer.headers.get('location')
    if (site && location?.startsWith(`${site}/`)) answer.headers.set('location', location.slice(site.length))
    return answer
  },
}
