import type Router from '@koa/router'
import { z } from 'zod'
import { type About, aboutsOf } from './about'

const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch'] as const

/** A description of an API as OpenAPI 3.1 has it (https://spec.openapis.org/oas/v3.1.1). */
export interface OpenApi {
  readonly openapi: '3.1.1'
  readonly info: { title: string; version: string; description: string }
  readonly security: readonly object[]
  readonly paths: Record<string, Record<string, Operation>>
  readonly components: object
}

export interface Operation {
  readonly summary: string
  readonly operationId: string
  readonly tags: readonly string[]
  readonly security: readonly object[]
  readonly parameters: readonly Parameter[]
  readonly requestBody?: object
  readonly responses: Record<string, object>
}

interface Parameter {
  readonly name: string
  readonly in: 'path' | 'query'
  readonly required: boolean
  readonly schema: object
}

type Route = Router['stack'][number]

/** The schemes of each kind of caller; any one of them will do. */
const SECURITY = {
  anyone: [],
  people: [{ session: [] }],
  admin: [{ session: [] }, { bearer: ['admin'] }, { apiKey: ['admin'] }],
  check: [{ bearer: ['check'] }, { apiKey: ['check'] }],
  ingest: [{ bearer: ['ingest'] }, { apiKey: ['ingest'] }],
  bouncer: [{ bearer: ['bouncer'] }, { apiKey: ['bouncer'] }],
}

const PROBLEM = {
  description: 'A problem document (RFC 9457); `code` names the problem.',
  content: {
    'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } },
  },
}

const COMPONENTS = {
  securitySchemes: {
    session: { type: 'apiKey', in: 'cookie', name: '__Host-portcullis' },
    bearer: { type: 'http', scheme: 'bearer' },
    apiKey: { type: 'apiKey', in: 'header', name: 'X-Api-Key' },
  },
  schemas: {
    Problem: {
      type: 'object',
      required: ['type', 'title', 'status'],
      properties: {
        type: { type: 'string', format: 'uri-reference' },
        title: { type: 'string' },
        status: { type: 'integer' },
        detail: { type: 'string' },
        code: { type: 'string' },
        errors: {
          type: 'array',
          items: {
            type: 'object',
            properties: { field: { type: 'string' }, message: { type: 'string' } },
          },
        },
      },
    },
  },
}

/**
 * Describes all routes, with the schemas that validate their input, so that the description cannot
 * say otherwise than the service does. Throws when a route is not described (`describe`).
 */
export function describeApi(routers: readonly Router[], version: string): OpenApi {
  const paths: Record<string, Record<string, Operation>> = {}
  for (const router of routers) {
    const abouts = aboutsOf(router)
    for (const route of router.stack) {
      const methods = methodsOf(route)
      const name = `${methods.length > 1 ? 'ANY' : methods[0]!.toUpperCase()} ${route.path}`
      const about = abouts[name]
      if (!about) throw new Error(`${name} is not described`)
      for (const { path, names } of pathsOf(String(route.path))) {
        const operations = methods.map((method) => {
          return [method, operationOf(about, method, path, names)] as const
        })
        paths[path] = { ...paths[path], ...Object.fromEntries(operations) }
      }
    }
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Portcullis',
      version,
      description: 'Who comes to your applications, and who may not. Lists answer {items, next}.',
    },
    security: [],
    paths: Object.fromEntries(Object.entries(paths).sort(([a], [b]) => (a < b ? -1 : 1))),
    components: COMPONENTS,
  }
}

/** A GET route answers HEAD as well, of which nothing needs to be said. */
function methodsOf({ methods }: Route) {
  const told = METHODS.filter((method) => methods.includes(method.toUpperCase()))
  return told.length > 2 ? told : told.filter((method) => method !== 'head')
}

/** The path in OpenAPI's spelling, with and without each part that may be left out. */
function pathsOf(path: string): { path: string; names: string[] }[] {
  const [, before, optional, behind] = /^([^{]*)\{([^}]*)\}(.*)$/.exec(path) ?? []
  if (before !== undefined)
    return [...pathsOf(before + behind), ...pathsOf(before + optional + behind)]
  const names = [...path.matchAll(/[:*](\w+)/g)].map(([, name]) => name!)
  return [{ path: path.replace(/[:*](\w+)/g, '{$1}'), names }]
}

function operationOf(about: About, method: string, path: string, names: string[]): Operation {
  const { who, says, query, status = 200 } = about
  const body = method === 'get' || method === 'head' ? undefined : bodyOf(about)
  return {
    summary: says,
    operationId: `${method}${path.replace(/[^a-z0-9]+(.)?/gi, (_, next = '') => next.toUpperCase())}`,
    tags: [tagOf(path)],
    security: SECURITY[who],
    parameters: [
      ...names.map((name) => pathParameter(name)),
      ...(query ? queryParameters(query) : []),
    ],
    ...(body && { requestBody: body }),
    responses: {
      [status]: { description: 'Done.', ...(status !== 204 && { content: answerOf(about) }) },
      '4XX': PROBLEM,
      '5XX': PROBLEM,
    },
  }
}

function tagOf(path: string): string {
  const [, first = '', second, third] = path.split('/')
  return first === 'admin' && second === 'api' ? `admin: ${third}` : first
}

function pathParameter(name: string): Parameter {
  return { name, in: 'path', required: true, schema: { type: 'string' } }
}

function queryParameters(schema: z.ZodType): Parameter[] {
  const { properties = {}, required = [] } = jsonSchemaOf(schema)
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    schema: property as object,
  }))
}

function bodyOf({ body, takes }: About): object | undefined {
  if (takes) return { required: true, content: contentOf(takes) }
  if (!body) return undefined
  return { required: true, content: { 'application/json': { schema: jsonSchemaOf(body) } } }
}

/** What an answer of success holds, in each of its content types. */
function answerOf({ gives = ['application/json'], answers }: About): object {
  const schema = answers && { schema: jsonSchemaOf(answers, 'output') }
  return Object.fromEntries(
    gives.map((type) => [type, (type === 'application/json' && schema) || {}]),
  )
}

function contentOf(types: readonly string[] = ['application/json']): object {
  return Object.fromEntries(types.map((type) => [type, {}]))
}

/** The schema of what a client may send, not of what validation makes of it; or of what it gets. */
function jsonSchemaOf(schema: z.ZodType, io: 'input' | 'output' = 'input') {
  const { $schema, ...described } = z.toJSONSchema(schema, {
    io,
    unrepresentable: 'any',
    override({ zodSchema, jsonSchema }) {
      if (zodSchema._zod.def.type === 'date') {
        Object.assign(jsonSchema, { type: 'string', format: 'date-time' })
      }
    },
  })
  return described
}
