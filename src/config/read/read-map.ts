import { z } from 'zod'
import { excerpt } from '../../core/text/cut.ts'
import { nearest } from '../../core/text/nearest.ts'
import type { Shape, Values } from '../schema/field.ts'
import type { Entry, Node } from '../yaml/node.ts'
import { complainOf } from './issue.ts'
import { complain, type Loading } from './loading.ts'
import { BROKEN, READINGS, type Reader, readPlain } from './reading.ts'

export type Entries = ReadonlyMap<string, Entry>

export interface MapReading<S extends Shape> {
  readonly loading: Loading
  readonly shape: S
  /** Whose map it is, for mistakes: `monitor "website"`; empty at the top level. */
  readonly subject: string
  /** Keys that SPEC knows and this version does not. */
  readonly notYet?: readonly string[]
  /** Keys that are read elsewhere, which an unknown one may be meant to be. */
  readonly others?: readonly string[]
  /** What to write into a command's arguments for a value from the environment; the value itself if not given. */
  readonly insertIntoCommand?: (value: string) => string
}

/** The values of a map's keys that are in order; everything else becomes a finding. */
export function readMap<S extends Shape>(entries: Entries, reading: MapReading<S>): Values<S> {
  const values: Record<string, unknown> = {}
  for (const [key, entry] of entries) {
    if (key.startsWith('x-')) continue
    if (Object.hasOwn(reading.shape, key)) values[key] = readField(key, entry.value, reading)
    else complainOfKey(key, entry, reading)
  }
  // The keys are those of the shape, each read by the shape's own schema.
  return values as Values<S>
}

/** A map with keys of its own is read key by key, for all of its mistakes at once and each at its place. */
function readField<S extends Shape>(key: string, node: Node, reading: MapReading<S>): unknown {
  const { loading, subject } = reading
  if (node.kind === 'scalar' && node.value === null) {
    const hint = 'write a value behind it, or remove the line'
    complain(loading, node, { subject, message: `${key} has no value`, hint })
    return undefined
  }
  const schema = reading.shape[key]?.unwrap()
  if (schema instanceof z.ZodObject && node.kind === 'mapping') {
    return readMap(node.entries, { loading, shape: schema.shape, subject: subject === '' ? key : `${subject}: ${key}` })
  }
  if (schema instanceof z.ZodArray && schema.element instanceof z.ZodObject && node.kind === 'sequence') {
    const { shape } = schema.element
    return node.items.map((item, index) =>
      item.kind === 'mapping'
        ? readMap(item.entries, { loading, shape, subject: subjectOfItem(key, index) })
        : readWhole(key, item, reading),
    )
  }
  return readWhole(key, node, reading)
}

/** What an item of a list of maps is called in mistakes. */
export function subjectOfItem(key: string, index: number): string {
  return `${key} number ${index + 1}`
}

function readWhole<S extends Shape>(key: string, node: Node, reading: MapReading<S>): unknown {
  const { loading, subject } = reading
  const isCommand = key === 'command' || key === 'shell_command'
  const isScript = isCommand && node.kind === 'scalar'
  const insert = isCommand ? (reading.insertIntoCommand ?? asIs) : asIs
  const reader: Reader = { loading, subject, isScript, insert }
  let issues: Parameters<typeof complainOf>[0]['issues'] | null = null
  for (const way of READINGS) {
    const plain = readPlain(node, way, reader)
    if (plain === BROKEN) return undefined
    const result = reading.shape[key]?.safeParse(plain)
    if (result?.success) return result.data
    issues ??= result?.error.issues ?? null
  }
  if (issues !== null) complainOf({ issues, key, node, subject, loading })
  return undefined
}

function asIs(value: string): string {
  return value
}

function complainOfKey<S extends Shape>(key: string, { key: place }: Entry, reading: MapReading<S>): void {
  const { loading, subject, shape, notYet = [], others = [] } = reading
  const shown = JSON.stringify(excerpt(key, 60))
  if (notYet.includes(key)) {
    const hint = 'remove it for now; a later version of Minitor will have it'
    complain(loading, place, { subject, message: `${shown} is not there yet`, hint })
    return
  }
  const known = [...Object.keys(shape), ...others]
  const near = meantKey(key, [...known, ...notYet])
  const list = `known keys: ${known.join(', ')}; keys that begin with x- are free`
  const hint = near === null ? list : `did you mean "${near}"?`
  complain(loading, place, { subject, message: `the key ${shown} is not known`, hint })
}

/** How others call what has another name here. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  command_shell: 'shell_command',
  cron: 'schedule',
  interval: 'check_interval',
  period: 'interval',
  cwd: 'working_directory',
  environment: 'env',
}

/** The known key that an unknown one was most likely meant to be, or null. Pure. */
export function meantKey(key: string, known: readonly string[]): string | null {
  const elsewhere = Object.hasOwn(ELSEWHERE, key) ? ELSEWHERE[key] : undefined
  return elsewhere !== undefined && known.includes(elsewhere) ? elsewhere : nearest(key, known)
}

/** Whether a map has one of these keys, or an unknown one that is probably meant to be: that mistake is told already. Pure. */
export function hasOrMeans(
  entries: ReadonlyMap<string, unknown>,
  keys: readonly string[],
  known: readonly string[],
): boolean {
  return [...entries.keys()].some(
    (key) => keys.includes(key) || (!known.includes(key) && keys.includes(meantKey(key, known) ?? '')),
  )
}
