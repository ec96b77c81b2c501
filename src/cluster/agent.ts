import type { Engine, OwnCard } from '../core/model/cluster.ts'
import { onEdge } from '../core/model/on-edge.ts'
import type { Clock, CommandRun, Log, Runner } from '../core/model/ports.ts'
import { createNamesake } from './nodes/namesake.ts'
import { refusalOf } from './work/allowed.ts'
import { createWorker, placesOf } from './work/worker.ts'

export interface Agent {
  /** Takes nothing more, gives what runs some time to end, and leaves. */
  stop(): Promise<void>
  /** Cuts a stop short. */
  hurry(): void
}

interface Options {
  readonly engine: Engine
  readonly runner: Runner
  readonly clock: Clock
  readonly log: Log
  readonly nextRunId: () => string
  /** What stays the same of the node's card. */
  readonly about: Pick<OwnCard, 'name' | 'version' | 'hostname' | 'tags' | 'slots'>
  /** Programs that it may run; null is all. */
  readonly allow: readonly string[] | null
}

/** How long the card of an agent is good for. */
export const CARD_GOOD_FOR_MS = 15_000
/** Like a daemon's alerts: stopping a container waits 10 s before SIGKILL. */
const DRAIN_MS = 7000
/** For what is said after that. */
const LAST_WORDS_MS = 1000

const ONLY_OF_SERVERS = { configuration: null, sequence: null, unpublished: 0 } as const

/** A node that only runs what it is given: it says that it is there, and takes work, until it is stopped. */
export function startAgent({ engine, runner, clock, log, nextRunId, about, allow }: Options): Agent {
  const { name, tags, slots } = about
  const startedAtMs = Math.round(clock.wallMs())
  const refuse = (run: CommandRun) => (allow === null ? null : refusalOf(run, allow))
  const places = placesOf({ node: name, tags })
  const worker = createWorker({ clock, taker: engine.taker, runner, log, nextRunId, node: name, places, slots, refuse })

  const report = onEdge(log, {
    begins: (trouble: string) => ['warn', `nothing is run here for now: ${trouble}`],
    ends: 'connected',
  })
  report(engine.trouble())
  engine.onTrouble(report)

  const within = async (limitMs: number, work: Promise<void>) => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const cancelLimit = clock.setTimer(limitMs, resolve)
    await Promise.race([work, promise])
    cancelLimit()
  }

  const namesake = createNamesake({ node: name, clock, log, goodForMs: () => CARD_GOOD_FOR_MS })
  let isSaying = false
  let cancel = () => {}
  const say = async () => {
    // One that hangs is not joined by others.
    if (isSaying) return
    isSaying = true
    const running = worker.runningCount
    const card: OwnCard = { ...about, ...ONLY_OF_SERVERS, kind: 'agent', startedAtMs, running }
    const saidAtMs = Math.round(clock.wallMs())
    const said = engine.presence.say({ ...card, sequenceBefore: null, saidAtMs, namesake: namesake.host() })
    // Trouble of the connection is told where that is looked after.
    await said.then(namesake.note, (error: Error) => {
      log.write('debug', `cannot say that this node is there: ${error.message}`)
    })
    isSaying = false
  }
  const sayAgain = () => {
    cancel = clock.setTimer(CARD_GOOD_FOR_MS / 3, sayAgain)
    void say()
  }
  sayAgain()

  return {
    async stop() {
      cancel()
      const cancelDrain = clock.setTimer(DRAIN_MS, () => void runner.close())
      // Without a connection, results and farewells would wait for one.
      await within(DRAIN_MS + LAST_WORDS_MS, worker.close())
      cancelDrain()
      await runner.close()
      await within(
        LAST_WORDS_MS,
        engine.presence.leave(name).catch(() => {}),
      )
      await within(LAST_WORDS_MS, engine.close())
    },
    hurry: () => void runner.close(0),
  }
}
