import type { Place, RunOn } from './cluster-config.ts'
import type { Config } from './config.ts'
import type { CommandRun, Snapshot } from './ports.ts'
import type { Run } from './types.ts'

/** `server` can lead; an agent only runs what it is given. */
export type NodeKind = 'server' | 'agent'

/** What a node says of itself, again and again. Everybody in the cluster may know it. */
export interface NodeCard {
  readonly name: string
  readonly kind: NodeKind
  readonly version: string
  readonly hostname: string
  readonly tags: readonly string[]
  /** Unix epoch milliseconds, by its own clock. */
  readonly startedAtMs: number
  /** How many commands it runs at once, and how many it is running. */
  readonly slots: number
  readonly running: number
  /** Fingerprint of a server's configuration; null for an agent. */
  readonly configuration: string | null
  /** The last sequence of the journal that a server has in its file; null for an agent, and for a server that is on its own. */
  readonly sequence: number | null
  /** The one that it had a minute ago: whoever lacks that does not keep up. Null for an agent, or where it is not known yet. */
  readonly sequenceBefore: number | null
  /** How much a server has written by itself, in records that are to be published to the others. */
  readonly unpublished: number
  /** When it said all this, Unix epoch milliseconds by its own clock; null if it does not say. */
  readonly saidAtMs: number | null
  /** The host of another node that says it has this name; null if there is none. */
  readonly namesake: string | null
}

/** What a node knows of itself without the others. */
export type OwnCard = Omit<NodeCard, 'sequenceBefore' | 'saidAtMs' | 'namesake'>

/** A node as the cluster knows it. `seenAtMs` is by the engine's clock; `isThere` while its card has not run out. */
export interface KnownNode extends NodeCard {
  readonly seenAtMs: number
  readonly isThere: boolean
}

/** What one server writes for all: what has changed in the store, in one transaction. Its content is the store's affair. */
export interface JournalRecord {
  /** Unique. What is published again under the same id is kept once. */
  readonly id: string
  /**
   * Of the record before it, as far as its writer knows; empty for none. An engine that has lost some of its servers may
   * have shown a record that it takes back when they agree again: who has that one learns it from the next.
   */
  readonly previousId: string
  /** The epoch of the leader that wrote it. */
  readonly epoch: number
  readonly nowMs: number
  /** A JSON document. Up to 1,000,000 bytes always fit; more do where they shrink by compression, or publishing fails. */
  readonly writes: string
}

export interface JournalState {
  /** Names this journal and no other: one that was deleted and made again is another one. */
  readonly id: string
  /** Of the oldest record that is still there; one more than `lastSequence` if there is none. */
  readonly firstSequence: number
  /** 0 if there never was one. */
  readonly lastSequence: number
}

export type Published =
  | { readonly kind: 'kept'; readonly sequence: number }
  /** Another server has written meanwhile: this one does not lead any more. */
  | { readonly kind: 'stale' }
  /** It may be kept or not: published again under the same id, it is kept once. */
  | { readonly kind: 'failed'; readonly reason: string }

/** The truth that all servers share: records in one order. */
export interface Journal {
  /** Rejects if the engine does not answer. */
  state(): Promise<JournalState>
  /** The id of the record with this sequence; null if it is no longer there. Rejects if the engine does not answer. */
  idOf(sequence: number): Promise<string | null>
  /** Adds a record if `lastSequence` is still the last one. Never rejects. */
  publish(record: JournalRecord, lastSequence: number): Promise<Published>
  /**
   * Calls `take` with each record from `fromSequence` on, one after the other, and waits for what it returns. Goes on over
   * lost connections. `onGap`: what was to come next is no longer there.
   */
  follow(
    fromSequence: number,
    take: (sequence: number, record: JournalRecord) => Promise<void>,
    onGap: () => void,
  ): { close(): Promise<void> }
}

/** A copy of the database for servers that are new, or were away for too long. */
export interface BaseCopy {
  /** Replaces the copy by the file at `path`, which has the journal up to `sequence`. Rejects with a reason. */
  put(path: string, about: { readonly journalId: string; readonly sequence: number }): Promise<void>
  /** What there is; null if there is none. */
  look(): Promise<{ readonly journalId: string; readonly sequence: number } | null>
  /** Writes the copy to `path`. Rejects with a reason. */
  get(path: string): Promise<void>
}

/** Who leads. Time is measured by the engine. */
export interface Lease {
  /** Takes the lead if nobody has it. Never rejects. */
  acquire(
    node: string,
  ): Promise<
    | { readonly kind: 'held'; readonly lease: HeldLease }
    | { readonly kind: 'taken'; readonly by: string }
    | { readonly kind: 'failed'; readonly reason: string }
  >
  /** Who leads now; null for nobody. Rejects if the engine does not answer. */
  holder(): Promise<{ readonly node: string; readonly epoch: number } | null>
}

export interface HeldLease {
  /** Grows with every new leader. */
  readonly epoch: number
  /** `lost`: it has run out, or another has it. `failed`: the engine does not answer. Never rejects. */
  renew(): Promise<
    { readonly kind: 'held' } | { readonly kind: 'lost' } | { readonly kind: 'failed'; readonly reason: string }
  >
  /** Lets others take it at once. Never rejects. */
  release(): Promise<void>
}

/** A server that has begun to lead: the first record of its epoch says so. */
export interface NewLeader {
  readonly node: string
  readonly epoch: number
  /** Unix epoch milliseconds, by its own clock. */
  readonly sinceMs: number
}

/** Why a daemon begins to watch: after it was off, in the place of another server, or as it can reach no others. */
export type Beginning =
  | { readonly kind: 'back' }
  | { readonly kind: 'takeover'; readonly from: string }
  | { readonly kind: 'alone' }

/** Who is there. */
export interface Presence {
  /**
   * Says that this node is there, for as long as three times the time between two calls should be. Resolves to what another
   * node has said under the same name since the last call; null for nothing. Rejects if the engine does not answer.
   */
  say(card: NodeCard): Promise<NodeCard | null>
  /** Leaves on purpose: the node is forgotten. */
  leave(node: string): Promise<void>
  /** All that are there, and those that went without a word. Rejects if the engine does not answer. */
  nodes(): Promise<readonly KnownNode[]>
}

/** A command to run in one place. */
export interface WorkItem {
  /** Unique: of the run and the place. What is sent twice is run once. */
  readonly id: string
  readonly epoch: number
  readonly place: Place
  readonly monitor: string
  readonly run: CommandRun
  /** Nobody runs it later than this after it was sent. */
  readonly goodForMs: number
}

export interface WorkResult {
  readonly id: string
  readonly epoch: number
  /** Who has run it. */
  readonly node: string
  readonly run: Run
}

/** The leader's side of the work. */
export interface WorkSender {
  /** Rejects with a reason if it was not accepted. */
  send(item: WorkItem): Promise<void>
  /** From now on calls `listener` with every result, of whatever epoch. */
  onResult(listener: (result: WorkResult) => void): () => void
  /** Items that wait, by place (`node:NAME`, `tag:NAME`), and how often items were delivered again. Rejects if the engine does not answer. */
  queued(): Promise<{ readonly waiting: ReadonlyMap<string, number>; readonly redelivered: number }>
}

/** What one place says of a command. */
export interface PlaceRun {
  /** `node:nas`, `tag:lan`. */
  readonly place: string
  /** Who has run it; null if nobody has answered: then the run is `void`, with the reason. */
  readonly node: string | null
  /** Whether it ran on this machine: then trouble of this machine may be why it failed. */
  readonly isHere: boolean
  readonly run: Run
}

/** Runs a command in every place of a monitor. */
export interface Places {
  /** Resolves when all have answered or will not any more, one for each place and in their order. Never rejects. */
  run(
    run: CommandRun,
    about: {
      readonly monitor: string
      readonly runOn: RunOn
      readonly goodForMs: number
      /** Whether those that have answered decide already: then the others are waited for only a little longer. */
      readonly isDecided: (runs: readonly PlaceRun[]) => boolean
      /** Called once nothing of it runs on this machine any more: what is left to do is to wait for others. */
      readonly onSent: () => void
    },
  ): Promise<readonly [PlaceRun, ...PlaceRun[]]>
}

/** What the daemon of a server asks of its cluster while it leads, or is alone. */
export interface Leading {
  readonly places: Places
  /** How a node is, as if a command had looked: exit code 0 if it is there, 1 (a warning) if something is odd, 2 if it is lost. */
  lookAt(node: string): Run
  /** The configuration with a monitor for each known node; before any is known, for those of which the store has one. */
  withNodes(config: Config, stored: Pick<Snapshot, 'monitors'>): Config
  /** Calls `listener` when other nodes are known than before: `withNodes` says something else now. */
  onNodes(listener: () => void): () => void
  /** Whether this server still leads; asks the engine where its lease may have run out. Never rejects. */
  confirm(): Promise<boolean>
}

/** One item that was taken from a place. */
export interface TakenWork {
  readonly item: WorkItem
  /** Since it was sent, by the engine's clock. */
  readonly ageMs: number
  /** Still at it: otherwise it is given to another. */
  working(): void
  /** Publishes the result, then acknowledges. Never rejects. */
  finish(result: WorkResult): Promise<void>
  /** Nobody is to run it, as it came too late. */
  drop(): void
}

/** A node's side of the work. */
export interface WorkTaker {
  /**
   * Calls `run` with the items of these places, with no more of them at once than `slots`; it goes on over lost connections.
   * Nothing is taken before this node has said that it is there (`Presence.say`): only then does it know the engine's clock.
   * `close` takes no more and resolves when those under way are finished.
   */
  take(places: readonly Place[], slots: number, run: (work: TakenWork) => Promise<void>): { close(): Promise<void> }
}

/** Questions to whoever leads, with an answer in parts. */
export interface Letters {
  /** Rejects with `NoLeader` if nobody answers. Requests and parts are at most 512 KiB. */
  ask(topic: LetterTopic, request: Uint8Array, signal?: AbortSignal): Promise<AsyncIterable<Uint8Array>>
  /** Answers from now on, until the returned function is called. */
  answer(
    topic: LetterTopic,
    answerTo: (request: Uint8Array, signal: AbortSignal) => AsyncIterable<Uint8Array>,
  ): () => void
}

/** `http`: a request for the pages; `mutes`: a change that people make on a command line. */
export type LetterTopic = 'http' | 'mutes'

export class NoLeader extends Error {
  override readonly name = 'NoLeader'
}

/** Everything that Minitor wants of the engine that connects several machines. */
export interface Engine {
  readonly journal: Journal
  readonly base: BaseCopy
  readonly lease: Lease
  readonly presence: Presence
  readonly sender: WorkSender
  readonly taker: WorkTaker
  readonly letters: Letters
  /** Why the engine cannot be reached now, in a sentence without secrets; null while it can. */
  trouble(): string | null
  /** Calls `listener` when that changes. */
  onTrouble(listener: (trouble: string | null) => void): void
  close(): Promise<void>
}

/** `refused`: it can never work so: wrong credentials, no JetStream, too old. `reason` is a sentence without secrets. */
export type EngineStart =
  | { readonly kind: 'open'; readonly engine: Engine }
  | { readonly kind: 'refused'; readonly reason: string; readonly hint: string }
