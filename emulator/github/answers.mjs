// The form of GitHub's responses. https://docs.github.com/en/rest/deployments
import { STATUS_CODES } from 'node:http'

/** @import { Deployment, DeploymentStatus } from './api.mjs' */
/** @import { Answer } from '../http/server.mjs' */

export const DOCS = 'https://docs.github.com/rest'
const RATE_LIMIT_DOCS = `${DOCS}/overview/rate-limits-for-the-rest-api`

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
export const refused = (status, message, docs = `${DOCS}/deployments/deployments`, errors) =>
  jsonAnswer(status, { message, ...(errors && { errors }), documentation_url: docs, status: String(status) })

/** The rate limit is exceeded until the time in X-RateLimit-Reset. */
export const rateLimitExceeded = () =>
  refused(403, 'API rate limit exceeded for installation ID 12345678.', RATE_LIMIT_DOCS)

/** Too many changes in too short a time, which the numbers in the headers do not show. @param {403 | 429} status */
export const secondaryLimitExceeded = status =>
  refused(
    status,
    'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.',
    `${RATE_LIMIT_DOCS}#about-secondary-rate-limits`,
  )

/** Returns the response to a request that fails with this status. @param {number} status @returns {Answer} */
export function failure(status) {
  if (status === 429) return secondaryLimitExceeded(status)
  if (![502, 503, 504].includes(status)) return refused(status, STATUS_CODES[status] ?? 'Unknown')
  // The proxy in front of the API returns these, with a page for people.
  const body = '<!DOCTYPE html>\n<html><head><title>Unicorn! &middot; GitHub</title></head><body></body></html>\n'
  return { status, headers: { 'Content-Type': 'text/html; charset=utf-8' }, body }
}

/** @param {string} kind @param {number} id */
const nodeId = (kind, id) => Buffer.from(`${kind}${id}`).toString('base64')

/** @param {string} root @param {string} login */
function showUser(root, login) {
  const name = encodeURIComponent(login)
  const url = `${root}/users/${name}`
  const lists = ['followers', 'following', 'gists', 'starred', 'subscriptions', 'repos', 'events', 'received_events']
  return {
    login,
    id: 41_898_282,
    node_id: nodeId('User', 41_898_282),
    avatar_url: 'https://avatars.githubusercontent.com/u/41898282?v=4',
    gravatar_id: '',
    url,
    html_url: `https://github.com/${name}`,
    organizations_url: `${url}/orgs`,
    ...Object.fromEntries(lists.map(list => [`${list}_url`, `${url}/${list}`])),
    type: login.endsWith('[bot]') ? 'Bot' : 'User',
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
  const { id, repository, creator, createdAt, statuses, transient, production, ...fields } = deployment
  const repositoryUrl = `${root}/repos/${repository}`
  return {
    url: `${repositoryUrl}/deployments/${id}`,
    id,
    node_id: nodeId('Deployment', id),
    ...fields,
    original_environment: fields.environment,
    created_at: createdAt,
    updated_at: statuses.at(-1)?.createdAt ?? createdAt,
    statuses_url: `${repositoryUrl}/deployments/${id}/statuses`,
    repository_url: repositoryUrl,
    creator: showUser(root, creator),
    transient_environment: transient,
    production_environment: production,
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
export function showStatus(root, { repository, id: deploymentId, creator }, status) {
  const repositoryUrl = `${root}/repos/${repository}`
  const deploymentUrl = `${repositoryUrl}/deployments/${deploymentId}`
  return {
    url: `${deploymentUrl}/statuses/${status.id}`,
    id: status.id,
    node_id: nodeId('DeploymentStatus', status.id),
    state: status.state,
    creator: showUser(root, creator),
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
  const size = Math.min(Number(query.get('per_page')) || 30, 100)
  const page = Number(query.get('page')) || 1
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
