import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { parse } from 'yaml'
import { type Document, extractPaths } from './openapi-part.mjs'

/** The path of Pinata's OpenAPI document. The file can be missing, because only Pinata may publish it. */
export const PINATA_OPENAPI =
  process.env.PINATA_OPENAPI ?? resolve(import.meta.dirname, '../../../shared/pinata/pinata-api-v3.yaml')

// The relevant part of GitHub's OpenAPI document, written by scripts/github-openapi.mjs.
const GITHUB_OPENAPI = resolve(import.meta.dirname, 'github-openapi.json')

/** Returns the part of Pinata's document about gateways and access controls. @throws if the document is missing */
export function pinataDocument(): Document {
  return extractPaths(parse(readFileSync(PINATA_OPENAPI, 'utf8')), '/gateways')
}

/**
 * Returns the part of GitHub's document about deployments and pull requests, with one change: requests must not contain
 * undocumented properties, because GitHub ignores misspelled ones.
 */
export function githubDocument(): Document {
  return JSON.parse(readFileSync(GITHUB_OPENAPI, 'utf8'), (key, value) => {
    if (key === 'requestBody') value.content['application/json'].schema.additionalProperties = false
    return value
  })
}
