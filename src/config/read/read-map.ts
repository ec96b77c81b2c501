import { z } from 'zod'
import { nearest } from '../../core/text/nearest.ts'
import { fieldDocs, type Requirement, type Shape, type Values } from '../schema/field.ts'
import { ALTERNATIVES } from '../schema/schema.ts'
import { type Entry, type Node, startOf } from '../yaml/node.ts'
import type { Place } from '../yaml/source.ts'
import { complainOf, quoted } from './issue.ts'
import { checkListCommand } from './list-command.ts'
import { complain, type Draft, type Entries, type Loading } from './loading.ts'
import { BROKEN, READINGS, type Reader, readPlain } from './read-value.ts'
import { checkSchedule } from './schedule-check.ts'

export interface MapReading<S extends Shape> {
  readonly shape: S
  /** Where to complain of a missing key; null where none is required. */
  readonly place: Place | null
  /** Keys of `defaults`, which satisfy a requirement as alternatives of the map's own. */
  readonly inherited?: Entries
  /** Keys that are read elsewhere, which an unknown one may be meant to be. */
  readonly others?: readonly string[]
  /** What to write into a command's arguments and input for a value from the environment; the value itself if not given. */
  readonly insertIntoCommand?: (value: string) => string
}

/** Reads a map key by key: every mistake that it has by itself becomes a finding, and its names become references. */
export function readMap<S extends Shape>(loading: Loading, entries: Entries, reading: MapReading<S>): Draft<S> {
  const { shape, others = [] } = reading
  const given = [...entries].filter(([key]) => !key.startsWith('x-'))
  for (const [key, entry] of given) {
    if (!Object.hasOwn(shape, key)) complainOfKey(loading, key, { entry, known: [...Object.keys(shape), ...others] })
  }
  complainOfMissing(loading, entries, reading)
  complainOfContradictions(loading, entries, shape)
  const own: Record<string, unknown> = {}
  for (const [key, entry] of given) {
    const schema = Object.hasOwn(shape, key) ? shape[key] : undefined
    if (schema === undefined) continue
    const value = readField(loading, { key, entry, schema, insert: reading.insertIntoCommand })
    own[key] = value
    const kind = fieldDocs.get(schema)?.names
    if (kind !== undefined && value !== undefined) {
      loading.references.push({ loading, key, kind, node: entry.value, value })
    }
  }
  // The keys are those of the shape, each read by the shape's own schema.
  const draft = { loading, entries, own: own as Values<S> }
  checkSchedule(draft)
  checkListCommand(draft)
  return draft
}

interface Field {
  readonly key: string
  readonly entry: Entry
  readonly schema: z.ZodOptional
  readonly insert: MapReading<Shape>['insertIntoCommand']
}

function readField(loading: Loading, field: Field): unknown {
  const { key, entry, schema } = field
  const node = entry.value
  if (node.kind === 'scalar' && node.value === null) {
    complain(loading, node, `${key} has no value`, 'write a value behind it, or remove the line')
    return undefined
  }
  const { map, listed } = mapsIn(schema)
  if (map !== null && node.kind === 'mapping') {
    const subject = loading.subject === '' ? key : `${loading.subject}: ${key}`
    return readMap({ ...loading, subject }, node.entries, { shape: map, place: entry.key }).own
  }
  if (listed !== null && node.kind === 'sequence') {
    return node.items.map((item, index) => {
      if (item.kind !== 'mapping') return readWhole(loading, item, field)
      const subject = `${key} number ${index + 1}`
      return readMap({ ...loading, subject }, item.entries, { shape: listed, place: startOf(item) }).own
    })
  }
  return readWhole(loading, node, field)
}

/**
 * The keys of the map that a schema is for, or of the maps in its list: these are read key by key, for all of their
 * mistakes at once and each at its place. The only function of this room that looks into zod's schemas: it knows maps
 * and lists of maps as they are, and takes everything else, such as a union with a map in it, as a whole.
 */
function mapsIn(schema: z.ZodOptional): { readonly map: Shape | null; readonly listed: Shape | null } {
  const inner = schema.unwrap()
  const shapeOf = (part: unknown): Shape | null => (part instanceof z.ZodObject ? part.shape : null)
  return { map: shapeOf(inner), listed: inner instanceof z.ZodArray ? shapeOf(inner.element) : null }
}

function readWhole(loading: Loading, node: Node, { key, schema, insert }: Field): unknown {
  const isCommand = key === 'command' || key === 'shell_command'
  const isScript = isCommand && node.kind === 'scalar'
  const isInput = key === 'input'
  const reader: Reader = {
    loading,
    key,
    isScript,
    keepsFree: isInput,
    insert: isCommand || isInput ? insert : undefined,
  }
  let issues: readonly z.core.$ZodIssue[] | null = null
  for (const way of READINGS) {
    const plain = readPlain(node, way, reader)
    if (plain === BROKEN) return undefined
    const result = schema.safeParse(plain)
    if (result.success) return result.data
    issues ??= result.error.issues
  }
  if (issues !== null) complainOf(loading, issues, { key, node })
  return undefined
}

function complainOfKey(loading: Loading, key: string, { entry, known }: { entry: Entry; known: readonly string[] }) {
  const near = meantKey(key, known)
  const list = `known keys: ${known.join(', ')}; keys that begin with x- are free`
  const hint = near === null ? list : `did you mean ${quoted(near)}?`
  complain(loading, entry.key, `the key ${quoted(key)} is not known`, hint)
}

function complainOfMissing(loading: Loading, entries: Entries, { shape, place, inherited }: MapReading<Shape>): void {
  if (place === null) return
  for (const [key, { or, message = `the ${key} is missing`, hint }] of requirementsOf(shape)) {
    const keys = [key, ...(or ?? [])]
    const isInherited = or !== undefined && keys.some((one) => inherited?.has(one))
    if (!isInherited && !hasOrMeans(entries, keys, Object.keys(shape))) complain(loading, place, message, hint)
  }
}

const requirements = new WeakMap<Shape, readonly (readonly [key: string, Requirement])[]>()

/** The keys of a shape that must be given. Looked for once: many maps have the same shape. */
function requirementsOf(shape: Shape): readonly (readonly [key: string, Requirement])[] {
  const known = requirements.get(shape)
  if (known !== undefined) return known
  const found = Object.entries(shape).flatMap(([key, schema]) => {
    const required = fieldDocs.get(schema)?.required
    return required === undefined ? [] : [[key, required] as const]
  })
  requirements.set(shape, found)
  return found
}

/** The second of two keys that say the same thing is a mistake. */
function complainOfContradictions(loading: Loading, entries: Entries, shape: Shape): void {
  for (const alternatives of ALTERNATIVES) {
    const [first, ...others] = [...entries].filter(([key]) => alternatives.includes(key) && Object.hasOwn(shape, key))
    for (const [second, { key: place }] of others) {
      complain(loading, place, `it has both ${first?.[0]} and ${second}`, 'remove one of the two')
    }
  }
}

/** Names of keys in other programs, or in other maps. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  command_shell: 'shell_command',
  cron: 'schedule',
  interval: 'check_interval',
  period: 'interval',
  cwd: 'working_directory',
  environment: 'env',
}

/** The known key that an unknown one was most likely meant to be, or null. */
function meantKey(key: string, known: readonly string[]): string | null {
  const elsewhere = Object.hasOwn(ELSEWHERE, key) ? ELSEWHERE[key] : undefined
  return elsewhere !== undefined && known.includes(elsewhere) ? elsewhere : nearest(key, known)
}

/** Whether a map has one of these keys, or an unknown one that is probably meant to be: that mistake is reported already. */
export function hasOrMeans(entries: Entries, keys: readonly string[], known: readonly string[]): boolean {
  return [...entries.keys()].some(
    (key) => keys.includes(key) || (!known.includes(key) && keys.includes(meantKey(key, known) ?? '')),
  )
}
