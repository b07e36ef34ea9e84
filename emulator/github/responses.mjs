// The format of GitHub's responses.
import { jsonResponse } from '../http/responses.mjs'

/** Returns an API error. @param {number} status @param {string} message @param {Record<string, string>} [headers] */
export const apiError = (status, message, headers) =>
  jsonResponse(status, { message, documentation_url: 'https://docs.github.com/rest', status: String(status) }, headers)

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
