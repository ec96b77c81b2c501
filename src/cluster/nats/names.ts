import { createHash } from 'node:crypto'
import type { Place } from '../../core/model/cluster-config.ts'

/** What the streams, buckets and subjects of one cluster are called. Permissions name them: see examples/cluster. */
export interface Names {
  readonly journal: string
  readonly work: string
  /** Buckets of keys; their streams are `KV_…`. */
  readonly lease: string
  readonly nodes: string
  /** The bucket of the base copy; its stream is `OBJ_…`. */
  readonly base: string
  readonly journalSubject: string
  /** Of one place, or of all if it is `*`. */
  workSubject(consumer: string): string
  /** Of one node, or of all if it is `*`. */
  resultSubject(node: string): string
  letterSubject(topic: string): string
}

export function namesOf(cluster: string): Names {
  const token = tokenOf(cluster)
  const [upper, lower] = [`MINITOR_${token}`, `minitor.${token}`]
  return {
    journal: `${upper}_JOURNAL`,
    work: `${upper}_WORK`,
    lease: `${upper}_LEASE`,
    nodes: `${upper}_NODES`,
    base: `${upper}_BASE`,
    journalSubject: `${lower}.journal`,
    workSubject: (consumer) => `${lower}.work.${consumer}`,
    resultSubject: (node) => `${lower}.result.${node}`,
    letterSubject: (topic) => `${lower}.letter.${topic}`,
  }
}

/** The consumer of a place and the last token of its subject: `node-nas`, `tag-lan`. */
export function consumerOf(place: Place): string {
  return place.kind === 'node' ? `node-${tokenOf(place.node)}` : `tag-${tokenOf(place.tag)}`
}

/** A place as everything else writes it: `node:nas`, `tag:lan`. */
export function placeText(place: Place): string {
  return place.kind === 'node' ? `node:${place.node}` : `tag:${place.tag}`
}

/** The engine takes 255 bytes for a name. */
const LONGEST_TOKEN = 160

/**
 * Any text as one token: different texts are different tokens. Letters, digits and `-` stand for themselves, other bytes
 * of its UTF-8 are `_` and two digits; a text that is too long becomes `_h` and a digest.
 */
export function tokenOf(text: string): string {
  const escaped = Buffer.from(text.toWellFormed())
    .toString('latin1')
    .replace(/[^A-Za-z0-9-]/g, (byte) => `_${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`)
  if (escaped.length <= LONGEST_TOKEN) return escaped
  return `_h${createHash('sha256').update(text).digest('hex')}`
}
