import { z } from 'zod'

/** What Minitor knows of a key besides the schema of its value. */
export interface FieldDoc {
  readonly meaning: string
  /** What to write, in a few words. */
  readonly type: string
  /** The value where the key is not given, as it would stand in the file. */
  readonly default?: string | number | boolean | readonly string[]
  /** Printed instead where the default depends on other keys. */
  readonly defaultText?: string
  /** Set where the key, or one of others, must be given. */
  readonly required?: Requirement
  /** Set where the value names alerts, monitors or tags. */
  readonly names?: Nameable
}

export interface Requirement {
  /** Keys that may be given instead. */
  readonly or?: readonly string[]
  /** What to say where none is given; `the KEY is missing` if not set. */
  readonly message?: string
  readonly hint: string
}

export type Nameable = 'alert' | 'monitor' | 'tag'

export const fieldDocs = z.registry<FieldDoc>()
/** What the documentation of a key takes from the schema of its value; text where a schema has no entry. */
export const kinds = z.registry<Partial<Pick<FieldDoc, 'type' | 'names'>>>()
const defaults = new Map<z.ZodType, unknown>()

/** The keys of one kind of map, with their schemas. */
export type Shape = Readonly<Record<string, z.ZodOptional>>

/** What a map of this shape holds; keys that are not given are undefined. */
export type Values<S extends Shape> = { readonly [K in keyof S]?: z.output<S[K]> }

/** A key that may be left out, with its documentation. */
export function field<S extends z.ZodType>(
  schema: S,
  doc: Omit<FieldDoc, 'type'> & Partial<Pick<FieldDoc, 'type'>>,
): z.ZodOptional<S> {
  const optional = schema.optional()
  fieldDocs.add(optional, { type: 'text', ...kinds.get(schema), ...doc })
  return optional
}

/** The default that a key's documentation gives, as the key's own schema reads it. */
export function defaultOf<S extends z.ZodOptional>(schema: S): NonNullable<z.output<S>> {
  if (!defaults.has(schema)) defaults.set(schema, schema.parse(fieldDocs.get(schema)?.default))
  return defaults.get(schema) as NonNullable<z.output<S>>
}

/** A schema's words to the user about a value that it refuses. */
export interface Words {
  /** What the value must be. */
  readonly expected: string
  /** How to write it. */
  readonly hint: string | null
}

const words = new Map<string, Words>()

/** zod carries nothing but a message from a schema to its issue, so the message stands for the words. */
export function says(expected: string, hint: string): string {
  const message = `${expected}: ${hint}`
  words.set(message, { expected, hint })
  return message
}

/** The words that an issue's message stands for. */
export function wordsOf(message: string): Words {
  return words.get(message) ?? { expected: message, hint: null }
}
