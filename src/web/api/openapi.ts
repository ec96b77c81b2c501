import { z } from 'zod'
import type { RefusalStatus } from '../http/refuse.ts'
import type { Operation } from './operation.ts'
import { NAMED, problem } from './schemas.ts'

export const API_PATH = '/api/v1'

const MEANINGS: Readonly<Record<RefusalStatus, string>> = {
  400: 'What is asked is wrong; all mistakes are named.',
  401: 'Sign in, or send a token.',
  403: 'The request came from another site.',
  404: 'There is no such thing.',
  405: 'The method is not allowed here.',
  409: 'It cannot be done as things are.',
  413: 'The body is too large.',
  415: 'The body is of another type.',
  500: 'A bug in Minitor, which its log describes.',
  503: 'It cannot be done for now.',
}

type Json = Readonly<Record<string, unknown>>

export function openApiDocument(
  operations: readonly Operation[],
  { version, prefix }: { readonly version: string; readonly prefix: string },
): Json {
  const byPath = Map.groupBy(operations, ({ path }) => path)
  return {
    openapi: '3.1.0',
    info: {
      title: 'Minitor',
      version,
      description:
        'Times are ISO 8601, durations are milliseconds, shares are 0 to 1. Where `public` is on, anybody may read ' +
        'what is not for users only. Every refusal is a Problem.',
    },
    servers: [{ url: prefix + API_PATH }],
    paths: Object.fromEntries(
      [...byPath].map(([path, all]) => [path, Object.fromEntries(all.map((one) => [one.method, operationJson(one)]))]),
    ),
    components: {
      schemas: namedSchemas(),
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'One of `web.auth.tokens`.' },
        session: { type: 'apiKey', in: 'cookie', name: 'minitor_session', description: 'What signing in gives.' },
      },
    },
  }
}

function operationJson(operation: Operation): Json {
  const { id, summary, path, query, body, status, isForUsers, refusals } = operation
  const parts = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
  const isAnswered = operation.answer !== null
  const commands: RefusalStatus[] = operation.method === 'get' ? [] : [403]
  const bodies: RefusalStatus[] = body === null ? [] : [413, 415]
  return {
    operationId: id,
    summary,
    security: [...(isForUsers ? [] : [{}]), { token: [] }, { session: [] }],
    parameters: [
      ...parts.map((name) => ({ name, in: 'path', required: true, schema: { type: 'string' } })),
      ...queryParameters(query),
    ],
    ...(body !== null && { requestBody: { content: content('application/json', body) } }),
    responses: {
      [status]: {
        description: isAnswered ? 'The answer.' : 'It is done.',
        ...(operation.answer !== null && { content: content(operation.contentType, operation.answer) }),
      },
      ...Object.fromEntries(
        [400, 401, ...commands, ...refusals, ...bodies].map((refusal) => [
          refusal,
          { description: MEANINGS[refusal as RefusalStatus], content: content('application/json', problem) },
        ]),
      ),
    },
  }
}

function queryParameters(query: z.ZodObject): Json[] {
  const { properties = {}, required = [] } = schemaJson(query)
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    schema,
  }))
}

function content(type: string, schema: z.ZodType): Json {
  const id = NAMED.get(schema)?.id
  return { [type]: { schema: id === undefined ? schemaJson(schema) : { $ref: `#/components/schemas/${id}` } } }
}

const OPTIONS = {
  // What is sent: there, defaults may be left out, and what we may add later is no mistake of the reader.
  io: 'input',
  override({ jsonSchema }: { readonly jsonSchema: z.core.JSONSchema.BaseSchema }) {
    // Zod's expression for all valid days is longer than the rest of the document.
    if (jsonSchema.format === 'date-time') delete jsonSchema.pattern
  },
} as const

function schemaJson(schema: z.ZodType): z.core.JSONSchema.BaseSchema {
  return withoutKeywords(z.toJSONSchema(schema, OPTIONS))
}

function namedSchemas(): Json {
  const { schemas } = z.toJSONSchema(NAMED, { ...OPTIONS, uri: (id) => `#/components/schemas/${id}` })
  return Object.fromEntries(Object.entries(schemas).map(([id, schema]) => [id, withoutKeywords(schema)]))
}

/** A schema inside of a document is neither a document nor has an address of its own. */
function withoutKeywords({ $schema, $id, ...schema }: z.core.JSONSchema.BaseSchema): z.core.JSONSchema.BaseSchema {
  return schema
}
