export interface JsonSchema {
  readonly [keyword: string]: unknown
  readonly description?: string
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly items?: JsonSchema
  readonly additionalProperties?: JsonSchema | boolean
}

type Check = (schema: JsonSchema, value: unknown, at: string) => string[]

/**
 * What is wrong with a value by a JSON Schema (draft 2020-12), as `PATH KEYWORD`; empty when nothing is. Knows the
 * keywords that `minitor schema` uses, and throws on any other rather than overlook it. Pure.
 */
export function checkBySchema(schema: JsonSchema, value: unknown, at = '$'): string[] {
  return Object.keys(schema).flatMap((keyword) => {
    const check = KEYWORDS[keyword]
    if (check === undefined) throw new Error(`this check does not know the keyword ${keyword}`)
    return check(schema, value, at)
  })
}

const nothing: Check = () => []

/** A keyword that holds a limit for some values, and is in order for all others. */
const limit =
  (keyword: string, isWithin: (value: never, limit: never) => boolean, applies: (value: unknown) => boolean): Check =>
  (schema, value, at) =>
    !applies(value) || isWithin(value as never, schema[keyword] as never) ? [] : [`${at} ${keyword}`]

const isText = (value: unknown) => typeof value === 'string'
const isNumber = (value: unknown) => typeof value === 'number'
const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const KEYWORDS: Readonly<Record<string, Check>> = {
  $schema: nothing,
  description: nothing,
  $id: nothing,
  title: nothing,
  default: nothing,
  minimum: limit('minimum', (value: number, least: number) => value >= least, isNumber),
  maximum: limit('maximum', (value: number, most: number) => value <= most, isNumber),
  minLength: limit('minLength', (value: string, least: number) => [...value].length >= least, isText),
  maxLength: limit('maxLength', (value: string, most: number) => [...value].length <= most, isText),
  pattern: limit('pattern', (value: string, pattern: string) => new RegExp(pattern, 'u').test(value), isText),
  minItems: limit('minItems', (value: unknown[], least: number) => value.length >= least, Array.isArray),
  required: limit('required', (value: object, names: string[]) => names.every((name) => name in value), isMap),
  type: ({ type }, value, at) => ([type].flat().some((name) => isOfType(value, name)) ? [] : [`${at} type`]),
  anyOf: ({ anyOf }, value, at) =>
    (anyOf as JsonSchema[]).some((one) => checkBySchema(one, value, at).length === 0) ? [] : [`${at} anyOf`],
  items: ({ items = {} }, value, at) =>
    Array.isArray(value) ? value.flatMap((item, index) => checkBySchema(items, item, `${at}[${index}]`)) : [],
  propertyNames: (schema, value, at) =>
    entriesOf(value).flatMap(([key]) => checkBySchema(schema.propertyNames as JsonSchema, key, `${at}.${key}`)),
  properties: ({ properties = {} }, value, at) =>
    entriesOf(value).flatMap(([key, one]) => {
      const schema = properties[key]
      return schema === undefined ? [] : checkBySchema(schema, one, `${at}.${key}`)
    }),
  patternProperties: (schema, value, at) =>
    entriesOf(value).flatMap(([key, one]) =>
      patternsOf(schema)
        .filter(([pattern]) => new RegExp(pattern, 'u').test(key))
        .flatMap(([, schemaOfKey]) => checkBySchema(schemaOfKey, one, `${at}.${key}`)),
    ),
  additionalProperties: (schema, value, at) => {
    const { properties = {}, additionalProperties = true } = schema
    const isNamed = (key: string) =>
      Object.hasOwn(properties, key) || patternsOf(schema).some(([pattern]) => new RegExp(pattern, 'u').test(key))
    const others = entriesOf(value).filter(([key]) => !isNamed(key))
    if (additionalProperties === false) return others.map(([key]) => `${at}.${key} additionalProperties`)
    if (additionalProperties === true) return []
    return others.flatMap(([key, one]) => checkBySchema(additionalProperties, one, `${at}.${key}`))
  },
}

function entriesOf(value: unknown): [string, unknown][] {
  return isMap(value) ? Object.entries(value) : []
}

function patternsOf({ patternProperties = {} }: JsonSchema): [string, JsonSchema][] {
  return Object.entries(patternProperties as Record<string, JsonSchema>)
}

function isOfType(value: unknown, type: unknown): boolean {
  switch (type) {
    case 'null':
      return value === null
    case 'array':
      return Array.isArray(value)
    case 'object':
      return isMap(value)
    case 'integer':
      return Number.isInteger(value)
    default:
      return typeof value === type
  }
}
