/**
 * An OpenAPI document (3.0), as far as it matters here.
 *
 * @typedef {{
 *   paths: Record<string, unknown>
 *   components?: Record<string, Record<string, unknown>>
 *   [name: string]: unknown
 * }} Document
 */

/**
 * The part of a document with some of its paths and what those refer to. Prism needs nine seconds and half a gigabyte for
 * GitHub's whole document, and a part of a second for this.
 *
 * @param {Document} document
 * @param {...string} prefixes paths of the document; all below one of them are taken too
 * @returns {Document}
 * @throws if a reference leads out of `#/components/`
 */
export function partOf(document, ...prefixes) {
  const { openapi, info, servers, security, components = {} } = document
  const { securitySchemes = {} } = components
  /** @type {Record<string, Record<string, unknown>>} */
  const taken = { securitySchemes }
  /** @param {unknown} value */
  const take = value => {
    if (typeof value !== 'object' || value === null) return
    if ('$ref' in value && typeof value.$ref === 'string') {
      const [, kind = '', name = ''] = /^#\/components\/([^/]+)\/([^/]+)$/.exec(value.$ref) ?? []
      const target = components[kind]?.[name]
      if (target === undefined) throw new Error(`${value.$ref} leads nowhere`)
      taken[kind] ??= {}
      if (name in taken[kind]) return
      taken[kind][name] = target
      take(target)
      return
    }
    for (const member of Object.values(value)) take(member)
  }
  const isBelow = (/** @type {string} */ path) => prefixes.some(prefix => `${path}/`.startsWith(`${prefix}/`))
  const paths = Object.fromEntries(Object.entries(document.paths).filter(([path]) => isBelow(path)))
  take(paths)
  return { openapi, info, ...(servers ? { servers } : {}), ...(security ? { security } : {}), paths, components: taken }
}
