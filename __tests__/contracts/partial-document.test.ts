import { expect, test } from '@jest/globals'
import { partOf } from '../support/openapi-part.mjs'

const ref = (name: string) => ({ $ref: `#/components/${name}` })

const document = {
  openapi: '3.0.3',
  info: { title: 'Test', version: '1' },
  security: [{ token: [] }],
  paths: {
    '/keys': { get: { parameters: [ref('parameters/page')], responses: { 200: ref('responses/keys') } } },
    '/keys/{id}': { delete: { responses: { 204: {} } } },
    '/keyrings': { get: { responses: { 200: ref('responses/keyrings') } } },
    '/broken': { get: { responses: { 200: ref('responses/missing') } } },
  },
  components: {
    securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
    parameters: { page: { name: 'page', in: 'query' }, size: { name: 'size', in: 'query' } },
    responses: { keys: { content: ref('schemas/key') }, keyrings: { content: ref('schemas/keyring') } },
    schemas: {
      key: { properties: { parent: ref('schemas/key'), owner: ref('schemas/owner') } },
      owner: {},
      keyring: {},
    },
  },
}

test('contains a path, those below it, and everything that they refer to, once each', () => {
  const { openapi, info, security, paths, components } = document
  expect(partOf(document, '/keys')).toEqual({
    openapi,
    info,
    security,
    paths: { '/keys': paths['/keys'], '/keys/{id}': paths['/keys/{id}'] },
    components: {
      securitySchemes: components.securitySchemes,
      parameters: { page: components.parameters.page },
      responses: { keys: components.responses.keys },
      schemas: { key: components.schemas.key, owner: {} },
    },
  })
})

test('rejects a missing path and a broken reference', () => {
  expect(() => partOf(document, '/key')).toThrow('The document has no /key')
  expect(() => partOf(document, '/broken')).toThrow('#/components/responses/missing leads nowhere')
})
