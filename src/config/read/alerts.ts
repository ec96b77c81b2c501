import type { Alert, CommandTemplate } from '../../core/model/types.ts'
import { compileList, compileScript } from '../../core/shell/template.ts'
import { defaultOf, type Values } from '../schema/field.ts'
import { alertShape } from '../schema/schema.ts'
import type { Entry, Node } from '../yaml/node.ts'
import { placeInScalar } from '../yaml/scalar-place.ts'
import type { Place } from '../yaml/source.ts'
import { describe, quoted } from './issue.ts'
import { complain, type Drafting, type Loading } from './loading.ts'
import { complainOfContradictions } from './monitors.ts'
import { type Entries, hasOrMeans, readMap } from './read-map.ts'

const RETRY_MS = 3_600_000
/** Where somebody else takes over, waiting for an hour would only delay that. */
const RETRY_WITH_FALLBACK_MS = 30_000

/** The alert that always exists. */
const LOG: Alert = {
  name: 'log',
  command: 'log',
  timeoutMs: defaultOf(alertShape.timeout),
  env: {},
  retryForMs: RETRY_MS,
  fallback: null,
  digestMs: null,
}

export interface AlertDraft {
  readonly alert: Alert
  readonly own: Values<typeof alertShape>
  readonly entries: Entries
  readonly subject: string
}

/** Reads every alert, and `log` if it is not among them. Alerts with mistakes are kept for the sake of references. */
export function readAlerts(loading: Loading, definitions: Entries): ReadonlyMap<string, AlertDraft> {
  const drafts = new Map<string, AlertDraft>([
    ['log', { alert: LOG, own: {}, entries: new Map(), subject: 'alert "log"' }],
  ])
  for (const [name, entry] of definitions) {
    if (name.startsWith('x-')) continue
    drafts.set(name, readAlert({ loading, name, entry }))
  }
  return drafts
}

function readAlert({ loading, name, entry }: { loading: Loading; name: string; entry: Entry }): AlertDraft {
  const subject = `alert ${quoted(name)}`
  if (entry.value.kind !== 'mapping') {
    if (entry.value.kind !== 'scalar' || entry.value.value !== undefined) {
      const message = `an alert must be a map, not ${describe(entry.value)}`
      complain(loading, entry.value, { subject, message, hint: 'write its keys below its name: command: …' })
    }
    return { alert: { ...LOG, name }, own: {}, entries: new Map(), subject }
  }
  if (name.trim() === '' || /\p{Cc}/u.test(name)) {
    const hint = 'choose a name without line breaks and control characters'
    complain(loading, entry.key, { subject, message: 'this cannot be the name of an alert', hint })
  }
  const { entries } = entry.value
  const outside: string[] = []
  const insertIntoCommand = (value: string) => `\0${outside.push(value) - 1}\0`
  const values = readMap(entries, { loading, shape: alertShape, subject, insertIntoCommand })
  const drafting = { loading, entries, subject }
  checkCommand(drafting, { place: entry.key, known: Object.keys(alertShape) })
  const command = restore(compile(drafting, values), outside)
  return { alert: toAlert(name, values, command), own: values, entries, subject }
}

function toAlert(name: string, values: Values<typeof alertShape>, command: CommandTemplate): Alert {
  const fallback = values.fallback ?? null
  return {
    name,
    command,
    timeoutMs: values.timeout ?? LOG.timeoutMs,
    env: values.env ?? {},
    retryForMs: values.retry_for ?? (fallback === null ? RETRY_MS : RETRY_WITH_FALLBACK_MS),
    fallback,
    digestMs: values.digest ?? null,
  }
}

function compile({ loading, entries, subject }: Drafting, values: Values<typeof alertShape>): CommandTemplate {
  const given = values.command ?? values.shell_command
  if (given === undefined) return []
  const compiled = typeof given === 'string' ? compileScript(given) : compileList(given)
  if (compiled.ok) return compiled.template
  const node = entries.get(values.command === undefined ? 'shell_command' : 'command')?.value
  for (const { message, hint, offset, length, argumentIndex } of compiled.mistakes) {
    const target = node?.kind === 'sequence' ? node.items[argumentIndex ?? 0] : node
    if (target !== undefined)
      complain(loading, placeInCommand(target, { offset, length, given, argumentIndex }), { subject, message, hint })
  }
  return []
}

interface Spot {
  readonly offset: number
  readonly length: number
  readonly given: string | readonly string[]
  readonly argumentIndex: number | undefined
}

function placeInCommand(node: Node, { offset, length, given, argumentIndex }: Spot) {
  const text = typeof given === 'string' ? given : (given[argumentIndex ?? 0] ?? '')
  return node.kind === 'scalar' ? placeInScalar(node, { text, offset, length }) : node
}

/** Puts values from outside into the finished template, so that braces in them are never read as variables. */
function restore(template: CommandTemplate, outside: readonly string[]): CommandTemplate {
  if (outside.length === 0) return template
  return template.map((argument) =>
    argument.map((part) =>
      typeof part === 'string' ? part.replace(/\0(\d+)\0/g, (_, index: string) => outside[Number(index)] ?? '') : part,
    ),
  )
}

export interface Commanded {
  /** Where it is said that there is no command. */
  readonly place: Place
  /** All keys that the map may have. */
  readonly known: readonly string[]
}

/** Finds a map that has no command of its own, or two. */
export function checkCommand(drafting: Drafting, { place, known }: Commanded): void {
  const { loading, entries, subject } = drafting
  if (!hasOrMeans(entries, ['command', 'shell_command'], known)) {
    complain(loading, place, { subject, message: 'it has no command', hint: 'add command: [PROGRAM, ARGUMENT, …]' })
  }
  complainOfContradictions(drafting)
}
