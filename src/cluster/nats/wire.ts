import { z } from 'zod'
import type { NodeCard, WorkItem, WorkResult } from '../../core/model/cluster.ts'

/*
 * What nodes send. An agent is trusted with commands that it runs, not with the servers: what it sends is looked at
 * before anything else sees it.
 */

/** A card as it is written: how long it is good for is up to the node that writes it. */
export interface WrittenCard {
  readonly card: NodeCard
  readonly goodForMs: number
  /** Of the process that wrote it, and of no other. */
  readonly life: string
}

/** An item on its way. Whoever was given it knows `proof`: nobody else's result counts. */
export interface SentItem {
  readonly item: WorkItem
  readonly proof: string
}

/** A result on its way. */
export interface SentResult {
  readonly result: WorkResult
  readonly proof: string
  /** How often the item was delivered until then. */
  readonly deliveries: number
}

const count = z.number().int().min(0)
const time = z.number().min(0)
const name = z.string().min(1).max(1_000)
/** A command's output is cut to 64 KiB where it runs. */
const output = z.string().max(256 * 1024)

const writtenCard = z.object({
  card: z.object({
    name,
    kind: z.enum(['server', 'agent']),
    version: z.string(),
    hostname: z.string(),
    tags: z.array(name).max(100),
    startedAtMs: time,
    slots: count,
    running: count,
    configuration: z.string().nullable(),
    sequence: count.nullable(),
    // Nodes of older versions do not say these.
    sequenceBefore: count.nullable().default(null),
    unpublished: count.default(0),
    saidAtMs: time.nullable().default(null),
    namesake: z.string().nullable().default(null),
  }),
  goodForMs: time,
  life: z.string().default(''),
})

const ending = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('exited'), exitCode: count.max(255) }),
  z.object({ kind: z.literal('signaled'), signal: z.string() }),
  z.object({ kind: z.literal('timed_out'), timeoutMs: time }),
  z.object({ kind: z.literal('not_started'), reason: output }),
  z.object({ kind: z.literal('void'), reason: output, isExhausted: z.boolean() }),
])

const sentResult = z.object({
  result: z.object({
    id: z.string(),
    epoch: z.number(),
    node: name,
    run: z.object({
      ending,
      output: output.transform((text) => text.replaceAll('\0', '').toWellFormed()),
      durationMs: time,
      escapeeCount: count,
      isUnkillable: z.boolean(),
    }),
  }),
  proof: z.string(),
  deliveries: count,
})

/** Null for what no node of this version writes. */
export function readCard(text: string): WrittenCard | null {
  return read(writtenCard, text)
}

/** Null for what no node of this version sends. */
export function readResult(text: string): SentResult | null {
  return read(sentResult, text)
}

function read<Value>(schema: z.ZodType<Value>, text: string): Value | null {
  try {
    return schema.safeParse(JSON.parse(text)).data ?? null
  } catch {
    return null
  }
}
