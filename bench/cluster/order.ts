import type { EngineAccess } from '../../src/core/model/cluster-config.ts'

/** What the programs of this folder are told, as JSON in their only argument. */
export interface AgentsOrder {
  readonly access: EngineAccess
  /** How many agents this process is, each with a connection of its own and the tag `lan`. */
  readonly count: number
  readonly slots: number
}

export interface LeaderOrder {
  readonly access: EngineAccess
  readonly config: string
  readonly database: string
  /** How many agents are waited for before the first check. */
  readonly agents: number
  /** Whether it starts real processes for what is not dispatched. */
  readonly runsProcesses: boolean
  readonly warmUpMs: number
  readonly windowMs: number
  /** Processes whose processor time belongs to the measurement, by what they are called. */
  readonly others: Readonly<Record<string, number>>
}

/** What the leader prints at its end, of the window alone. */
export interface LeaderReport {
  /** Unix epoch milliseconds. */
  readonly beganAtMs: number
  readonly seconds: number
  readonly checks: number
  /** Checks that nobody has answered. */
  readonly voids: number
  /** Milliseconds from the moment when a check was handed over to its result, less what its command took. */
  readonly dispatchedMs: readonly number[]
  readonly localMs: readonly number[]
  /** How late a timer of the leader was: for so long, other work held its main thread. */
  readonly heldMs: readonly number[]
  /** Processor time of each part, in seconds. */
  readonly cpu: Readonly<Record<string, number>>
  /** Over the whole run: what was told to the store, and what is in the file at the end. */
  readonly committed: number
  readonly inFile: number
}

export function readOrder<Order>(): Order {
  return JSON.parse(process.argv[2] ?? '') as Order
}

export interface FeederOrder {
  readonly access: EngineAccess
  readonly command: readonly string[]
  /** Items on their way at the same time. */
  readonly atOnce: number
  /** No more than this; null for as many as come back. */
  readonly perSecond: number | null
  readonly warmUpMs: number
  readonly windowMs: number
  readonly others: Readonly<Record<string, number>>
}

export interface FeederReport {
  readonly seconds: number
  readonly runs: number
  readonly cpu: Readonly<Record<string, number>>
}
