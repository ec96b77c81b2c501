import type { TakenWork, WorkTaker } from '../../core/model/cluster.ts'
import type { Place } from '../../core/model/cluster-config.ts'
import type { Clock, CommandRun, Log, Runner } from '../../core/model/ports.ts'
import type { Run } from '../../core/model/types.ts'
import { plural } from '../../core/text/plural.ts'
import { named } from '../../core/text/printable.ts'

/** Runs on this node what others send to its places. */
export interface Worker {
  /** Commands that run at this moment. */
  readonly runningCount: number
  /** Takes nothing more. Resolves when what runs has ended, and its results are sent. */
  close(): Promise<void>
}

interface Options {
  readonly clock: Clock
  readonly taker: WorkTaker
  readonly runner: Runner
  readonly log: Log
  /** The ids of runs on this machine are its own: two nodes may be on one. */
  readonly nextRunId: () => string
  readonly node: string
  readonly places: readonly Place[]
  readonly slots: number
  /** Why a command is not run here; null if it is. */
  readonly refuse: (run: CommandRun) => string | null
}

/** Others get an item after about three times this without a word. */
const WORKING_EVERY_MS = 3000
/** Without resources to start a command, it is tried again after this. */
const AGAIN_MS = 1000

export function createWorker(options: Options): Worker {
  const { clock, taker, runner, log, nextRunId, node, places, slots, refuse } = options
  let runningCount = 0
  let isClosing = false

  const pause = (ms: number) => new Promise<void>((resolve) => clock.setTimer(ms, resolve))

  /** Tries again while the machine has no room for it, and the item is good. */
  const runInTime = async (run: CommandRun, untilMs: number): Promise<Run> => {
    for (;;) {
      const result = await runner.run({ ...run, runId: nextRunId() })
      const isExhausted = result.ending.kind === 'void' && result.ending.isExhausted
      if (!isExhausted || isClosing || clock.monotonicMs() + AGAIN_MS > untilMs) return result
      await pause(AGAIN_MS)
    }
  }

  const withSigns = async (work: TakenWork, result: Promise<Run>): Promise<Run> => {
    let cancel = () => {}
    const say = () => {
      cancel = clock.setTimer(WORKING_EVERY_MS, say)
      work.working()
    }
    cancel = clock.setTimer(WORKING_EVERY_MS, say)
    try {
      return await result
    } finally {
      cancel()
    }
  }

  const perform = async (work: TakenWork) => {
    const { item, ageMs } = work
    const about = { monitor: item.monitor, work: item.id }
    if (ageMs >= item.goodForMs) {
      log.write('debug', `${named(item.monitor)} came too late, and is not run`, about)
      return work.drop()
    }
    const refusal = refuse(item.run)
    if (refusal !== null) log.write('warn', `${named(item.monitor)} is not run: this node ${refusal}`, about)
    const untilMs = clock.monotonicMs() + item.goodForMs - ageMs
    const run = refusal === null ? await withSigns(work, runInTime(item.run, untilMs)) : notStarted(node, refusal)
    // What this node has ended because it stops is for another one, where there is one.
    if (isClosing && run.ending.kind === 'void' && item.place.kind === 'tag') return
    await work.finish({ id: item.id, epoch: item.epoch, node, run })
    log.write('debug', `${named(item.monitor)} has run`, { ...about, duration_ms: Math.round(run.durationMs) })
  }

  const taking = taker.take(places, slots, async (work) => {
    runningCount++
    try {
      await perform(work)
    } finally {
      runningCount--
    }
  })

  return {
    get runningCount() {
      return runningCount
    },
    async close() {
      isClosing = true
      if (runningCount > 0) log.write('info', `waiting for ${plural(runningCount, 'check')} to end`)
      await taking.close()
    },
  }
}

function notStarted(node: string, refusal: string): Run {
  const ending = { kind: 'not_started', reason: `agent ${node} ${refusal}` } as const
  return { ending, output: '', durationMs: 0, escapeeCount: 0, isUnkillable: false }
}

/** The places that a node is. */
export function placesOf({
  node,
  tags,
}: {
  readonly node: string
  readonly tags: readonly string[]
}): readonly Place[] {
  return [{ kind: 'node', node }, ...tags.map((tag): Place => ({ kind: 'tag', tag }))]
}
