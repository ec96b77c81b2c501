import { VARIABLE_NAMES } from '../core/types.ts'
import { type FieldDoc, fieldDocs, type Shape } from './field.ts'
import { ALERTS_PROSE, COMPATIBILITY, ENVIRONMENT, INTRODUCTION, VARIABLE_MEANINGS } from './reference-text.ts'
import { alertShape, configSchema, monitorShape } from './schema.ts'

/** The user's reference of the configuration, docs/configuration.md, made of the schema. Pure. */
export function renderReference(): string {
  const { monitors, alerts, ...rest } = configSchema.shape
  return [
    '<!-- Made from src/config/schema.ts by `npm run docs`; do not edit. -->',
    INTRODUCTION,
    '## Top level',
    table({ monitors, alerts, ...rest }),
    '## Monitor',
    table(monitorShape),
    '## Alert',
    table(alertShape),
    ALERTS_PROSE,
    '### Variables',
    variables(),
    ENVIRONMENT,
    COMPATIBILITY,
  ]
    .map((part) => `${part.trim()}\n`)
    .join('\n')
}

function table(shape: Shape): string {
  const rows = Object.entries(shape).map(([key, schema]) => {
    const doc = fieldDocs.get(schema)
    if (doc === undefined) throw new Error(`the key ${key} has no documentation`)
    return `| \`${key}\` | ${doc.type} | ${defaultOf(doc)} | ${doc.meaning} |`
  })
  return ['| key | type | default | meaning |', '|---|---|---|---|', ...rows].join('\n')
}

function defaultOf({ default: value, defaultText }: FieldDoc): string {
  if (defaultText !== undefined) return defaultText
  if (value === undefined) return ''
  return `\`${typeof value === 'object' ? `[${value.join(', ')}]` : value}\``
}

function variables(): string {
  const rows = VARIABLE_NAMES.map((name) => `| \`{${name}}\` | ${VARIABLE_MEANINGS[name]} |`)
  return ['| variable | value |', '|---|---|', ...rows].join('\n')
}
