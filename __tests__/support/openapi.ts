import { resolve } from 'node:path'

/** Where Pinata's OpenAPI document is, if at all: it isn't ours to publish, so it lies beside the repository. */
export const PINATA_OPENAPI =
  process.env.PINATA_OPENAPI ?? resolve(import.meta.dirname, '../../../shared/pinata/pinata-api-v3.yaml')

/** An OpenAPI document (3.0), as far as it matters here. */
export interface Document {
  paths: Record<string, unknown>
  components?: Record<string, Record<string, unknown>>
  [name: string]: unknown
}

/**
 * The part of a document with some of its paths and what those refer to. Prism needs nine seconds and half a gigabyte for
 * GitHub's whole document, and a part of a second for this.
 *
 * @param prefixes paths of the document; all below one of them are taken too
 * @throws if a path is not there, or a reference leads out of `#/components/`
 */
export function partOf(document: Document, ...prefixes: string[]): Document {
  const { openapi, info, servers, security, components = {} } = document
  const { securitySchemes = {} } = components
  const taken: Record<string, Record<string, unknown>> = { securitySchemes }
  const take = (value: unknown): void => {
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
  const paths: Document['paths'] = {}
  for (const prefix of prefixes) {
    const found = Object.entries(document.paths).filter(([path]) => path === prefix || path.startsWith(`${prefix}/`))
    if (found.length === 0) throw new Error(`The document has no ${prefix}`)
    Object.assign(paths, Object.fromEntries(found))
  }
  take(paths)
  return { openapi, info, ...(servers ? { servers } : {}), ...(security ? { security } : {}), paths, components: taken }
}
