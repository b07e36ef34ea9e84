import { expect, test } from '@jest/globals'
import { errorOf } from '../../src/github/errors-and-rate-limits.ts'
import type { Repository } from '../../src/github/repository.ts'
import { DATE, FOREIGN_RESPONSES, lengthOf, type ResponseRow, receive } from '../support/error-server.ts'

const REPOSITORY = { apiUrl: 'https://api.github.com', name: 'octo/app', id: '1', sha: '', isFromFork: false }
const REQUEST_ID = { 'x-github-request-id': 'A1:B2:C3' }
/** An exceeded rate limit that resets 42 minutes after {@link DATE}. */
const LIMIT_EXHAUSTED = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(Date.parse(DATE) / 1000 + 42 * 60) }

const errorResponse = (status: number, message: string, headers = {}): ResponseRow => [
  status,
  { message, documentation_url: 'https://docs.github.com/rest', status: String(status) },
  { ...REQUEST_ID, ...headers },
]

// biome-ignore format: one row per line.
const ROWS: [action: string, ResponseRow, kind: string, message: string, given?: Partial<Repository>][] = [
  ['record the name', errorResponse(401, 'Bad credentials'), 'unauthorized', 'Could not record the name: github-token is invalid or expired (HTTP 401, "Bad credentials", request ID A1:B2:C3). Replace it, or remove github-token to use the job\'s own token.'],
  ['record the name', errorResponse(403, 'Resource not accessible by integration', { 'x-accepted-github-permissions': 'deployments=write' }), 'forbidden', 'Could not record the name: github-token lacks the permission `deployments: write` in octo/app (HTTP 403, "Resource not accessible by integration", request ID A1:B2:C3). In the job, above `steps:`, add `permissions:` with `deployments: write`, and the permissions that other steps need (`contents: read` for checkout).'],
  ['record the name', errorResponse(403, 'Resource not accessible by integration'), 'forbidden', 'Could not record the name: github-token lacks the permission `deployments: write` in octo/app, because runs for pull requests from forks get a read-only token (HTTP 403, "Resource not accessible by integration", request ID A1:B2:C3). In runs from forks, skip the step or do not use names.', { isFromFork: true }],
  ['record the name', errorResponse(403, 'Resource not accessible by personal access token'), 'forbidden', 'Could not record the name: github-token lacks the permission `deployments: write` in octo/app (HTTP 403, "Resource not accessible by personal access token", request ID A1:B2:C3). Give the token this permission, or remove github-token to use the job\'s own token.'],
  ['record the name', errorResponse(403, 'Resource protected by organization SAML enforcement. You must grant your Personal Access token access to this organization.'), 'forbidden', 'Could not record the name: the organization requires SAML single sign-on for github-token (HTTP 403, "Resource protected by organization SAML enforcement. You must grant your Personal Access token access to this organization.", request ID A1:B2:C3). In the token\'s settings, authorize it for the organization under Configure SSO, or remove github-token to use the job\'s own token.'],
  ['record the name', errorResponse(403, 'Although you appear to have the correct authorization credentials, the `octo` organization has an IP allow list enabled, and your IP address is not permitted to access this resource.'), 'forbidden', 'Could not record the name: the organization\'s IP allow list excludes this runner (HTTP 403, "Although you appear to have the correct authorization credentials, the `octo` organization has an IP allow list enabled, and your IP address is not permitted t…", request ID A1:B2:C3). Use a runner with an allowed address, or add this runner\'s address to the list.'],
  ['record the name', errorResponse(403, 'Repository was archived so is read-only.'), 'forbidden', 'Could not record the name: octo/app is archived and read-only (HTTP 403, "Repository was archived so is read-only.", request ID A1:B2:C3). Unarchive it, or do not use names.'],
  ['record the name', errorResponse(403, 'Forbidden'), 'forbidden', 'Could not record the name: GitHub denied access to octo/app (HTTP 403, "Forbidden", request ID A1:B2:C3). Check that github-token has the permission `deployments: write`.'],
  ['record the name', errorResponse(404, 'Not Found'), 'not-found', 'Could not record the name: the repository octo/app does not exist, or github-token can\'t access it (HTTP 404, "Not Found", request ID A1:B2:C3). Add `deployments: write` to the job\'s `permissions:`, or give github-token access to the repository.'],
  ['record the name', errorResponse(409, 'Conflict'), 'other', 'Could not record the name: GitHub reported a conflict with another request (HTTP 409, "Conflict", request ID A1:B2:C3). Run the job again.'],
  ['record the name', errorResponse(422, 'No ref found for: feature'), 'other', 'Could not record the name: octo/app no longer has this run\'s commit, for example after a force push (HTTP 422, "No ref found for: feature", request ID A1:B2:C3). Start a new run for an existing commit.'],
  ['remove the record', errorResponse(422, 'We cannot delete an active deployment unless it is the only deployment in a given environment.'), 'other', 'Could not remove the record: GitHub deletes only inactive deployments (HTTP 422, "We cannot delete an active deployment unless it is the only deployment in a given environment.", request ID A1:B2:C3). Run the job again.'],
  ['record the name', errorResponse(422, 'Validation Failed'), 'other', 'Could not record the name: GitHub rejected the request (HTTP 422, "Validation Failed", request ID A1:B2:C3). Check GITHUB_API_URL, and use the latest version of this action.'],
  ['record the name', errorResponse(400, 'Problems parsing JSON'), 'other', 'Could not record the name: GitHub rejected the request (HTTP 400, "Problems parsing JSON", request ID A1:B2:C3). Check GITHUB_API_URL, and use the latest version of this action.'],
  ['record the name', errorResponse(403, 'API rate limit exceeded for installation.', LIMIT_EXHAUSTED), 'rate-limited', 'Could not record the name: GitHub\'s rate limit for github-token was exceeded (HTTP 403, "API rate limit exceeded for installation.", request ID A1:B2:C3). Try again in 42 minutes, and run fewer jobs at once.'],
  ['record the name', errorResponse(403, 'API rate limit exceeded for installation.'), 'rate-limited', 'Could not record the name: GitHub\'s rate limit for github-token was exceeded (HTTP 403, "API rate limit exceeded for installation.", request ID A1:B2:C3). Try again later, and run fewer jobs at once.'],
  ['record the name', errorResponse(403, 'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.'), 'rate-limited', 'Could not record the name: GitHub\'s rate limit for github-token was exceeded (HTTP 403, "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.", request ID A1:B2:C3). Try again in 60 seconds, and run fewer jobs at once.'],
  ['record the name', errorResponse(403, 'You have triggered an abuse detection mechanism.', { 'retry-after': '30' }), 'rate-limited', 'Could not record the name: GitHub\'s rate limit for github-token was exceeded (HTTP 403, "You have triggered an abuse detection mechanism.", request ID A1:B2:C3). Try again in 30 seconds, and run fewer jobs at once.'],
  ['record the name', errorResponse(403, 'Resource not accessible by integration', LIMIT_EXHAUSTED), 'forbidden', 'Could not record the name: github-token lacks the permission `deployments: write` in octo/app (HTTP 403, "Resource not accessible by integration", request ID A1:B2:C3). In the job, above `steps:`, add `permissions:` with `deployments: write`, and the permissions that other steps need (`contents: read` for checkout).'],
  ['record the name', errorResponse(301, 'Moved Permanently', { location: 'https://api.github.com/repositories/1/deployments' }), 'redirect', 'Could not record the name: octo/app was renamed or moved (HTTP 301, "Moved Permanently", request ID A1:B2:C3). Start a new run of the workflow.'],
  ['record the name', errorResponse(500, 'Server Error'), 'other', 'Could not record the name: GitHub failed to process the request (HTTP 500, "Server Error", request ID A1:B2:C3). Try again later.'],
  ['record the name', errorResponse(503, 'Server Error', { 'retry-after': '60' }), 'other', 'Could not record the name: GitHub failed to process the request (HTTP 503, "Server Error", request ID A1:B2:C3). Try again in 60 seconds.'],
  ['record the name', [502, '<html><head><title>Unicorn! &middot; GitHub</title></head></html>', { 'x-github-request-id': 'A1' }], 'other', 'Could not record the name: the server at api.github.com failed to process the request (HTTP 502, "Unicorn! &middot; GitHub", request ID A1). Try again later. If the error persists, check whether a proxy or firewall is blocking the runner.'],
  ['record the name', [403, { message: 'Forbidden', documentation_url: 'https://docs.github.com' }], 'forbidden', 'Could not record the name: GitHub denied access to octo/app (HTTP 403, "Forbidden"). Check that github-token has the permission `deployments: write`.'],
  ['record the name', [403, { message: { toString: 1 } }, { 'x-github-request-id': 'A1' }], 'other', 'Could not record the name: something other than GitHub\'s API responded at https://api.github.com (HTTP 403, request ID A1). Check GITHUB_API_URL, and check whether a proxy or firewall is responding instead of GitHub.'],
  ['record the name', [200, {}], 'other', 'Could not record the name: the response does not match GitHub\'s documentation (HTTP 200). Check GITHUB_API_URL, and check whether a proxy or firewall is responding instead of GitHub.'],
  ['record the name', FOREIGN_RESPONSES.gitea, 'other', 'Could not record the name: something other than GitHub\'s API responded at https://api.github.com (HTTP 404, "The target couldn\'t be found."). Check GITHUB_API_URL, and check whether a proxy or firewall is responding instead of GitHub.'],
]

test.each(ROWS.map(row => ({ row, message: row[3] })))('reports: $message', async ({ row }) => {
  const [action, response, kind, message, given] = row
  const error = errorOf(await receive(response), action, { ...REPOSITORY, ...given })
  expect({ kind: error.kind, message: error.message }).toEqual({ kind, message })
  expect(lengthOf(message)).toBeLessThanOrEqual(300)
})
