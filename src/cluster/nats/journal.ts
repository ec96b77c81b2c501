import { jetstream, jetstreamManager, type StoredMsg } from '@nats-io/jetstream'
import type { NatsConnection } from '@nats-io/transport-node'
import type { Journal, JournalRecord, JournalState, Published } from '../../core/model/cluster.ts'
import { sizeText } from '../../core/text/size.ts'
import { type Link, QUESTION_TIMEOUT_MS } from './link.ts'
import { type Names, tokenOf } from './names.ts'
import { API_CODE, isApiError, isFull, requestReason } from './reason.ts'

/** Shorter ones would hardly shrink. */
const SHORTEST_TO_COMPRESS_BYTES = 1_024
/** The engine counts headers, too: the id and the expected sequence. */
const HEADER_BYTES = 1_024
/** What was not acknowledged is published again: when the engine's servers choose another leader, soon is best. */
const PUBLISH_TIMEOUT_MS = 3_000
/** Asked for at once while following. */
const RECORDS_AHEAD = 32
/** How often to look for a new record where none was announced. */
const LOOK_EVERY_MS = 1_500
/** One that was heard of may not be kept yet: it is looked for again so soon, then after twice that, and so on. */
const FIRST_LOOK_MS = 10
/** A server of the engine that has just begun to lead may not know all records yet: so often it is asked again. */
const TRIES_FOR_LAST = 20

/** The journal in a stream: its sequences are the engine's, and so is who came first. */
export function createJournal(link: Link, names: Names): Journal {
  const stateOf = async (connection: NatsConnection): Promise<JournalState> => {
    const manager = await jetstreamManager(connection, { timeout: QUESTION_TIMEOUT_MS, checkAPI: false })
    const { created, state } = await manager.streams.info(names.journal)
    const lastSequence = state.last_seq
    return { id: created, firstSequence: state.messages === 0 ? lastSequence + 1 : state.first_seq, lastSequence }
  }

  /** The engine knows ids for a while only, and in a cluster not before all have them: the record itself knows its own. */
  const idOf = async (connection: NatsConnection, sequence: number): Promise<string | null> => {
    const manager = await jetstreamManager(connection, { timeout: QUESTION_TIMEOUT_MS, checkAPI: false })
    try {
      const found = await manager.streams.getMessage(names.journal, { seq: sequence })
      return found === null ? null : (await decodeRecord(found)).id
    } catch (error) {
      if (isApiError(error, API_CODE.noMessage)) return null
      throw error
    }
  }

  const publish = async (
    connection: NatsConnection,
    record: JournalRecord,
    lastSequence: number,
  ): Promise<Published> => {
    const bytes = encodeRecord(record)
    const limit = (connection.info?.max_payload ?? 0) - HEADER_BYTES
    if (bytes.length > limit) {
      const reason = `a record of ${sizeText(bytes.length)} is too large for NATS, which takes ${sizeText(limit)}`
      return { kind: 'failed', reason }
    }
    try {
      const options = { msgID: tokenOf(record.id), expect: { lastSequence }, timeout: PUBLISH_TIMEOUT_MS }
      const { seq } = await jetstream(connection).publish(names.journalSubject, bytes, options)
      // Where the engine has changed its own leader, it may have let something of another server in before this one.
      return seq === lastSequence + 1 ? { kind: 'kept', sequence: seq } : { kind: 'stale' }
    } catch (error) {
      if (!isApiError(error, API_CODE.wrongLastSequence)) throw error
      const found = await idOf(connection, lastSequence + 1)
      if (found === record.id) return { kind: 'kept', sequence: lastSequence + 1 }
      if (found !== null) return { kind: 'stale' }
      // Nobody's is there yet, but it is on its way: it may be this one.
      const state = await stateOf(connection)
      if (state.lastSequence !== lastSequence) return { kind: 'stale' }
      return { kind: 'failed', reason: 'NATS has not agreed on the last record yet' }
    }
  }

  return {
    async state() {
      try {
        return await link.ask(stateOf)
      } catch (error) {
        throw new Error(requestReason(error))
      }
    },
    async idOf(sequence) {
      try {
        return await link.ask((connection) => idOf(connection, sequence))
      } catch (error) {
        throw new Error(requestReason(error))
      }
    },
    async publish(record, lastSequence) {
      try {
        return await link.ask((connection) => publish(connection, record, lastSequence))
      } catch (error) {
        return {
          kind: 'failed',
          reason: isFull(error) ? `journal full: ${requestReason(error)}` : requestReason(error),
        }
      }
    },
    follow(fromSequence, take, onGap) {
      const ending = new AbortController()
      const done = followOn(link, {
        names,
        stateOf,
        fromSequence,
        take,
        onGap,
        signal: AbortSignal.any([ending.signal, link.ending]),
      })
      return {
        async close() {
          ending.abort()
          await done
        },
      }
    },
  }
}

interface Following {
  readonly names: Names
  readonly stateOf: (connection: NatsConnection) => Promise<JournalState>
  readonly fromSequence: number
  readonly take: (sequence: number, record: JournalRecord) => Promise<void>
  readonly onGap: () => void
  readonly signal: AbortSignal
}

/**
 * Reads on until the end, or a gap. Whatever goes wrong on the way, it asks anew for the record that is to come next. Each is
 * asked of the server of the engine that leads the stream, and no consumer brings it: after a partition, other servers of 2.9
 * may lack records for good, or have ones that were never kept.
 */
async function followOn(link: Link, { names, stateOf, fromSequence, take, onGap, signal }: Following): Promise<void> {
  let next = fromSequence
  let journalId: string | null = null
  let triesForLast = 0

  const readOn = async (connection: NatsConnection): Promise<'gap' | 'more' | 'nothing'> => {
    const { id, firstSequence, lastSequence } = await stateOf(connection)
    const isOther = journalId !== null && journalId !== id
    journalId = id
    triesForLast = next > lastSequence + 1 ? triesForLast + 1 : 0
    if (isOther || next < firstSequence || triesForLast > TRIES_FOR_LAST) return 'gap'
    if (next > lastSequence) return 'nothing'
    const { streams } = await jetstreamManager(connection, { timeout: QUESTION_TIMEOUT_MS, checkAPI: false })
    const sequences = Array.from(
      { length: Math.min(RECORDS_AHEAD, lastSequence - next + 1) },
      (_, index) => next + index,
    )
    for (const message of await Promise.all(sequences.map((seq) => streams.getMessage(names.journal, { seq })))) {
      if (message === null) return 'nothing'
      const record = await decodeRecord(message)
      if (signal.aborted) return 'nothing'
      await take(next, record)
      next++
    }
    return 'more'
  }

  let pauseMs = LOOK_EVERY_MS
  let wake = () => {}
  /** What somebody publishes is heard before it is kept. */
  const hear = () => {
    pauseMs = FIRST_LOOK_MS
    wake()
  }
  const pause = (ms: number) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms)
      wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  const stops = [link.listen(names.journalSubject, hear), link.onUsable(hear)]
  const end = () => {
    for (const stop of stops) stop()
    wake()
  }
  signal.addEventListener('abort', end)
  while (!signal.aborted) {
    const plannedMs = pauseMs
    pauseMs = LOOK_EVERY_MS
    const found = await link.call(readOn).catch(() => 'nothing')
    if (signal.aborted) return
    if (found === 'gap') {
      signal.removeEventListener('abort', end)
      end()
      return onGap()
    }
    if (found === 'more') continue
    // Heard meanwhile, or a moment ago: it may take the engine a little to keep it.
    pauseMs = Math.min(pauseMs, 2 * plannedMs)
    await pause(pauseMs)
  }
}

/** One line of JSON about it, then the writes; as a whole compressed where that helps. */
function encodeRecord({ writes, ...about }: JournalRecord): Uint8Array {
  const plain = Buffer.from(`${JSON.stringify(about)}\n${writes}`)
  return plain.length < SHORTEST_TO_COMPRESS_BYTES ? plain : Bun.zstdCompressSync(plain)
}

/** What begins like a frame of zstd. JSON does not. */
const isCompressed = (bytes: Uint8Array) => bytes[0] === 0x28 && bytes[1] === 0xb5

async function decodeRecord({ data }: StoredMsg): Promise<JournalRecord> {
  const text = new TextDecoder().decode(isCompressed(data) ? await Bun.zstdDecompress(data) : data)
  const end = text.indexOf('\n')
  return { ...(JSON.parse(text.slice(0, end)) as Omit<JournalRecord, 'writes'>), writes: text.slice(end + 1) }
}
