import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { resolve } from 'node:path'
import { parse } from 'yaml'

/** Where Pinata's OpenAPI document is, if at all: it isn't ours to publish, so it lies beside the repository. */
export const PINATA_OPENAPI =
  process.env.PINATA_OPENAPI ?? resolve(import.meta.dirname, '../../../shared/pinata/pinata-api-v3.yaml')

// GitHub's description of its own API. The package has it in several forms, of which this is one of the smallest.
const GITHUB_OPENAPI = '@octokit/openapi/generated/api.github.com.json'

/** An OpenAPI document (3.0), as far as it matters here. */
export interface Document {
  paths: Record<string, unknown>
  components?: Record<string, Record<string, unknown>>
  [name: string]: unknown
}

/** The part of Pinata's document that is about gateways and their keys. @throws if it is not there */
export function pinataDocument(): Document {
  return partOf(parse(readFileSync(PINATA_OPENAPI, 'utf8')), '/gateways')
}

/**
 * The part of GitHub's description that is about deployments. An empty text is the default of some addresses, so it is
 * allowed there, although the description calls them URIs.
 */
export function githubDocument(): Document {
  const file = createRequire(import.meta.url).resolve(GITHUB_OPENAPI)
  const document = partOf(JSON.parse(readFileSync(file, 'utf8')), '/repos/{owner}/{repo}/deployments')
  allowDefaults(document)
  return document
}

function allowDefaults(part: unknown): void {
  if (typeof part !== 'object' || part === null) return
  const schema = part as Record<string, unknown>
  if (schema.format === 'uri' && schema.default === '') {
    delete schema.format
    schema.anyOf = [{ enum: [''] }, { format: 'uri' }]
  }
  for (const value of Object.values(part)) allowDefaults(value)
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
