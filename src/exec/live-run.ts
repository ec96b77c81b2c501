import type { CommandRun } from '../core/model/ports.ts'
import type { Ending, Run } from '../core/model/types.ts'
import { isOver } from '../core/text/process-stat.ts'
import type { Fifo } from './fifo-pool.ts'
import { GroupEnd, type GroupEndResult } from './group-end.ts'
import { OutputDrain } from './output-drain.ts'
import { readProcessStat } from './scan-processes.ts'
import type { Stragglers } from './stragglers.ts'
import type { Swept } from './sweep.ts'

export const SHUTTING_DOWN: Ending = { kind: 'void', reason: 'Minitor is shutting down', isExhausted: false }

/** What all runs of a runner share. */
export interface RunContext {
  readonly stragglers: Stragglers
  /** Called once, when the run is over. `isHeld`: some process can still write to the FIFO. */
  readonly onDone: (run: LiveRun, isHeld: boolean) => void
}

interface Start {
  readonly request: CommandRun
  readonly fifo: Fifo
  /** Starts the command; `onEnd` is called once, perhaps before this returns. May throw. */
  readonly spawn: (onEnd: (ending: Ending) => void) => Bun.Subprocess
  readonly resolve: (run: Run) => void
}

// Between SIGTERM and SIGKILL after a timeout.
const GRACE_MS = 5000

// How long the news of a process's exit may take to reach us, before that is doubted.
const EXIT_NEWS_MS = 1000

// While a group is being ended: how often to check whether it is gone.
const ENDING_PACE_MS = 20

const NOTHING_LEFT: GroupEndResult = { escapeeCount: 0, isUnkillable: false }

/**
 * A command from its start to its end. Normally its exit is all that happens to it. At the timeout (or when Minitor
 * shuts down) its group is ended, with the processes that left the group.
 *
 * Here and elsewhere in exec/ these are classes with #fields where the rest of Minitor has closures: hundreds of runs
 * are alive at once, and a closure for each method of each would be most of their memory.
 */
export class LiveRun implements Swept {
  readonly fifo: Fifo
  dueMs: number
  readonly #child: Bun.Subprocess
  readonly #context: RunContext
  readonly #request: CommandRun
  readonly #resolve: (run: Run) => void
  readonly #drain: OutputDrain
  readonly #startedMs: number
  #timeoutMs: number
  #isDone = false
  #isExitAwaited = false
  #shutdownGraceMs: number | null = null
  #groupEnd: GroupEnd | null = null

  /** Starts the command; throws what the system says when it refuses. `isDone` may be true at once. */
  constructor(context: RunContext, { request, fifo, spawn, resolve }: Start) {
    this.#context = context
    this.#request = request
    this.fifo = fifo
    this.#resolve = resolve
    this.#startedMs = performance.now()
    this.#timeoutMs = this.#startedMs + request.timeoutMs
    this.#drain = new OutputDrain(fifo, this.#startedMs)
    this.dueMs = Math.min(this.#drain.dueMs, this.#timeoutMs)
    this.#child = spawn((ending) => this.#exited(ending))
  }

  get isDone(): boolean {
    return this.#isDone
  }

  /** The command's own process has ended and was reaped. */
  #exited(ending: Ending): void {
    if (this.#groupEnd === null) this.#finish(ending, NOTHING_LEFT)
    else this.#groupEnd.leaderReaped(performance.now())
  }

  visit(nowMs: number): void {
    if (nowMs >= this.#drain.dueMs) this.#drain.read(nowMs)
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
    const { pid } = this.#child
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
      run: { runId, group: pid, startTicks: stat?.startTicks ?? 0 },
      stragglers: this.#context.stragglers,
      nowMs,
      graceMs: this.#shutdownGraceMs ?? GRACE_MS,
      onOver: (result) => this.#finish(ending, result),
    })
  }

  #finish(ending: Ending, result: GroupEndResult): void {
    this.#isDone = true
    const { text, isHeld } = this.#drain.finish()
    // Minitor's own end must not wait for a process that cannot be ended.
    if (result.isUnkillable) this.#child.unref()
    this.#context.onDone(this, isHeld)
    this.#resolve({ ending, output: text, durationMs: performance.now() - this.#startedMs, ...result })
  }
}
