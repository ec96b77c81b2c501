/** What a ping says: that a job begins, has worked or has failed; `log` says nothing about that. */
export type PingKind = 'start' | 'success' | 'fail' | 'log'

/** One ping of a heartbeat. `atMs` is when it came, in Unix epoch milliseconds. */
export interface Ping {
  readonly monitor: string
  readonly atMs: number
  readonly kind: PingKind
  /** Null where the ping named none. */
  readonly exitCode: number | null
  /** Pairs the ping of a start with that of its end; null where it has none. */
  readonly rid: string | null
  /** Since the start that belongs to it, or what the ping itself says; null where neither is known. */
  readonly durationMs: number | null
  /** The first 10,000 bytes of what came with it, as valid text without NUL bytes. */
  readonly body: string
}
