import { z } from 'zod'

/** What docs/configuration.md and the JSON Schema say of a key. */
export interface FieldDoc {
  readonly meaning: string
  /** What to write, in a few words. */
  readonly type: string
  /** What holds when nobody says otherwise, as it would stand in the file. */
  readonly default?: string | number | boolean | readonly string[]
  /** Said instead where the default depends on other keys. */
  readonly defaultText?: string
  /** Whether the key must be given. */
  readonly isRequired?: true
}

export const fieldDocs = z.registry<FieldDoc>()

/** The keys of one kind of map, with their schemas. */
export type Shape = Readonly<Record<string, z.ZodOptional>>

/** What a map of this shape holds; keys that are not given are undefined. */
export type Values<S extends Shape> = { readonly [K in keyof S]?: z.output<S[K]> }

/** A key that may be left out, with its documentation. */
export function field<S extends z.ZodType>(schema: S, doc: FieldDoc): z.ZodOptional<S> {
  const optional = schema.optional()
  fieldDocs.add(optional, doc)
  return optional
}

/** The default that a key's documentation names, read by the key's own schema. */
export function defaultOf<S extends z.ZodOptional>(schema: S): NonNullable<z.output<S>> {
  return schema.parse(fieldDocs.get(schema)?.default) as NonNullable<z.output<S>>
}
