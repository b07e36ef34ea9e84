import { Ajv, type ErrorObject } from 'ajv'
import addFormats from 'ajv-formats'
import type { GitHub } from './github.ts'
import { githubDocument } from './openapi.ts'
import type { Document } from './openapi-part.mjs'

interface Parameter {
  name: string
  in: string
  required?: boolean
  schema: object
}
interface Operation {
  parameters: (Parameter | { $ref: string })[]
  requestBody?: { content: { 'application/json': { schema: { properties: object } } } }
  responses: Record<string, { $ref?: string; content?: { 'application/json': { schema: object } } }>
}
interface Description extends Document {
  paths: Record<string, Record<string, Operation>>
}
type ApiRequest = GitHub['requests'][number]
interface Match {
  operation: Operation
  /** Where the operation is in the description, as a JSON pointer. */
  pointer: string
  /** What the path says for its parameters. */
  path: Record<string, string>
}

/**
 * What is wrong, by GitHub's own OpenAPI description, with the requests that came to an emulated GitHub and with the
 * answers that it gave. Both lists are empty if nothing is. A parameter or property that the description doesn't have is
 * wrong in a request. Statuses from 500 up are no part of the API.
 */
export function violations(github: GitHub): { byRequests: string[]; byAnswers: string[] } {
  const name = ({ method, path }: ApiRequest) => `${method} ${path}`
  return {
    byRequests: github.requests.flatMap(request =>
      requestViolations(github, request).map(violation => `${name(request)}: ${violation}`),
    ),
    byAnswers: github.requests.flatMap(request =>
      answerViolations(github, request).map(violation => `${name(request)} ${request.status}: ${violation}`),
    ),
  }
}

function requestViolations(github: GitHub, request: ApiRequest): string[] {
  const match = operationOf(github, request)
  if (!match) return ['the description has no such operation']
  const { operation, pointer, path } = match
  const query = Object.fromEntries(new URL(request.path, github.apiUrl).searchParams)

  const { bodies, texts } = load()
  const found = []
  const known = operation.parameters.map(parameter => resolved(parameter) as Parameter)
  for (const [place, values] of Object.entries({ path, query })) {
    const parameters = known.filter(parameter => parameter.in === place)
    const schema = {
      type: 'object',
      properties: Object.fromEntries(parameters.map(({ name, schema }) => [name, schema])),
      required: parameters.filter(({ required }) => required).map(({ name }) => name),
      additionalProperties: false,
    }
    found.push(...errorsOf(texts, schema, { ...values }, place))
  }

  const schema = operation.requestBody?.content['application/json'].schema
  if (!schema) return request.body === '' ? found : [...found, 'the description has no body here']
  const body = parsed(request.body)
  if (body === undefined) return [...found, 'the body is no JSON']
  const names = { properties: Object.fromEntries(Object.keys(schema.properties).map(name => [name, true])) }
  return [
    ...found,
    ...errorsOf(bodies, { $ref: `github#${pointer}/requestBody/content/application~1json/schema` }, body, 'body'),
    ...errorsOf(bodies, { ...names, additionalProperties: false }, body, 'body'),
  ]
}

function answerViolations(github: GitHub, request: ApiRequest): string[] {
  const { answer } = request
  if (!answer || answer.status >= 500) return []
  const match = operationOf(github, request)
  const response = match?.operation.responses[answer.status]
  if (!response && answer.status < 400) return ['the description has no such status']

  const body = String(answer.body)
  const { $ref } = response ?? {}
  const content = (resolved(response ?? {}) as typeof response)?.content
  if (!content && answer.status < 400) return body === '' ? [] : ['the description has no body here']
  const value = parsed(body)
  if (value === undefined) return ['the body is no JSON']
  const place = $ref?.slice(1) ?? `${match?.pointer}/responses/${answer.status}`
  // The description leaves out what may happen anywhere, such as 401 and 403, and what a 409 holds.
  const schema = content ? `${place}/content/application~1json/schema` : '/components/schemas/basic-error'
  return errorsOf(load().bodies, { $ref: `github#${schema}` }, value, 'body')
}

/** The operation that a request asks for, unless there is none in the description. */
function operationOf(github: GitHub, { method, path: target }: ApiRequest): Match | undefined {
  const { pathname } = new URL(target, github.apiUrl)
  const root = new URL(github.apiUrl).pathname.replace(/\/$/, '')
  if (!pathname.startsWith(`${root}/`)) return undefined
  // Link names a repository by its number, in a form that the description hasn't.
  const path = pathname.slice(root.length).replace(/^\/repositories\/(\d+)\//, (whole, id) => {
    const repository = [...github.repositories.values()].find(repository => repository.id === Number(id))
    return repository ? `/repos/${repository.fullName}/` : whole
  })
  for (const [template, operations] of Object.entries(load().description.paths)) {
    const names = [...template.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
    const values = new RegExp(`^${template.replace(/\{\w+\}/g, '([^/]+)')}$`).exec(path)?.slice(1)
    const operation = operations[method.toLowerCase()]
    if (!values || !operation) continue
    return {
      operation,
      pointer: `/paths/${template.replaceAll('/', '~1')}/${method.toLowerCase()}`,
      path: Object.fromEntries(names.map((name, index) => [name, decodeURIComponent(values[index] ?? '')])),
    }
  }
  return undefined
}

let loaded: { description: Description; bodies: Ajv; texts: Ajv }

/** The description, read when it is needed first. */
function load() {
  if (loaded) return loaded
  const description = githubDocument() as Description
  // OpenAPI has keywords that no schema knows, such as `example`.
  const bodies = addFormats.default(new Ajv({ strict: false, allErrors: true }))
  bodies.addSchema(description, 'github')
  // Text is all that an address holds.
  const texts = addFormats.default(new Ajv({ strict: false, allErrors: true, coerceTypes: true }))
  loaded = { description, bodies, texts }
  return loaded
}

/** What a reference refers to, or the thing itself. */
function resolved(thing: object): unknown {
  if (!('$ref' in thing) || typeof thing.$ref !== 'string') return thing
  const steps = thing.$ref.slice(2).split('/')
  // biome-ignore lint/suspicious/noExplicitAny: any place in the description
  return steps.reduce<any>((part, step) => part[step], load().description)
}

function errorsOf(ajv: Ajv, schema: object, value: unknown, place: string): string[] {
  const validate = ajv.compile(schema)
  if (validate(value)) return []
  const text = ({ instancePath, message, params }: ErrorObject) =>
    `${place}${instancePath} ${message} ${JSON.stringify(params)}`
  return (validate.errors ?? []).map(text)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
