/**
 * Stands in for tunnel in the bundles. `@actions/http-client` makes an agent with it when there is a proxy; this action
 * replaces every agent by its own (`src/http/sockets.ts`), which has time limits, and no deprecated `Buffer()`.
 */
const noAgent = () => undefined
Object.assign(exports, {
  httpOverHttp: noAgent,
  httpsOverHttp: noAgent,
  httpOverHttps: noAgent,
  httpsOverHttps: noAgent,
})
