import { Ladder } from './ladder.ts'
import type { Quarry } from './scan-processes.ts'
import type { EscapeeHunt } from './stragglers.ts'

export interface GroupEndResult {
  readonly escapeeCount: number
  readonly isUnkillable: boolean
}

// While members of the group are left: how long until the next look through /proc.
const SEARCH_PACE_MS = 100

// Whatever happens, the slot is free so long after SIGKILL (SPEC 4.3).
const LIMIT_AFTER_KILL_MS = 1000

/** The end of a command that did not end by itself: the ladder for its group, the hunt for those who left it. */
export class GroupEnd {
  readonly #quarry: Quarry
  readonly #hunt: EscapeeHunt
  readonly #ladder: Ladder
  readonly #onOver: (result: GroupEndResult) => void
  readonly #escapedPids = new Set<number>()
  #limitMs: number
  #isLeaderReaped = false
  #isSearching = false
  #nextSearchMs = 0

  /** To be made while the group's leader is not yet reaped. `onOver` may be called more than once. */
  constructor(parts: {
    readonly quarry: Quarry
    readonly hunt: EscapeeHunt
    readonly nowMs: number
    readonly graceMs: number
    readonly onOver: (result: GroupEndResult) => void
  }) {
    this.#quarry = parts.quarry
    this.#hunt = parts.hunt
    this.#onOver = parts.onOver
    this.#limitMs = parts.nowMs + parts.graceMs + LIMIT_AFTER_KILL_MS
    this.#ladder = new Ladder(parts.quarry.group, parts.nowMs, parts.graceMs)
  }

  /** Shortens what is left of the grace. */
  hurry(nowMs: number, graceMs: number): void {
    this.#limitMs = Math.min(this.#limitMs, nowMs + graceMs + LIMIT_AFTER_KILL_MS)
    this.#ladder.hurry(nowMs, graceMs)
  }

  leaderReaped(nowMs: number): void {
    this.#isLeaderReaped = true
    this.visit(nowMs)
  }

  /** To be called every few milliseconds until it is over. */
  visit(nowMs: number): void {
    const step = this.#ladder.step(nowMs, this.#isLeaderReaped)
    if (nowMs >= this.#limitMs) this.#over(step !== 'gone')
    else if (step !== 'waiting') void this.#search(step === 'gone')
    else if (this.#isLeaderReaped && nowMs >= this.#nextSearchMs) void this.#search(false)
  }

  /**
   * Signals cannot tell a zombie that nobody has reaped yet from a process that is left, but /proc can. In a group
   * known to be gone there is nobody, whatever has its number by now.
   */
  async #search(isGroupGone: boolean): Promise<void> {
    if (this.#isSearching) return
    this.#isSearching = true
    const { escaped, stayed } = await this.#hunt.end(this.#quarry)
    this.#isSearching = false
    for (const { pid } of escaped) this.#escapedPids.add(pid)
    this.#nextSearchMs = performance.now() + SEARCH_PACE_MS
    if (isGroupGone || (this.#isLeaderReaped && stayed.length === 0)) this.#over(false)
    else if (this.#ladder.isAtEnd) this.#over(true)
  }

  #over(isUnkillable: boolean): void {
    this.#onOver({ escapeeCount: this.#escapedPids.size, isUnkillable })
  }
}
