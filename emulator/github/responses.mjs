// The format of GitHub's responses.
import { jsonResponse, proxyOrApiFailure } from '../http/responses.mjs'

/** @import { EmulatedResponse } from '../http/responses.mjs' */

/** Returns an API error. @param {number} status @param {string} message @param {Record<string, string>} [headers] */
export const apiError = (status, message, headers) =>
  jsonResponse(status, { message, documentation_url: 'https://docs.github.com/rest', status: String(status) }, headers)

/** Returns the error for too many changes. @param {number} status @param {Record<string, string>} [headers] */
export const secondaryLimitExceeded = (status, headers) =>
  apiError(status, 'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.', headers)

/** Returns the response to a request that fails with this status. @param {number} status @returns {EmulatedResponse} */
export const failure = status =>
  proxyOrApiFailure(status, message => (status === 429 ? secondaryLimitExceeded(status) : apiError(status, message)))

/**
 * Returns one page of a list, with the URL of the next page in `Link`.
 * https://docs.github.com/en/rest/using-the-rest-api/using-pagination-in-the-rest-api
 * @param {URL} url
 * @param {object[]} all the rows of all pages
 */
export function pageOf(url, all) {
  const { searchParams: query } = url
  const size = Math.min(Number(query.get('per_page')) || 30, 100)
  const page = Number(query.get('page')) || 1
  const next = new URL(url)
  next.searchParams.set('page', String(page + 1))
  const link = page * size < all.length ? { Link: `<${next}>; rel="next"` } : undefined
  return jsonResponse(200, all.slice((page - 1) * size, page * size), link)
}
