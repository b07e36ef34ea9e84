import { startGitHub } from '../../emulator/github/github.mjs'
import { jsonOrText } from './emulator-client.ts'
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
  const authorization = `Bearer ${github.addToken()}`
  return async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const response = await fetch(path.startsWith('http') ? path : `${github.apiUrl}${path}`, {
      method,
      headers: { authorization, ...headers },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    return { status: response.status, headers: response.headers, json: jsonOrText(await response.text()) }
  }
}
