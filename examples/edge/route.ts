// A route handler of Next.js that reads a Pinata gateway for browsers: app/ipfs/[...path]/route.ts
import { readGateway } from './gateway'

async function handle(request: Request): Promise<Response> {
  // Read for each request: names without NEXT_PUBLIC_ stay on the server.
  const { GATEWAY_URL, GATEWAY_KEY, GATEWAY_CIDS = '' } = process.env
  const cids = GATEWAY_CIDS.split(/[\s,]+/)
  const answer = await readGateway(request, new URL(request.url).pathname, {
    url: GATEWAY_URL,
    key: GATEWAY_KEY,
    // Here your application can ask who the visitor is, and look the CID up where it keeps them.
    allows: cid => cids.includes(cid),
  })
  // Content that has scripts, an SVG image for one, must not run as a page of your application.
  answer.headers.set('content-security-policy', 'sandbox')
  return answer
}

export { handle as GET, handle as HEAD }
