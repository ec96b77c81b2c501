import type { SoughtRun } from './scan-processes.ts'
import { signalGroup } from './signal-group.ts'
import type { Stragglers } from './stragglers.ts'

export interface GroupEndResult {
  readonly escapeeCount: number
  readonly isUnkillable: boolean
}

// While members of the group are left: how long until the next search of /proc.
const SEARCH_PACE_MS = 100

// Whatever happens, the slot is free this long after SIGKILL: a process that cannot be killed must not keep it.
const LIMIT_AFTER_KILL_MS = 1000

/** The end of a command that did not end by itself: signals to its group, a search for the processes that left it. */
export class GroupEnd {
  readonly #run: SoughtRun
  readonly #stragglers: Stragglers
  readonly #ladder: Ladder
  readonly #onOver: (result: GroupEndResult) => void
  readonly #escapedPids = new Set<number>()
  #limitMs: number
  #isLeaderReaped = false
  #isSearching = false
  #isOver = false
  #nextSearchMs = 0

  /** To be made while the group's leader is not yet reaped. `onOver` is called once. */
  constructor(parts: {
    readonly run: SoughtRun
    readonly stragglers: Stragglers
    readonly nowMs: number
    readonly graceMs: number
    readonly onOver: (result: GroupEndResult) => void
  }) {
    this.#run = parts.run
    this.#stragglers = parts.stragglers
    this.#onOver = parts.onOver
    this.#limitMs = parts.nowMs + parts.graceMs + LIMIT_AFTER_KILL_MS
    this.#ladder = new Ladder(parts.run.group, parts.nowMs, parts.graceMs)
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
    if (this.#isOver) return
    const step = this.#ladder.step(nowMs, this.#isLeaderReaped)
    if (nowMs >= this.#limitMs) this.#end(step !== 'gone')
    else if (step !== 'waiting') void this.#search(step)
    else if (this.#isLeaderReaped && nowMs >= this.#nextSearchMs) void this.#search(step)
  }

  /**
   * Signals cannot tell a zombie that nobody has reaped yet from a process that is left, but /proc can. In a group
   * known to be gone there is no process, whatever has its number by now.
   */
  async #search(step: Step): Promise<void> {
    if (this.#isSearching) return
    this.#isSearching = true
    const { escaped, stayed } = await this.#stragglers.end(this.#run)
    this.#isSearching = false
    if (this.#isOver) return
    for (const { pid } of escaped) this.#escapedPids.add(pid)
    this.#nextSearchMs = performance.now() + SEARCH_PACE_MS
    if (step === 'gone' || (this.#isLeaderReaped && stayed.length === 0)) this.#end(false)
    else if (step === 'unkillable') this.#end(true)
  }

  #end(isUnkillable: boolean): void {
    this.#isOver = true
    this.#onOver({ escapeeCount: this.#escapedPids.size, isUnkillable })
  }
}

/** `gone`: the group is empty. `unkillable`: it is not, and waiting longer will not help. */
type Step = 'waiting' | 'gone' | 'unkillable'

// Together with the search for stragglers this stays below LIMIT_AFTER_KILL_MS.
const KILL_WAIT_MS = 800

/** Ends a process group: SIGTERM, and after a grace SIGKILL, each to all of its members. Times are monotonic. */
class Ladder {
  readonly #pid: number
  #deadlineMs: number
  #isKilling = false

  /** To be made while the group's leader, process `pid`, is not yet reaped. */
  constructor(pid: number, nowMs: number, graceMs: number) {
    this.#pid = pid
    this.#deadlineMs = nowMs + graceMs
    this.#signal('SIGTERM', false)
    // A stopped process would see SIGTERM only once it is continued.
    this.#signal('SIGCONT', false)
  }

  /** Shortens what is left of the grace. */
  hurry(nowMs: number, graceMs: number): void {
    if (!this.#isKilling) this.#deadlineMs = Math.min(this.#deadlineMs, nowMs + graceMs)
  }

  step(nowMs: number, isLeaderReaped: boolean): Step {
    if (isLeaderReaped && !this.#signal(0, isLeaderReaped)) return 'gone'
    if (nowMs < this.#deadlineMs) return 'waiting'
    if (this.#isKilling) return 'unkillable'
    this.#isKilling = true
    this.#deadlineMs = nowMs + KILL_WAIT_MS
    this.#signal('SIGKILL', isLeaderReaped)
    return 'waiting'
  }

  #signal(signal: NodeJS.Signals | 0, isLeaderReaped: boolean): boolean {
    return signalGroup({ id: this.#pid, isLeaderReaped }, signal)
  }
}
