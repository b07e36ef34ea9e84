/**
 * Replaces tunnel in the bundle. `@actions/http-client` creates proxy agents with it. This action sets its own agent on
 * every request (`src/http/sockets.ts`), which has time limits and does not call the deprecated `Buffer()`.
 */
const noAgent = () => undefined
export const httpOverHttp = noAgent
export const httpsOverHttp = noAgent
export const httpOverHttps = noAgent
export const httpsOverHttps = noAgent
