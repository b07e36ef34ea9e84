/**
 * Replaces undici in the bundle. `@actions/http-client` imports `ProxyAgent` only for `getAgentDispatcher()`, which
 * gives `fetch` a proxy. `HttpClient` sends its requests with `node:http` and `node:https`.
 */
export class ProxyAgent {
  constructor() {
    throw new Error('undici is not part of this bundle: use HttpClient.request(), not getAgentDispatcher().')
  }
}
