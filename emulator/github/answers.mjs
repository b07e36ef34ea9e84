// What GitHub's API answers look like. https://docs.github.com/en/rest/deployments
import { STATUS_CODES } from 'node:http'

/** @import { Deployment, DeploymentStatus } from './api.mjs' */
/** @import { Answer } from '../http/server.mjs' */

/** GitHub's documentation of its API. */
export const DOCS = 'https://docs.github.com/rest'

/**
 * @param {number} status
 * @param {unknown} body
 * @param {Record<string, string>} [headers]
 * @returns {Answer}
 */
export const jsonAnswer = (status, body, headers) => ({
  status,
  headers: { 'Content-Type': 'application/json; charset=utf-8', ...headers },
  body: JSON.stringify(body),
})

/**
 * An error as the API gives it.
 *
 * @param {number} status
 * @param {string} message
 * @param {string} [docs] the page of GitHub's documentation
 * @param {object[]} [errors] what is wrong with which field
 */
export const refused = (status, message, docs = DOCS, errors) =>
  jsonAnswer(status, { message, ...(errors && { errors }), documentation_url: docs, status: String(status) })

const RATE_LIMIT_DOCS = `${DOCS}/overview/rate-limits-for-the-rest-api`

/**
 * The rate limit is used up until the time that X-RateLimit-Reset tells.
 *
 * @param {string} whose
 */
export const rateLimitExceeded = whose => refused(403, `API rate limit exceeded for ${whose}.`, RATE_LIMIT_DOCS)

/**
 * Too much in too short a time, which has nothing to do with the numbers in the headers.
 *
 * @param {403 | 429} status GitHub's documentation names both
 */
export const secondaryLimitExceeded = status =>
  refused(
    status,
    'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.',
    `${RATE_LIMIT_DOCS}#about-secondary-rate-limits`,
  )

/**
 * What GitHub answers when it fails with this status.
 *
 * @param {number} status
 * @returns {Answer}
 */
export function failure(status) {
  if (status === 429) return secondaryLimitExceeded(status)
  if (![502, 503, 504].includes(status)) return refused(status, STATUS_CODES[status] ?? 'Unknown')
  // What stands in front of the API answers these, with a page for people.
  const body = '<!DOCTYPE html>\n<html><head><title>Unicorn! &middot; GitHub</title></head><body></body></html>\n'
  return { status, headers: { 'Content-Type': 'text/html; charset=utf-8' }, body }
}

/** @param {string} kind @param {number} id */
const nodeId = (kind, id) => Buffer.from(`${kind}${id}`).toString('base64')

/** @param {string} root @param {string} login */
function showUser(root, login) {
  const name = encodeURIComponent(login)
  const url = `${root}/users/${name}`
  // Those of github-actions[bot] and octocat; anybody else shares octocat's.
  const id = login === 'github-actions[bot]' ? 41_898_282 : 583_231
  return {
    login,
    id,
    node_id: nodeId('User', id),
    avatar_url: `https://avatars.githubusercontent.com/u/${id}?v=4`,
    gravatar_id: '',
    url,
    html_url: `https://github.com/${name}`,
    followers_url: `${url}/followers`,
    following_url: `${url}/following{/other_user}`,
    gists_url: `${url}/gists{/gist_id}`,
    starred_url: `${url}/starred{/owner}{/repo}`,
    subscriptions_url: `${url}/subscriptions`,
    organizations_url: `${url}/orgs`,
    repos_url: `${url}/repos`,
    events_url: `${url}/events{/privacy}`,
    received_events_url: `${url}/received_events`,
    type: login.endsWith('[bot]') ? 'Bot' : 'User',
    user_view_type: 'public',
    site_admin: false,
  }
}

/**
 * A deployment as the API shows it.
 *
 * @param {string} root the address that the API's own addresses begin with
 * @param {Deployment} deployment
 */
export function showDeployment(root, deployment) {
  const repositoryUrl = `${root}/repos/${deployment.repository}`
  const url = `${repositoryUrl}/deployments/${deployment.id}`
  return {
    url,
    id: deployment.id,
    node_id: nodeId('Deployment', deployment.id),
    task: deployment.task,
    original_environment: deployment.originalEnvironment,
    environment: deployment.environment,
    description: deployment.description,
    created_at: deployment.createdAt,
    updated_at: deployment.updatedAt,
    statuses_url: `${url}/statuses`,
    repository_url: repositoryUrl,
    creator: showUser(root, deployment.creator),
    sha: deployment.sha,
    ref: deployment.ref,
    payload: deployment.payload,
    transient_environment: deployment.transient,
    production_environment: deployment.production,
    performed_via_github_app: null,
  }
}

/**
 * A status of a deployment as the API shows it.
 *
 * @param {string} root the address that the API's own addresses begin with
 * @param {Deployment} deployment
 * @param {DeploymentStatus} status
 */
export function showStatus(root, deployment, status) {
  const repositoryUrl = `${root}/repos/${deployment.repository}`
  const deploymentUrl = `${repositoryUrl}/deployments/${deployment.id}`
  return {
    url: `${deploymentUrl}/statuses/${status.id}`,
    id: status.id,
    node_id: nodeId('DeploymentStatus', status.id),
    state: status.state,
    creator: showUser(root, status.creator),
    description: status.description,
    environment: status.environment,
    target_url: status.logUrl,
    created_at: status.createdAt,
    updated_at: status.createdAt,
    deployment_url: deploymentUrl,
    repository_url: repositoryUrl,
    environment_url: status.environmentUrl,
    log_url: status.logUrl,
    performed_via_github_app: null,
  }
}

/**
 * One page of a list, with the addresses of other pages in Link.
 * https://docs.github.com/en/rest/using-the-rest-api/using-pagination-in-the-rest-api
 *
 * @param {string} url of the list, without a query
 * @param {URLSearchParams} query
 * @param {object[]} rows all of them
 */
export function pageOf(url, query, rows) {
  /** @param {string} name @param {number} otherwise */
  const number = (name, otherwise) => {
    const value = Number(query.get(name))
    return Number.isInteger(value) && value > 0 ? value : otherwise
  }
  const size = Math.min(number('per_page', 30), 100)
  const page = number('page', 1)
  const last = Math.max(1, Math.ceil(rows.length / size))
  /** @param {string} rel @param {number} target */
  const link = (rel, target) => {
    const parameters = new URLSearchParams(query)
    parameters.set('page', String(target))
    return `<${url}?${parameters}>; rel="${rel}"`
  }
  const links = [
    ...(page > 1 ? [link('prev', page - 1)] : []),
    ...(page < last ? [link('next', page + 1)] : []),
    ...(page === last ? [] : [link('last', last)]),
    ...(page > 1 ? [link('first', 1)] : []),
  ]
  return jsonAnswer(200, rows.slice((page - 1) * size, page * size), links.length > 0 ? { Link: links.join(', ') } : {})
}
