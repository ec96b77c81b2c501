import { z } from 'zod'
import { fieldDocs, type Shape } from './field.ts'
import { configSchema } from './schema.ts'

/** The configuration's JSON Schema (draft 2020-12), for editors. */
export function configJsonSchema(): object {
  const schema = z.toJSONSchema(configSchema, {
    target: 'draft-2020-12',
    io: 'input',
    override: ({ zodSchema, jsonSchema }) => {
      const doc = zodSchema instanceof z.ZodType ? fieldDocs.get(zodSchema) : undefined
      if (doc !== undefined) {
        jsonSchema.description = doc.meaning
        if (doc.default !== undefined) jsonSchema.default = doc.default
      }
      allowEnvironment(jsonSchema)
      // Bounds of exact integers are no help in an editor.
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum
      const { type } = zodSchema._zod.def
      if (type === 'object' || type === 'record') jsonSchema.patternProperties = FREE_KEYS
      // Names of properties are text, whatever the schema of a name takes as a value.
      if (typeof jsonSchema.propertyNames === 'object') {
        jsonSchema.propertyNames = { ...jsonSchema.propertyNames, type: 'string' }
      }
      if (zodSchema instanceof z.ZodObject) requireKeys(jsonSchema, zodSchema.shape)
    },
  })
  return { $schema: schema.$schema, $id: ID, title: 'Configuration of Minitor', ...schema }
}

/** It only names the schema: there is nothing to fetch. */
const ID = 'urn:minitor:config'

const REFERENCE = String.raw`|\$\{`

/** A value from the environment may look like anything in the file. */
function allowEnvironment(jsonSchema: z.core.JSONSchema.BaseSchema): void {
  const { pattern } = jsonSchema
  if (pattern !== undefined && !pattern.endsWith(REFERENCE)) jsonSchema.pattern = pattern + REFERENCE
}

/** Keys that begin with x- are free in every map. */
const FREE_KEYS = { '^x-': {} }

/** The schema of a key is always optional: another file or `defaults` may have it. Whether it is required is in its documentation. */
function requireKeys(jsonSchema: z.core.JSONSchema.BaseSchema, shape: Shape): void {
  const required = Object.keys(shape).filter((key) => {
    const doc = fieldDocs.get(shape[key] ?? z.never())
    return doc?.required !== undefined && doc.required.or === undefined
  })
  if (required.length > 0) jsonSchema.required = required
}
