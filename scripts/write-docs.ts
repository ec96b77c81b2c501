/**
 * Writes what is made from the schema and from the table of commands. docs/configuration.md is docs/configuration.in.md with
 * its marks, `<!-- table: NAME -->`, replaced.
 */
import { fileURLToPath } from 'node:url'
import { clusterShape, tlsShape } from '../src/config/schema/cluster-schema.ts'
import { type FieldDoc, fieldDocs, type Shape } from '../src/config/schema/field.ts'
import { VARIABLE_MEANINGS } from '../src/config/schema/notification-schema.ts'
import { flapShape } from '../src/config/schema/policy-schemas.ts'
import { alertShape, configSchema, monitorShape } from '../src/config/schema/schema.ts'
import {
  authShape,
  guardShape,
  heartbeatShape,
  logShape,
  maintenanceShape,
  retentionShape,
  watchdogShape,
  webShape,
} from '../src/config/schema/sections.ts'
import { readCommands } from './command-table.ts'
import { renderBash, renderFish, renderZsh } from './completions.ts'
import { renderCommandsPage, renderConfigurationPage } from './manual.ts'

const TEMPLATE = fileURLToPath(new URL('../docs/configuration.in.md', import.meta.url))

const { monitors, alerts, ...settings } = configSchema.shape

/** What each mark stands for. */
export const TABLES: Readonly<Record<string, Shape>> = {
  'top level': { monitors, alerts, ...settings },
  monitor: monitorShape,
  flapping: flapShape,
  alert: alertShape,
  heartbeat: heartbeatShape,
  guard: guardShape,
  maintenance: maintenanceShape,
  watchdog: watchdogShape,
  log: logShape,
  retention: retentionShape,
  web: webShape,
  auth: authShape,
  cluster: clusterShape,
  tls: tlsShape,
}

/** The reference for users. Throws on a mark that names no table, and on a table without a mark or with two. */
export function renderReference(template: string): string {
  const unused = new Set(Object.keys(TABLES))
  const body = template
    .replace('<!-- variables -->', renderVariables)
    .replace(/<!-- table: (.*?) -->/g, (mark, name: string) => {
      const shape = TABLES[name]
      if (shape === undefined || !unused.delete(name))
        throw new Error(`there is no table for the mark ${mark}, or no more`)
      return renderTable(shape)
    })
  if (unused.size > 0) throw new Error(`no mark for the tables: ${[...unused].join(', ')}`)
  return `<!-- Made from configuration.in.md and src/config/schema/ by \`npm run docs\`; do not edit. -->\n\n${body}`
}

function renderVariables(): string {
  const rows = Object.entries(VARIABLE_MEANINGS).map(([name, meaning]) => `| \`{${name}}\` | ${meaning} |`)
  return ['| variable | value |', '|---|---|', ...rows].join('\n')
}

function renderTable(shape: Shape): string {
  const rows = Object.entries(shape).map(([key, schema]) => {
    const doc = fieldDocs.get(schema)
    if (doc === undefined) throw new Error(`the key ${key} has no documentation`)
    return `| \`${key}\` | ${doc.type} | ${renderDefault(key, doc)} | ${doc.meaning} |`
  })
  return ['| key | type | default | meaning |', '|---|---|---|---|', ...rows].join('\n')
}

function renderDefault(key: string, { default: value, defaultText, required }: FieldDoc): string {
  if (required !== undefined) return required.or === undefined ? 'required' : renderChoice([key, ...required.or])
  if (defaultText !== undefined) return defaultText
  if (value === undefined) return ''
  return `\`${typeof value === 'object' ? `[${value.join(', ')}]` : value}\``
}

function renderChoice(keys: readonly string[]): string {
  const [last, ...others] = keys.map((key) => `\`${key}\``).reverse()
  return `one of ${others.reverse().join(', ')} and ${last} is required`
}

export const readTemplate = () => Bun.file(TEMPLATE).text()

/** Every file that is made, by its path from the root. */
export async function renderAll(): Promise<Readonly<Record<string, string>>> {
  const reference = renderReference(await readTemplate())
  const table = await readCommands()
  return {
    'docs/configuration.md': reference,
    'packaging/completions/minitor.bash': await renderBash(table),
    'packaging/completions/minitor.fish': await renderFish(table),
    'packaging/completions/minitor.zsh': await renderZsh(table),
    'packaging/man/minitor.1': await renderCommandsPage(table),
    'packaging/man/minitor.yml.5': await renderConfigurationPage(reference),
  }
}

if (import.meta.main) {
  for (const [path, text] of Object.entries(await renderAll()))
    await Bun.write(new URL(`../${path}`, import.meta.url), text)
}
