import { EVENT_ID, type Event, getScalarValue, parseEvents, SCALAR_STYLE, YAMLException } from 'js-yaml'
import { nearest } from '../../core/text/nearest.ts'
import { named } from '../../core/text/printable.ts'
import { coreScalar, taggedScalar } from './core-scalar.ts'
import { type Frame, type Mapping, MERGE, type Node, type ScalarNode, type Sequence } from './node.ts'
import { type Finding, type Place, type Source, whereabouts } from './source.ts'
import { syntaxFinding } from './syntax.ts'

/** Far more than any configuration needs: brackets nested by the thousand are a mistake or an attack. */
const DEPTH_LIMIT = 50
/** How many values aliases and merges may add to those in the text. */
const EXPANSION_LIMIT = 1_000_000

const TAGS = ['!', '!!str', '!!int', '!!float', '!!bool', '!!null', '!!seq', '!!map']

export interface Tree {
  /** Null for an empty document, and when the text is not YAML. */
  readonly root: Node | null
  readonly isYaml: boolean
  readonly findings: readonly Finding[]
}

/** Reads a source as one YAML 1.2 document. Aliases and merge keys are resolved; nothing is expanded or executed. */
export function parseTree(source: Source): Tree {
  try {
    return new TreeBuilder(source).build(parseEvents(source.text, { maxDepth: DEPTH_LIMIT }))
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error
    return { root: null, isYaml: false, findings: [syntaxFinding(source, error.reason, error.mark?.position ?? 0)] }
  }
}

type ScalarEvent = Extract<Event, { type: typeof EVENT_ID.SCALAR }>
type CollectionEvent = Extract<Event, { type: typeof EVENT_ID.SEQUENCE | typeof EVENT_ID.MAPPING }>
type AliasEvent = Extract<Event, { type: typeof EVENT_ID.ALIAS }>

class TreeBuilder {
  readonly #source: Source
  readonly #findings: Finding[] = []
  readonly #anchors = new Map<string, { node: Node; size: number } | 'open'>()
  readonly #frames: Frame[] = []
  #root: Node | null = null
  #documentCount = 0
  #position = 0
  #aliasedSize = 0
  #isTooLarge = false

  constructor(source: Source) {
    this.#source = source
  }

  build(events: readonly Event[]): Tree {
    for (const event of events) {
      if (event.type === EVENT_ID.SCALAR) this.#scalar(event)
      else if (event.type === EVENT_ID.ALIAS) this.#alias(event)
      else if (event.type === EVENT_ID.POP) this.#close()
      else if (event.type === EVENT_ID.DOCUMENT) this.#documentCount++
      else this.#open(event)
    }
    // A document that stands for millions of values is not read any further.
    if (this.#isTooLarge) return { root: null, isYaml: false, findings: this.#findings }
    return { root: this.#root, isYaml: true, findings: this.#findings }
  }

  #scalar(event: ScalarEvent): void {
    const isEmpty = event.valueStart === -1
    const text = isEmpty ? '' : getScalarValue(this.#source.text, event)
    const place = isEmpty ? this.#place(this.#position, this.#position) : this.#scalarPlace(event)
    const { source, start, end } = place
    const node = { kind: 'scalar', source, start, end, text, value: this.#typed(event, text, place) } as const
    this.#position = end
    const anchor = this.#source.text.slice(event.anchorStart, event.anchorEnd)
    if (event.anchorStart !== -1) this.#anchors.set(anchor, { node, size: 1 })
    const isMerge = text === '<<' && event.style === SCALAR_STYLE.PLAIN && event.tagStart === -1
    this.#add(node, 1, isMerge)
  }

  #scalarPlace({ style, valueStart, valueEnd }: ScalarEvent): Place {
    if (style === SCALAR_STYLE.PLAIN) return this.#place(valueStart, valueEnd)
    if (style === SCALAR_STYLE.SINGLE_QUOTED || style === SCALAR_STYLE.DOUBLE_QUOTED) {
      return this.#place(valueStart - 1, valueEnd + 1)
    }
    const indent = this.#source.text.slice(valueStart, valueEnd).search(/\S/)
    return this.#place(valueStart + Math.max(indent, 0), valueEnd)
  }

  #typed(event: ScalarEvent, text: string, place: Place): ScalarNode['value'] {
    if (event.tagStart === -1) return event.style === SCALAR_STYLE.PLAIN ? coreScalar(text) : text
    const tag = this.#source.text.slice(event.tagStart, event.tagEnd)
    if (!this.#isKnownTag(tag, event.tagStart)) return undefined
    const value = taggedScalar(tag, text)
    if (value === undefined) this.#find(place, `the value does not match its tag ${tag}`, 'remove the tag')
    return value
  }

  #isKnownTag(tag: string, start: number): boolean {
    if (TAGS.includes(tag)) return true
    const place = this.#place(start, start + tag.length)
    this.#find(place, `the tag ${tag} has no meaning here`, 'remove the tag: a configuration is plain data')
    return false
  }

  #open(event: CollectionEvent): void {
    const { text } = this.#source
    const tag = event.tagStart === -1 ? null : text.slice(event.tagStart, event.tagEnd)
    const isBroken = tag !== null && !this.#isKnownTag(tag, event.tagStart)
    const anchor = event.anchorStart === -1 ? null : text.slice(event.anchorStart, event.anchorEnd)
    if (anchor !== null) this.#anchors.set(anchor, 'open')
    const place = this.#place(event.start, event.start + 1)
    const node: Sequence | Mapping =
      event.type === EVENT_ID.SEQUENCE
        ? { kind: 'sequence', ...place, items: [] }
        : { kind: 'mapping', ...place, entries: new Map() }
    this.#position = event.start
    this.#frames.push({ node, anchor, key: undefined, merges: [], isBroken, size: 1 })
  }

  #close(): void {
    const frame = this.#frames.pop()
    if (frame === undefined) return
    for (const merge of frame.merges) this.#merge(frame, merge)
    frame.node.end = Math.max(this.#position, frame.node.end)
    if (frame.anchor !== null) this.#anchors.set(frame.anchor, { node: frame.node, size: frame.size })
    this.#add(frame.isBroken ? brokenAt(frame.node) : frame.node, frame.size, false)
  }

  #alias(event: AliasEvent): void {
    const name = this.#source.text.slice(event.anchorStart, event.anchorEnd)
    const place = this.#place(event.anchorStart - 1, event.anchorEnd)
    const target = this.#anchors.get(name)
    this.#position = event.anchorEnd
    if (target === undefined) {
      const near = nearest(name, this.#anchors.keys())
      const hint = near === null ? 'an anchor must stand before its aliases' : `did you mean "*${near}"?`
      this.#find(place, `there is no anchor "&${name}" before this alias`, `${hint}; quote a value that begins with *`)
    } else if (target === 'open') {
      this.#find(place, `the alias "*${name}" is inside its own anchor`, 'take the alias out of the anchored value')
    } else {
      this.#expand(target.size, place)
      this.#add(target.node, target.size, false)
      return
    }
    this.#add(brokenAt(place), 1, false)
  }

  #expand(size: number, place: Place): void {
    this.#aliasedSize += size
    if (this.#isTooLarge || this.#aliasedSize <= EXPANSION_LIMIT) return
    this.#isTooLarge = true
    this.#find(place, 'the aliases up to here stand for more than a million values', 'write fewer aliases of aliases')
  }

  /** Puts a complete node into the open collection, as its item, key or value. */
  #add(node: Node, size: number, isMerge: boolean): void {
    const frame = this.#frames.at(-1)
    if (frame === undefined) {
      this.#addDocument(node)
      return
    }
    frame.size += size
    if (frame.node.kind === 'sequence') frame.node.items.push(node)
    else if (frame.key === undefined) frame.key = isMerge ? MERGE : this.#key(frame, frame.node, node)
    else {
      if (frame.key === MERGE) frame.merges.push(...(node.kind === 'sequence' ? node.items : [node]))
      else if (frame.key !== null) frame.node.entries.set(frame.key.text, { key: frame.key, value: node })
      frame.key = undefined
    }
  }

  #addDocument(node: Node): void {
    if (this.#documentCount === 1) this.#root = node
    if (this.#documentCount !== 2) return
    this.#find(node, 'a second document begins here', 'a file holds one document: remove the line "---" above')
    this.#documentCount++
  }

  #key(frame: Frame, mapping: Mapping, node: Node): ScalarNode | null {
    if (node.kind !== 'scalar') {
      this.#find(node, 'a key must be text', 'if this is a variable such as {monitor_name}, put the value in quotes')
      frame.isBroken = true
      return null
    }
    if (node.text === '__proto__') {
      this.#find(node, '"__proto__" cannot be a key', 'choose another name')
      return null
    }
    const first = mapping.entries.get(node.text)
    if (first === undefined) return node
    this.#find(node, `the key ${named(node.text)} is given twice`, `first given at ${whereabouts(first.key)}`)
    return null
  }

  /** Adds the pairs of a merge key whose keys the mapping does not have itself. */
  #merge(frame: Frame, from: Node): void {
    if (frame.node.kind !== 'mapping') return
    if (from.kind === 'scalar' && from.value === undefined) return
    if (from.kind !== 'mapping') {
      this.#find(from, 'a merge key "<<" takes a map, or a list of maps', 'refer to a map: <<: *anchor')
      return
    }
    this.#expand(from.entries.size, frame.node)
    if (this.#isTooLarge) return
    for (const [name, entry] of from.entries) {
      if (!frame.node.entries.has(name)) frame.node.entries.set(name, entry)
    }
  }

  #place(start: number, end: number): Place {
    return { source: this.#source, start, end }
  }

  #find(place: Place, message: string, hint: string): void {
    this.#findings.push({ place, subject: '', message, hint })
  }
}

/** Stands for a value that cannot be used; the mistake in it is found already. */
function brokenAt({ source, start, end }: Place): ScalarNode {
  return { kind: 'scalar', source, start, end, text: '', value: undefined }
}
