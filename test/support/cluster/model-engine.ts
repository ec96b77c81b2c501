import { readFileSync, writeFileSync } from 'node:fs'
import {
  type Engine,
  type HeldLease,
  type JournalRecord,
  type KnownNode,
  type Letters,
  type NodeCard,
  NoLeader,
  type Published,
  type TakenWork,
  type WorkItem,
  type WorkResult,
} from '../../../src/core/model/cluster.ts'
import type { Place } from '../../../src/core/model/cluster-config.ts'
import type { Clock } from '../../../src/core/model/ports.ts'
import type { Random } from '../random.ts'

/** How a network and an engine behave; all of it may be changed while they run. */
export interface EngineFaults {
  /** How long a message takes, each way. */
  delayMs: readonly [low: number, high: number]
  /** How often an answer is lost although the engine has done what it was asked. */
  lostAnswers: number
  /** How often the engine gets a request twice. */
  duplicates: number
}

/** What nodes would ask of NATS, on a clock that the test moves. */
export interface ModelEngine {
  readonly faults: EngineFaults
  /** The engine as a process on this node sees it, and that process's clock, which a freeze stops. */
  connect(node: string): { readonly engine: Engine; readonly clock: Clock }
  /** From now on nothing reaches this node, nor comes from it. */
  cut(node: string): void
  heal(node: string): void
  /** Stops the processes of this node: their timers and answers wait for `thaw`. */
  freeze(node: string): void
  thaw(node: string): void
  /** Ends the processes of this node: nothing is answered, no timer fires any more. */
  kill(node: string): void
  stop(): void
  /** It comes back with all it had; leases go on running out meanwhile. */
  start(): void
  /** Forgets all records before this one, as a journal that is full does. */
  trim(firstSequence: number): void
  /** Takes back the last record, which some may have seen, as an engine does that has lost the only server with it. */
  takeBack(): void
  /** Another journal in the place of this one, without a base copy. */
  renew(): void
  /** `by` is the node that published it. */
  readonly records: readonly {
    readonly sequence: number
    readonly id: string
    readonly by: string
    readonly record: JournalRecord
  }[]
  readonly leader: string | null
}

interface Options {
  readonly clock: Clock
  readonly random: Random
  readonly takeoverMs: number
}

/** A call that has no answer fails after this. */
const ANSWER_LIMIT_MS = 3000
/** How soon a client notices that its connection is gone, or back. */
const NOTICE_MS = 2000
const RECORDS_AHEAD = 64
const WORK_ACK_MS = 10_000
/** A node asks for work again after this, at the latest. */
const PULL_MS = 15_000
/** How long the card of an agent is good for; that of a server is as long as its lease. */
const AGENT_CARD_MS = 15_000
const GONE = 'the engine does not answer'

interface Process {
  readonly node: string
  isAlive: boolean
  /** What happens when the node is thawed, in order. */
  readonly held: (() => void)[]
  readonly wakers: Set<() => void>
  trouble: string | null
  onTrouble: (trouble: string | null) => void
  /** Of its next lease: one whose answer was lost is known by it. */
  token: number
}

interface Queued {
  readonly item: WorkItem
  readonly sentAtMs: number
  deliveries: number
}

export function createModelEngine({ clock, random, takeoverMs }: Options): ModelEngine {
  const faults: EngineFaults = { delayMs: [1, 5], lostAnswers: 0, duplicates: 0 }
  const processes = new Set<Process>()
  const cutNodes = new Set<string>()
  /** Since when nodes stand still. */
  const frozen = new Map<string, number>()
  let isUp = true

  let journalId = 'journal-1'
  let journals = 1
  let firstSequence = 1
  let records: { sequence: number; id: string; by: string; record: JournalRecord }[] = []
  let lastSequence = 0
  let base: {
    readonly about: { readonly journalId: string; readonly sequence: number }
    readonly bytes: Buffer
  } | null = null
  let lease: { readonly node: string; readonly token: number; readonly epoch: number; untilMs: number } | null = null
  let epochs = 0
  let tokens = 0
  const cards = new Map<string, { readonly card: NodeCard; readonly seenAtMs: number }>()
  const queues = new Map<string, Queued[]>()
  const sentIds = new Set<string>()
  let redelivered = 0
  const takers = new Set<() => void>()
  const resultListeners = new Set<{ readonly process: Process; readonly listener: (result: WorkResult) => void }>()
  const answerers = new Set<{
    readonly process: Process
    readonly topic: string
    readonly answerTo: Parameters<Letters['answer']>[1]
  }>()

  const reaches = ({ node, isAlive }: Process) => isUp && isAlive && !cutNodes.has(node)
  const delay = () => random.between(...faults.delayMs)

  /** Now, or when the process is no longer frozen; never if it was killed. */
  const whenAwake = (process: Process, work: () => void) => {
    if (!process.isAlive) return
    if (frozen.has(process.node)) process.held.push(work)
    else work()
  }

  const wake = () => {
    for (const process of processes) for (const waker of [...process.wakers]) waker()
  }

  /** A request and its answer. */
  const call = <Result>(process: Process, work: () => Result): Promise<Result> =>
    new Promise((resolve, reject) => {
      const cancel = clockOf(process).setTimer(ANSWER_LIMIT_MS, () => reject(new Error(GONE)))
      const answer = (result: () => Result) => {
        clock.setTimer(delay(), () => {
          if (!reaches(process) || random.chance(faults.lostAnswers)) return
          whenAwake(process, () => {
            cancel()
            try {
              resolve(result())
            } catch (error) {
              reject(error)
            }
          })
        })
      }
      clock.setTimer(delay(), () => {
        if (!reaches(process)) return
        const attempt = (): (() => Result) => {
          try {
            const result = work()
            return () => result
          } catch (error) {
            return () => {
              throw error
            }
          }
        }
        const first = attempt()
        if (random.chance(faults.duplicates)) attempt()
        answer(first)
        wake()
      })
    })

  const clockOf = (process: Process): Clock => ({
    monotonicMs: () => clock.monotonicMs(),
    wallMs: () => clock.wallMs(),
    setTimer(delayMs, callback) {
      let isCancelled = false
      const cancel = clock.setTimer(delayMs, () => whenAwake(process, () => isCancelled || callback()))
      return () => {
        isCancelled = true
        cancel()
      }
    },
  })

  const publish = (by: string, record: JournalRecord, expected: number): Published => {
    const { id } = record
    const known = records.findLast((one) => one.id === id)
    if (known !== undefined) return { kind: 'kept', sequence: known.sequence }
    if (expected !== lastSequence) return { kind: 'stale' }
    lastSequence++
    records.push({ sequence: lastSequence, id, by, record })
    return { kind: 'kept', sequence: lastSequence }
  }

  const leader = () => (lease !== null && clock.monotonicMs() < lease.untilMs ? lease : null)

  const heldLease = (process: Process, { epoch, token }: { epoch: number; token: number }): HeldLease => ({
    epoch,
    async renew() {
      try {
        return await call(process, () => {
          const held = leader()
          if (held?.token !== token) return { kind: 'lost' }
          held.untilMs = clock.monotonicMs() + takeoverMs
          return { kind: 'held' }
        })
      } catch (error) {
        return { kind: 'failed', reason: (error as Error).message }
      }
    },
    async release() {
      await call(process, () => {
        if (lease?.token === token) lease = null
      }).catch(() => {})
    },
  })

  const follow = (
    process: Process,
    from: number,
    { take, onGap }: { take: (sequence: number, record: JournalRecord) => Promise<void>; onGap: () => void },
  ) => {
    const ofJournal = journalId
    let next = from
    let ahead = 0
    let isBusy = false
    let isClosed = false
    const close = () => {
      isClosed = true
      process.wakers.delete(pump)
    }
    const pump = () => {
      if (isBusy || isClosed || !reaches(process) || frozen.has(process.node)) return
      if (ofJournal !== journalId || next < firstSequence || next > lastSequence + 1) {
        close()
        clock.setTimer(delay(), () => whenAwake(process, onGap))
        return
      }
      const found = records[next - firstSequence]
      if (found === undefined) return
      isBusy = true
      // Many are on their way at once.
      const isFirst = ahead === 0
      ahead = isFirst ? Math.min(RECORDS_AHEAD, lastSequence - next) : ahead - 1
      clock.setTimer(isFirst ? delay() : 0, () => {
        const isLost = !reaches(process)
        whenAwake(process, () => {
          if (isClosed) return
          if (isLost) {
            ahead = 0
            isBusy = false
            clock.setTimer(delay(), pump)
            return
          }
          void take(next, found.record).then(() => {
            next++
            isBusy = false
            pump()
          })
        })
      })
    }
    process.wakers.add(pump)
    clock.setTimer(delay(), pump)
    return {
      async close() {
        close()
      },
    }
  }

  const take = (process: Process, places: readonly Place[], slots: number, run: (work: TakenWork) => Promise<void>) => {
    let running = 0
    let isClosed = false
    let onIdle = () => {}
    const pump = () => {
      // Into a frozen one, too, until what it has asked for runs out.
      const frozenMs = clock.monotonicMs() - (frozen.get(process.node) ?? Number.POSITIVE_INFINITY)
      if (isClosed || !reaches(process) || frozenMs > PULL_MS) return
      for (const place of places) {
        const queue = queues.get(placeText(place))
        for (let queued = queue?.[0]; queued !== undefined && running < slots; queued = queue?.[0]) {
          queue?.shift()
          const nowMs = clock.monotonicMs()
          if (nowMs - queued.sentAtMs <= queued.item.goodForMs) begin(queued)
        }
      }
    }
    const begin = (queued: Queued) => {
      running++
      if (queued.deliveries++ > 0) redelivered++
      let isDone = false
      let cancel = () => {}
      const expectSign = () => {
        cancel()
        cancel = clock.setTimer(WORK_ACK_MS, () => {
          if (isDone) return
          isDone = true
          const queue = queues.get(placeText(queued.item.place)) ?? []
          queue.unshift(queued)
          queues.set(placeText(queued.item.place), queue)
          for (const other of takers) other()
        })
      }
      const done = () => {
        isDone = true
        cancel()
      }
      expectSign()
      clock.setTimer(delay(), () =>
        whenAwake(process, () => {
          void run({
            item: queued.item,
            ageMs: clock.monotonicMs() - queued.sentAtMs,
            working: () => void (reaches(process) && !isDone && expectSign()),
            async finish(result) {
              await call(process, () => {
                for (const { process: at, listener } of resultListeners)
                  clock.setTimer(delay(), () => reaches(at) && whenAwake(at, () => listener(result)))
                if (!isDone) done()
              }).catch(() => {})
            },
            drop: () => void (reaches(process) && done()),
          }).then(() => {
            running--
            if (running === 0) onIdle()
            pump()
          })
        }),
      )
    }
    takers.add(pump)
    process.wakers.add(pump)
    clock.setTimer(delay(), pump)
    return {
      close(): Promise<void> {
        isClosed = true
        takers.delete(pump)
        process.wakers.delete(pump)
        return running === 0
          ? Promise.resolve()
          : new Promise((resolve) => {
              onIdle = resolve
            })
      },
    }
  }

  const ask = async function* (
    process: Process,
    { topic, request, signal }: { topic: string; request: Uint8Array; signal: AbortSignal | undefined },
  ): AsyncGenerator<Uint8Array> {
    const answerer = await call(process, () => {
      const found = [...answerers].findLast((one) => one.topic === topic && reaches(one.process))
      if (found === undefined) throw new NoLeader()
      return found
    })
    const ending = new AbortController()
    signal?.addEventListener('abort', () => ending.abort())
    for await (const part of answerer.answerTo(request, ending.signal)) {
      yield await call(process, () => {
        if (!reaches(answerer.process)) throw new Error(GONE)
        return part
      })
    }
  }

  const notice = (process: Process) => {
    clock.setTimer(NOTICE_MS, () =>
      whenAwake(process, () => {
        const trouble = reaches(process) ? null : GONE
        if (trouble === process.trouble) return
        process.trouble = trouble
        process.onTrouble(trouble)
      }),
    )
  }
  const change = () => {
    wake()
    for (const process of processes) notice(process)
  }

  return {
    faults,
    connect(node) {
      const process: Process = {
        node,
        isAlive: true,
        held: [],
        wakers: new Set(),
        trouble: null,
        onTrouble: () => {},
        token: ++tokens,
      }
      processes.add(process)
      if (!reaches(process)) process.trouble = GONE
      const engine: Engine = {
        journal: {
          state: () => call(process, () => ({ id: journalId, firstSequence, lastSequence })),
          idOf: (sequence) => call(process, () => records[sequence - firstSequence]?.id ?? null),
          async publish(record, expected) {
            try {
              return await call(process, () => publish(node, record, expected))
            } catch (error) {
              return { kind: 'failed', reason: (error as Error).message }
            }
          },
          follow: (from, takeRecord, onGap) => follow(process, from, { take: takeRecord, onGap }),
        },
        base: {
          async put(path, about) {
            const bytes = readFileSync(path)
            await call(process, () => {
              base = { about, bytes }
            })
          },
          look: () => call(process, () => base?.about ?? null),
          async get(path) {
            const found = await call(process, () => base)
            if (found === null) throw new Error('there is no base copy')
            writeFileSync(path, found.bytes, { mode: 0o600 })
          },
        },
        lease: {
          async acquire(name) {
            try {
              const answer = await call(process, () => {
                const held = leader()
                if (held !== null && held.token !== process.token) return { by: held.node }
                if (held !== null) return held
                epochs++
                lease = { node: name, token: process.token, epoch: epochs, untilMs: clock.monotonicMs() + takeoverMs }
                return lease
              })
              if ('by' in answer) return { kind: 'taken', by: answer.by }
              process.token = ++tokens
              return { kind: 'held', lease: heldLease(process, answer) }
            } catch (error) {
              return { kind: 'failed', reason: (error as Error).message }
            }
          },
          holder: () =>
            call(process, () => {
              const held = leader()
              return held === null ? null : { node: held.node, epoch: held.epoch }
            }),
        },
        presence: {
          say: (card) =>
            call(process, () => {
              cards.set(card.name, { card, seenAtMs: clock.wallMs() })
              return null
            }),
          leave: (name) => call(process, () => void cards.delete(name)),
          nodes: () =>
            call(process, () =>
              [...cards.values()].map(
                ({ card, seenAtMs }): KnownNode => ({
                  ...card,
                  seenAtMs,
                  isThere: clock.wallMs() - seenAtMs < (card.kind === 'agent' ? AGENT_CARD_MS : takeoverMs),
                }),
              ),
            ),
        },
        sender: {
          send: (item) =>
            call(process, () => {
              if (sentIds.has(item.id)) return
              sentIds.add(item.id)
              const place = placeText(item.place)
              const queue = queues.get(place) ?? []
              queues.set(place, queue)
              queue.push({ item, sentAtMs: clock.monotonicMs(), deliveries: 0 })
              for (const pump of takers) pump()
            }),
          onResult(listener) {
            const one = { process, listener }
            resultListeners.add(one)
            return () => resultListeners.delete(one)
          },
          queued: () =>
            call(process, () => ({
              waiting: new Map([...queues].map(([place, queue]) => [place, queue.length])),
              redelivered,
            })),
        },
        taker: { take: (places, slots, run) => take(process, places, slots, run) },
        letters: {
          async ask(topic, request, signal) {
            const parts = ask(process, { topic, request, signal })
            const first = await parts.next()
            return (async function* () {
              if (first.done !== true) yield first.value
              yield* parts
            })()
          },
          answer(topic, answerTo) {
            const one = { process, topic, answerTo }
            answerers.add(one)
            return () => answerers.delete(one)
          },
        },
        trouble: () => process.trouble,
        onTrouble(listener) {
          process.onTrouble = listener
        },
        async close() {
          process.wakers.clear()
        },
      }
      return { engine, clock: clockOf(process) }
    },
    cut(node) {
      cutNodes.add(node)
      change()
    },
    heal(node) {
      cutNodes.delete(node)
      change()
    },
    freeze: (node) => void frozen.set(node, clock.monotonicMs()),
    thaw(node) {
      frozen.delete(node)
      for (const process of processes) {
        if (process.node !== node) continue
        for (const work of process.held.splice(0)) whenAwake(process, work)
      }
      wake()
    },
    kill(node) {
      for (const process of processes) {
        if (process.node !== node) continue
        process.isAlive = false
        processes.delete(process)
      }
      for (const one of answerers) if (!one.process.isAlive) answerers.delete(one)
    },
    stop() {
      isUp = false
      change()
    },
    start() {
      isUp = true
      change()
    },
    trim(first) {
      firstSequence = first
      records = records.filter(({ sequence }) => sequence >= first)
    },
    takeBack() {
      records = records.slice(0, -1)
      lastSequence--
    },
    renew() {
      journalId = `journal-${++journals}`
      records = []
      firstSequence = 1
      lastSequence = 0
      base = null
      wake()
    },
    get records() {
      return records
    },
    get leader() {
      return leader()?.node ?? null
    },
  }
}

function placeText(place: Place): string {
  return place.kind === 'node' ? `node:${place.node}` : `tag:${place.tag}`
}
