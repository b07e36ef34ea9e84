import { startGitHub } from '../../emulator/github/github.mjs'
import { send } from './emulator-client.ts'
import { onTestEnd } from './network.ts'

export type GitHub = Awaited<ReturnType<typeof startGitHub>>

/** The path of the deployments in the emulator's repository. */
export const DEPLOYMENTS = '/repos/octo-org/octo-site/deployments'

/** Starts a GitHub emulator, which closes when the test ends. */
export async function startGitHubForTest(options?: Parameters<typeof startGitHub>[0]): Promise<GitHub> {
  const github = await startGitHub(options)
  onTestEnd(github.close)
  return github
}

/** Returns a function that calls the API with a new token: `await call('GET', DEPLOYMENTS)`. */
export function githubCaller(github: GitHub) {
  const authorized = { authorization: `Bearer ${github.addToken()}`, 'user-agent': 'a test' }
  return (method: string, path: string, body?: object, headers: Record<string, string> = {}) =>
    send(github, method, path, { headers: { ...authorized, ...headers }, ...(body && { body: JSON.stringify(body) }) })
}
