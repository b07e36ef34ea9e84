// A Next.js route handler that reads from a gateway for browsers: app/ipfs/[...path]/route.ts
import { readGateway } from './gateway'

async function handle(request: Request): Promise<Response> {
  // Variables without NEXT_PUBLIC_ stay on the server. They are read for each request.
  const { GATEWAY_URL, GATEWAY_KEY, GATEWAY_CIDS = '' } = process.env
  const cids = GATEWAY_CIDS.split(/[\s,]+/)
  const response = await readGateway(request, new URL(request.url).pathname, {
    url: GATEWAY_URL,
    key: GATEWAY_KEY,
    // Your application can check here who the visitor is, and which CIDs they may read.
    allows: cid => cids.includes(cid),
  })
  // Content with scripts, such as an SVG image, must not run as a page of your application.
  response.headers.set('content-security-policy', 'sandbox')
  return response
}

export { handle as GET, handle as HEAD }
