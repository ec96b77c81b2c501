import type { CommandRun } from '../core/model/ports.ts'
import type { Ending, Run } from '../core/model/types.ts'
import type { Fifo } from './fifo-pool.ts'
import { GroupEnd, type GroupEndResult } from './group-end.ts'
import { OutputDrain } from './output-drain.ts'
import { isOver, readProcessStat } from './scan-processes.ts'
import type { EscapeeHunt } from './stragglers.ts'
import type { Swept } from './sweep.ts'

export const SHUTTING_DOWN: Ending = { kind: 'void', reason: 'Minitor is shutting down', isExhausted: false }

/** What a run needs of the runner it belongs to. */
export interface RunnerRoom {
  readonly graceMs: number
  readonly hunt: EscapeeHunt
  /** Called once, when the run is over. `isHeld`: some process can still write to the FIFO. */
  readonly onDone: (run: LiveRun, isHeld: boolean) => void
}

// How long the exit of a process that has ended may take to be told to us, before that is doubted.
const EXIT_NEWS_MS = 1000

// While a group is being ended: how often to look whether it is gone.
const ENDING_PACE_MS = 20

const NOTHING_LEFT: GroupEndResult = { escapeeCount: 0, isUnkillable: false }

/**
 * A command from its start to its end. Normally `exited` is all that happens to it. At the timeout (or when Minitor
 * shuts down) it climbs the ladder, and then those who left its group are looked for.
 */
export class LiveRun implements Swept {
  readonly fifo: Fifo
  /** Set once the command was started. */
  child: Bun.Subprocess | null = null
  dueMs: number
  readonly #room: RunnerRoom
  readonly #request: CommandRun
  readonly #resolve: (run: Run) => void
  readonly #drain: OutputDrain
  readonly #startedMs: number
  #timeoutMs: number
  #isDone = false
  #isExitAwaited = false
  #shutdownGraceMs: number | null = null
  #groupEnd: GroupEnd | null = null

  constructor(room: RunnerRoom, request: CommandRun, fifo: Fifo, resolve: (run: Run) => void) {
    this.#room = room
    this.#request = request
    this.fifo = fifo
    this.#resolve = resolve
    this.#startedMs = performance.now()
    this.#timeoutMs = this.#startedMs + request.timeoutMs
    this.#drain = new OutputDrain(fifo, this.#startedMs)
    this.dueMs = Math.min(this.#drain.dueMs, this.#timeoutMs)
  }

  get isDone(): boolean {
    return this.#isDone
  }

  /** The command's own process has ended and was reaped. */
  exited(ending: Ending): void {
    if (this.#groupEnd === null) this.#finish(ending, NOTHING_LEFT)
    else this.#groupEnd.leaderReaped(performance.now())
  }

  visit(nowMs: number): void {
    if (nowMs >= this.#drain.dueMs) this.#drain.look(nowMs)
    if (this.#groupEnd !== null) this.#groupEnd.visit(nowMs)
    else if (nowMs >= this.#timeoutMs) this.#end(nowMs)
    this.#plan(nowMs)
  }

  shutDown(graceMs: number): void {
    const nowMs = performance.now()
    this.#shutdownGraceMs = graceMs
    if (this.#groupEnd === null) this.#end(nowMs)
    else this.#groupEnd.hurry(nowMs, graceMs)
    this.#plan(nowMs)
  }

  #plan(nowMs: number): void {
    const nextStepMs = this.#groupEnd === null ? this.#timeoutMs : nowMs + ENDING_PACE_MS
    this.dueMs = Math.min(this.#drain.dueMs, nextStepMs)
  }

  #end(nowMs: number): void {
    const pid = this.child?.pid
    if (pid === undefined) return
    const stat = readProcessStat(pid)
    // When Minitor itself was held up, the news of an exit may still be on its way to us.
    if ((stat === null || isOver(stat)) && !this.#isExitAwaited) {
      this.#isExitAwaited = true
      this.#timeoutMs = nowMs + EXIT_NEWS_MS
      return
    }
    const { runId, timeoutMs } = this.#request
    const ending: Ending = this.#shutdownGraceMs === null ? { kind: 'timed_out', timeoutMs } : SHUTTING_DOWN
    this.#groupEnd = new GroupEnd({
      quarry: { runId, group: pid, startTicks: stat?.startTicks ?? 0 },
      hunt: this.#room.hunt,
      nowMs,
      graceMs: this.#shutdownGraceMs ?? this.#room.graceMs,
      onOver: (result) => this.#finish(ending, result),
    })
  }

  #finish(ending: Ending, result: GroupEndResult): void {
    if (this.#isDone) return
    this.#isDone = true
    const { text, isHeld } = this.#drain.finish()
    // Minitor's own end must not wait for a process that cannot be ended.
    if (result.isUnkillable) this.child?.unref()
    this.#room.onDone(this, isHeld)
    this.#resolve({ ending, output: text, durationMs: performance.now() - this.#startedMs, ...result })
  }
}
