/**
 * Stands in for undici in the bundles. `@actions/http-client` imports `ProxyAgent` for one method only,
 * `getAgentDispatcher()`, which gives `fetch` a proxy; requests made with `HttpClient` go through `node:https`.
 */
exports.ProxyAgent = class ProxyAgent {
  constructor() {
    throw new Error('undici is not part of this bundle: use HttpClient.request(), not getAgentDispatcher().')
  }
}
