/**
 * Replaces tunnel in the bundle. `@actions/http-client` uses it to make an agent for a proxy. This action sets its own agent
 * on every request (`src/http/sockets.ts`), because that one has time limits and calls no deprecated `Buffer()`.
 */
const noAgent = () => undefined
export const httpOverHttp = noAgent
export const httpsOverHttp = noAgent
export const httpOverHttps = noAgent
export const httpsOverHttps = noAgent
