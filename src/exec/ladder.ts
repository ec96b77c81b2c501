import { signalGroup } from './signal-group.ts'

/** `gone`: nobody of the group is left. `unkillable`: somebody is, and waiting longer will not help. */
export type LadderResult = 'waiting' | 'gone' | 'unkillable'

// Together with the search for escapees this stays below the second that SPEC 4.3 allows after SIGKILL.
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
