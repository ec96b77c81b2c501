import { VARIABLE_NAMES } from '../core/model/types.ts'
import {
  DIGEST_PROSE,
  FLAPPING_PROSE,
  FLAPPING_RULE,
  GUARD_PROSE,
  HEARTBEAT_PROSE,
  HEARTBEAT_RULES,
  HISTORY_PROSE,
  MAINTENANCE_PROSE,
  RESTART_PROSE,
  WATCHDOG_PROSE,
  WEB_AUTH_PROSE,
  WEB_PROSE,
} from './reference-sections.ts'
import { ALERTS_PROSE, COMPATIBILITY, ENVIRONMENT, INTRODUCTION, VARIABLE_MEANINGS } from './reference-text.ts'
import { type FieldDoc, fieldDocs, type Shape } from './schema/field.ts'
import { flapShape } from './schema/policy-schemas.ts'
import { alertShape, configSchema, monitorShape } from './schema/schema.ts'
import {
  authShape,
  guardShape,
  heartbeatShape,
  maintenanceShape,
  retentionShape,
  watchdogShape,
  webShape,
} from './schema/sections.ts'

/** The user's reference of the configuration, docs/configuration.md, made of the schema. Pure. */
export function renderReference(): string {
  const { monitors, alerts, ...rest } = configSchema.shape
  return [
    '<!-- Made from src/config/schema/schema.ts by `npm run docs`; do not edit. -->',
    INTRODUCTION,
    '## Top level',
    table({ monitors, alerts, ...rest }),
    '## Monitor',
    table(monitorShape),
    FLAPPING_PROSE,
    table(flapShape),
    FLAPPING_RULE,
    '## Alert',
    table(alertShape),
    ALERTS_PROSE,
    '### Variables',
    variables(),
    DIGEST_PROSE,
    HEARTBEAT_PROSE,
    table(heartbeatShape),
    HEARTBEAT_RULES,
    GUARD_PROSE,
    table(guardShape),
    MAINTENANCE_PROSE,
    table(maintenanceShape),
    WATCHDOG_PROSE,
    table(watchdogShape),
    HISTORY_PROSE,
    table(retentionShape),
    RESTART_PROSE,
    WEB_PROSE,
    table(webShape),
    WEB_AUTH_PROSE,
    table(authShape),
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

function defaultOf({ default: value, defaultText, isRequired }: FieldDoc): string {
  if (isRequired) return 'required'
  if (defaultText !== undefined) return defaultText
  if (value === undefined) return ''
  return `\`${typeof value === 'object' ? `[${value.join(', ')}]` : value}\``
}

function variables(): string {
  const rows = VARIABLE_NAMES.map((name) => `| \`{${name}}\` | ${VARIABLE_MEANINGS[name]} |`)
  return ['| variable | value |', '|---|---|', ...rows].join('\n')
}
