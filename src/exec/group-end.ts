import type { Quarry } from './scan-processes.ts'
import { signalGroup } from './signal-group.ts'
import type { EscapeeHunt } from './stragglers.ts'

export interface GroupEndResult {
  readonly escapeeCount: number
  readonly isUnkillable: boolean
}

// While members of the group are left: how long until the next look through /proc.
const SEARCH_PACE_MS = 100

// Whatever happens, the slot is free this long after SIGKILL.
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

/** `gone`: nobody of the group is left. `unkillable`: somebody is, and waiting longer will not help. */
export type LadderResult = 'waiting' | 'gone' | 'unkillable'

// Leaves room within LIMIT_AFTER_KILL_MS for the search for escapees.
const KILL_WAIT_MS = 800

/** Ends a process group: SIGTERM, and after a grace SIGKILL, each to all of its members. Times are monotonic. */
export class Ladder {
  readonly #pid: number
  #deadlineMs: number
  #isKilling = false
  #isAtEnd = false

  /** To be made while the group's leader, process `pid`, is not yet reaped. */
  constructor(pid: number, nowMs: number, graceMs: number) {
    this.#pid = pid
    this.#deadlineMs = nowMs + graceMs
    this.#signal('SIGTERM', false)
    // A stopped process would see SIGTERM only once it is continued.
    this.#signal('SIGCONT', false)
  }

  /** Whether waiting longer will not help. */
  get isAtEnd(): boolean {
    return this.#isAtEnd
  }

  /** Shortens what is left of the grace. */
  hurry(nowMs: number, graceMs: number): void {
    if (!this.#isKilling) this.#deadlineMs = Math.min(this.#deadlineMs, nowMs + graceMs)
  }

  step(nowMs: number, isLeaderReaped: boolean): LadderResult {
    if (isLeaderReaped && !this.#signal(0, isLeaderReaped)) return 'gone'
    if (nowMs < this.#deadlineMs) return 'waiting'
    if (this.#isKilling) {
      this.#isAtEnd = true
      return 'unkillable'
    }
    this.#isKilling = true
    this.#deadlineMs = nowMs + KILL_WAIT_MS
    this.#signal('SIGKILL', isLeaderReaped)
    return 'waiting'
  }

  #signal(signal: NodeJS.Signals | 0, isLeaderReaped: boolean): boolean {
    return signalGroup({ id: this.#pid, isLeaderReaped }, signal)
  }
}
