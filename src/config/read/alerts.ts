import type {
  Alert,
  ArgumentTemplate,
  CommandTemplate,
  InputTemplate,
  JsonTemplate,
  VariableName,
} from '../../core/model/types.ts'
import { brokenJson, endsInJson } from '../../core/shell/data-traps.ts'
import { isVariableName } from '../../core/shell/placeholder.ts'
import { compileList, compileScript } from '../../core/shell/template.ts'
import { compileText, foreignIn, textInput, textsOf } from '../../core/tell/input.ts'
import { HOUR_MS } from '../../core/text/time.ts'
import { defaultOf } from '../schema/field.ts'
import { alertShape } from '../schema/schema.ts'
import type { Entry, Node } from '../yaml/node.ts'
import { placeInScalar } from '../yaml/scalar-place.ts'
import { bracedWord, childOf, describe, quoted } from './issue.ts'
import { complain, type Draft, type Entries, type Loading, warn } from './loading.ts'
import { readMap } from './read-map.ts'

const RETRY_MS = HOUR_MS
/** An hour of retries would only delay the alert that takes over. */
const RETRY_WITH_FALLBACK_MS = 30_000

export interface AlertDraft extends Draft<typeof alertShape> {
  readonly command: Alert['command']
  readonly input: InputTemplate | null
}

/** Reads every alert, and `log` if it is not among them. Alerts with mistakes have drafts, too, for references to them. */
export function readAlerts(loading: Loading, definitions: Entries): ReadonlyMap<string, AlertDraft> {
  const drafts = new Map<string, AlertDraft>([
    ['log', { loading, entries: new Map(), own: {}, command: 'log', input: null }],
  ])
  const named = new Set<string>()
  for (const [key, entry] of definitions) {
    if (key.startsWith('x-')) continue
    const name = key.normalize('NFC')
    if (named.has(name))
      complain(loading, entry.key, `there are two alerts named ${quoted(name)}`, 'rename one of the two')
    named.add(name)
    drafts.set(name, readAlert({ ...loading, subject: `alert ${quoted(name)}` }, name, entry))
  }
  return drafts
}

function readAlert(loading: Loading, name: string, entry: Entry): AlertDraft {
  if (entry.value.kind !== 'mapping') {
    if (entry.value.kind !== 'scalar' || entry.value.value !== undefined) {
      const message = `an alert must be a map, not ${describe(entry.value)}`
      complain(loading, entry.value, message, 'write its keys below its name: command: …')
    }
    return { loading, entries: new Map(), own: {}, command: [], input: null }
  }
  if (name.trim() === '' || /\p{Cc}/u.test(name)) {
    const hint = 'choose a name without line breaks and control characters'
    complain(loading, entry.key, 'this cannot be the name of an alert', hint)
  }
  const outside: string[] = []
  const insertIntoCommand = (value: string) => `\0${outside.push(value) - 1}\0`
  const draft = readMap(loading, entry.value.entries, { shape: alertShape, place: entry.key, insertIntoCommand })
  const fill = (text: ArgumentTemplate) => restore(text, outside)
  const input = compileInput(draft, fill)
  return { ...draft, command: compile(draft, foreignIn(input)).map(fill), input }
}

function compile({ loading, entries, own }: Draft<typeof alertShape>, fedBy: VariableName | null): CommandTemplate {
  const given = own.command ?? own.shell_command
  if (given === undefined) return []
  const compiled = typeof given === 'string' ? compileScript(given, own.shell, fedBy) : compileList(given, fedBy)
  const node = entries.get(own.command === undefined ? 'shell_command' : 'command')?.value
  const report = compiled.ok ? warn : complain
  for (const { message, hint, offset, length, argumentIndex = 0 } of compiled.ok
    ? compiled.warnings
    : compiled.mistakes) {
    const target = node?.kind === 'sequence' ? node.items[argumentIndex] : node
    const text = typeof given === 'string' ? given : (given[argumentIndex] ?? '')
    if (target !== undefined) report(loading, placeInCommand(target, { text, offset, length }), message, hint)
  }
  return compiled.ok ? compiled.template : []
}

function placeInCommand(node: Node, stretch: Parameters<typeof placeInScalar>[1]) {
  return node.kind === 'scalar' ? placeInScalar(node, stretch) : node
}

type Fill = (text: ArgumentTemplate) => ArgumentTemplate

function compileInput({ loading, entries, own }: Draft<typeof alertShape>, fill: Fill): InputTemplate | null {
  const node = entries.get('input')?.value
  if (node === undefined || own.input === undefined) return null
  const compileString = (text: string, at: Node) => {
    const { template, mistakes } = compileText(text)
    for (const { message, hint, offset, length } of mistakes) {
      complain(loading, placeInCommand(at, { text, offset, length }), message, hint)
    }
    return fill(template)
  }
  if (typeof own.input === 'string') {
    const input = textInput(compileString(own.input, node))
    const [start] = input.kind === 'text' ? input.text : []
    const variable = foreignIn(input)
    if (variable !== null && typeof start === 'string' && endsInJson(start)) {
      const { message, hint } = brokenJson(variable)
      warn(loading, node, message, hint)
    }
    return input
  }
  const read = (value: unknown, at: Node): JsonTemplate => {
    const word = bracedWord(at)
    if (word !== null && isVariableName(word)) {
      complain(loading, at, `input has {${word}} without quotes, which is a map in YAML`, `quote it: "{${word}}"`)
    }
    if (typeof value === 'string') return { text: compileString(value, at) }
    if (Array.isArray(value)) return value.map((item, index) => read(item, childOf(at, index) ?? at))
    if (typeof value === 'object' && value !== null) {
      return new Map(Object.entries(value).map(([key, item]) => [key, read(item, childOf(at, key) ?? at)]))
    }
    if (typeof value === 'number' && !isJsonNumber(value)) {
      complain(loading, at, `${describe(at)} would be another one in JSON`, 'put it in quotes')
    }
    return typeof value === 'number' || typeof value === 'boolean' ? value : null
  }
  return { kind: 'json', value: read(own.input, node) }
}

/** Readers of JSON may round longer numbers, such as the ids of chats. */
function isJsonNumber(value: number): boolean {
  return Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value))
}

/** Puts values from outside into the finished template, so that braces in them are never read as variables. */
function restore(text: ArgumentTemplate, outside: readonly string[]): ArgumentTemplate {
  if (outside.length === 0) return text
  return text.map((part) =>
    typeof part === 'string' ? part.replace(/\0(\d+)\0/g, (_, index: string) => outside[Number(index)] ?? '') : part,
  )
}

/** Whether the command or its input has the address of the monitor's page in it. */
export function usesUrl({ command, input }: AlertDraft): boolean {
  const texts = [...(command === 'log' ? [] : command), ...textsOf(input)].flat()
  return texts.some((part) => (typeof part === 'string' ? part.includes('MINITOR_URL') : part.variable === 'url'))
}

/** The alert of a draft in which no mistake was found. */
export function toAlert(name: string, { own, command, input }: AlertDraft): Alert {
  const fallback = own.fallback ?? null
  return {
    name,
    command,
    input,
    timeoutMs: own.timeout ?? defaultOf(alertShape.timeout),
    env: own.env ?? {},
    retryForMs: own.retry_for ?? (fallback === null ? RETRY_MS : RETRY_WITH_FALLBACK_MS),
    fallback,
    digestMs: own.digest ?? null,
  }
}
