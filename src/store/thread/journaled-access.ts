import type { Journal, Published } from '../../core/model/cluster.ts'
import type { Clock } from '../../core/model/ports.ts'
import type { Write } from '../tables/apply-writes.ts'
import type { JournalPosition, UnpublishedRecord } from '../tables/journaled.ts'
import type { Applied, ServerAccess } from './database-thread.ts'

/** Of a record's writes as JSON: an engine takes one megabyte, in which they are quoted once more. */
const RECORD_BYTES = 256 * 1024
/** How many kept records are published before others have their turn. */
const PUBLISHED_AT_ONCE = 50
/** What the journal has and the own file has not is waited for no longer than this. */
const CATCH_UP_MS = 5000

/** The own file of a server that leads or is alone. The queue of writes takes it for any other file. */
export interface JournaledAccess extends ServerAccess {
  /** The journal it follows, and the last record that it knows of; null before `open`, and in a file of no journal. */
  position(): JournalPosition | null
  /** How many records wait in the own file to be published. */
  unpublishedCount(): number
  /** From now on writes go to the own file and wait there to be published. So it is at first. */
  goAlone(): void
  /** This server stops: from now on, what cannot be published is kept in the own file at once, as it is by one that is alone. */
  keepLast(): void
  /**
   * Publishes what has waited, then that this server leads, and from then on each batch before it is applied. `stale`:
   * another has led meanwhile. `failed`: the engine did not answer; what has waited goes on waiting.
   */
  lead(epoch: number): Promise<{ readonly kind: 'leads' } | { readonly kind: 'stale' } | Failed>
  /**
   * The own file begins this journal: what it has is in no record, but in the copies of it. Others can follow once `handOut`
   * has given them one, before anything more is written; it resolves to why it cannot, or null.
   */
  begin(position: JournalPosition, handOut: () => Promise<string | null>): Promise<{ readonly kind: 'kept' } | Failed>
  /** No call is answered from now on, and nothing is published. Resolves when the file is closed. */
  abandon(): Promise<void>
}

interface Failed {
  readonly kind: 'failed'
  readonly reason: string
}

interface Options {
  readonly access: ServerAccess
  readonly journal: Journal
  readonly clock: Clock
  readonly node: string
  /** Unique, in all lives of all servers. */
  readonly newId: () => string
  /** Another server has written: this one leads no more. Called once. */
  readonly onStale: () => void
  /** While this server leads, its file was found to be damaged or gone. */
  readonly onDamage: (reason: string) => void
}

/** On its way to the journal; by its writes, as the queue gives those again after a failure. */
interface Outgoing extends UnpublishedRecord {
  readonly of: readonly Write[]
}

type Mode =
  | { readonly kind: 'alone' }
  | { readonly kind: 'leading'; readonly epoch: number }
  | { readonly kind: 'over' }

const KEPT: Applied = { kind: 'kept', refused: [] }

/**
 * A database whose writes are in the journal of all servers before they are in the file: the journal's acknowledgement is
 * the commit. A record that was not acknowledged may be kept or not: it is published again, under its id, before all
 * others. Whatever happens to connections, each write is in the journal once, in order.
 */
export function createJournaledAccess(options: Options): JournaledAccess {
  const { access, journal, clock, node, newId, onStale, onDamage } = options
  let mode: Mode = { kind: 'alone' }
  let isLast = false
  /** What is known of the journal; the file is behind it while it cannot be written. */
  let known: JournalPosition | null = null
  let inFile: JournalPosition | null = null
  let unpublishedCount = 0
  /** Published, and not acknowledged. */
  let unresolved: Outgoing | null = null
  /** Writes that are in the journal, and were given back to the queue as the file could not take them. */
  let published = new Set<Write>()
  /** What others have changed in the file, for the next batch. */
  let ofOthers: readonly Write[] = []
  let turn: Promise<void> = Promise.resolve()
  let endTurn = () => {}

  /** One thing after another. */
  const inTurn = <Result>(work: () => Promise<Result>): Promise<Result> => {
    const before = turn
    const { promise, resolve } = Promise.withResolvers<void>()
    turn = promise
    return before.then(() => {
      endTurn = resolve
      return work().finally(resolve)
    })
  }

  /** Others have their turn: they must hear that it is over. */
  const noAnswer = (): Promise<never> => {
    endTurn()
    return new Promise(() => {})
  }

  const endWith = (tell: () => void): Promise<never> => {
    if (mode.kind !== 'over') {
      mode = { kind: 'over' }
      tell()
    }
    return noAnswer()
  }

  const outgoing = (part: Part, nowMs: number): Outgoing => ({ id: newId(), nowMs, ...part })

  /** `known` has the record's sequence once it is kept. */
  const publish = async (record: UnpublishedRecord, epoch: number): Promise<Published> => {
    if (known === null) return { kind: 'stale' }
    const { id, nowMs, writes } = record
    const sent = await journal.publish({ id, previousId: known.recordId, epoch, nowMs, writes }, known.sequence)
    if (sent.kind === 'kept') known = { id: known.id, sequence: sent.sequence, recordId: id }
    return sent
  }

  /** Applies what the last records have, in one transaction, or more if the file was behind them. */
  const applyToFile = async (parts: readonly Part[], nowMs: number): Promise<Applied> => {
    if (known === null || inFile === null || inFile.sequence + parts.length < known.sequence) return catchUp()
    const applied = await access.applyJson(joined([...parts, positionAt(known)]), nowMs)
    if (applied.kind === 'kept') inFile = known
    else if (applied.isDamaged) return endWith(() => onDamage(applied.reason))
    return applied
  }

  /** The file takes from the journal what it could not take before. */
  const catchUp = async (): Promise<Applied> => {
    if (known === null || inFile === null) return KEPT
    const { id: journalId, sequence: last } = known
    const { promise, resolve } = Promise.withResolvers<Applied>()
    let isOver = false
    let applying: Promise<unknown> = Promise.resolve()
    const failed = (reason: string) => resolve({ kind: 'failed', reason, isDamaged: false })
    const following = journal.follow(
      inFile.sequence + 1,
      async (sequence, { id, nowMs, writes }) => {
        const position = { id: journalId, sequence, recordId: id }
        // Nothing may come after a failure.
        if (isOver) return new Promise(() => {})
        const underway = access.applyJson(joined([{ writes }, positionAt(position)]), nowMs)
        applying = underway
        const applied = await underway
        if (applied.kind === 'kept') inFile = position
        else isOver = true
        if (isOver || sequence === last) resolve(applied)
      },
      () => failed('the journal no longer has what the file lacks'),
    )
    const cancel = clock.setTimer(CATCH_UP_MS, () => failed('the engine does not answer'))
    const applied = await promise
    isOver = true
    cancel()
    void following.close()
    // What is on its way into the file must not be asked for again.
    await applying
    if (applied.kind === 'failed' && applied.isDamaged) return endWith(() => onDamage(applied.reason))
    return applied
  }

  const isBehind = () => (inFile?.sequence ?? 0) < (known?.sequence ?? 0)

  /** Sends a record on its way; resolves to null once it is kept. */
  const settle = async (record: Outgoing, epoch: number): Promise<Extract<Applied, { kind: 'failed' }> | null> => {
    unresolved = record
    const sent = await publish(record, epoch)
    if (mode.kind === 'over') return noAnswer()
    if (sent.kind === 'stale') return endWith(onStale)
    if (sent.kind === 'failed') return { ...sent, isDamaged: false }
    unresolved = null
    for (const write of record.of) published.add(write)
    return null
  }

  const publishAll = async (writes: readonly Write[], nowMs: number, epoch: number): Promise<Applied> => {
    // What the queue has forgotten is not asked for again.
    published = new Set(writes.filter((write) => published.has(write)))
    const refused: string[] = []
    const applyLast = async (parts: readonly Part[], atMs: number) => {
      const applied = await applyToFile(parts, atMs)
      if (applied.kind === 'kept') refused.push(...applied.refused)
    }
    if (unresolved !== null) {
      const record = unresolved
      const trouble = await settle(record, epoch)
      if (trouble !== null) return trouble
      await applyLast([record], record.nowMs)
    }
    const left = writes.filter((write) => !published.has(write))
    const sent: Part[] = []
    let trouble: Awaited<ReturnType<typeof settle>> = null
    // Without any, the others learn that this server watches.
    if (left.length > 0 || writes.length === 0) {
      for (const part of partsOf(left)) {
        trouble = await settle(outgoing(part, nowMs), epoch)
        if (trouble !== null) break
        sent.push(part)
      }
    }
    // One wait for the disk, however many records they are.
    if (sent.length > 0) await applyLast(sent, nowMs)
    if (trouble !== null) return trouble
    if (isBehind()) {
      const applied = await catchUp()
      if (applied.kind === 'failed') return applied
    }
    published = new Set()
    return { kind: 'kept', refused }
  }

  /** Applies records, and keeps them to be published. */
  const keep = async (records: readonly Outgoing[], nowMs: number): Promise<Applied> => {
    const waiting = records.map(({ of: _, ...record }): Write => ({ kind: 'unpublished', record }))
    const applied = await access.apply([...records.flatMap(({ of }) => of), ...waiting], nowMs)
    if (applied.kind === 'kept') unpublishedCount += records.length
    return applied
  }

  const keepAll = async (writes: readonly Write[], nowMs: number): Promise<Applied> => {
    if (isBehind())
      return {
        kind: 'failed',
        reason: 'the file lacks what was published last, and the engine is away',
        isDamaged: false,
      }
    if (unresolved !== null) {
      const applied = await keep([unresolved], unresolved.nowMs)
      if (applied.kind === 'failed') return applied
      for (const write of unresolved.of) published.add(write)
      unresolved = null
    }
    const left = writes.filter((write) => !published.has(write))
    const parts = left.length === 0 ? [] : [...partsOf(left)]
    const applied = await keep(
      parts.map((part) => outgoing(part, nowMs)),
      nowMs,
    )
    if (applied.kind === 'kept') published = new Set()
    return applied
  }

  /** Publishes some of what has waited; resolves to whether there may be more. */
  const publishKept = async (epoch: number): Promise<'more' | 'none' | 'stale' | Failed> => {
    const kept = await access.unpublished(PUBLISHED_AT_ONCE)
    for (const { number, ...record } of kept) {
      const sent = await publish(record, epoch)
      if (sent.kind === 'stale') return 'stale'
      if (sent.kind === 'failed') return sent
      const position = known as JournalPosition
      const applied = await access.apply(
        [
          { kind: 'published', number },
          { kind: 'position', position },
        ],
        record.nowMs,
      )
      if (applied.kind === 'failed') return applied
      inFile = position
      unpublishedCount--
    }
    return kept.length === 0 ? 'none' : 'more'
  }

  /** The same for a record of which nobody knows whether it is kept; also where it says who leads. */
  const publishUnresolved = async (record: Outgoing, epoch: number): Promise<'more' | 'stale' | Failed> => {
    unresolved = record
    const sent = await publish(record, epoch)
    if (sent.kind === 'stale') return 'stale'
    if (sent.kind === 'failed') return sent
    unresolved = null
    for (const write of record.of) published.add(write)
    // A file that cannot be written for now does not keep anybody from leading.
    await applyToFile([record], record.nowMs)
    return 'more'
  }

  const announce = async (epoch: number): Promise<'leads' | 'stale' | Failed> => {
    const leader = { node, epoch, sinceMs: clock.wallMs() }
    const sent = await publishUnresolved(outgoing(partOf([{ kind: 'leader', leader }]), leader.sinceMs), epoch)
    if (sent !== 'more') return sent
    mode = { kind: 'leading', epoch }
    return 'leads'
  }

  return {
    ...access,
    async open() {
      const opening = await access.open()
      if (opening.kind === 'opened') {
        inFile = opening.journaled.position
        known = inFile
        unpublishedCount = opening.journaled.unpublishedCount
      }
      return opening
    },
    apply(writes, nowMs) {
      if (mode.kind === 'over') return new Promise(() => {})
      return inTurn(async () => {
        if (mode.kind === 'over') return noAnswer()
        const added = ofOthers
        const all = [...added, ...writes]
        let applied = await (mode.kind === 'alone' ? keepAll(all, nowMs) : publishAll(all, nowMs, mode.epoch))
        if (applied.kind === 'failed' && isLast && mode.kind === 'leading') {
          mode = { kind: 'alone' }
          applied = await keepAll(all, nowMs)
        }
        if (applied.kind === 'kept') ofOthers = ofOthers.slice(added.length)
        return applied
      })
    },
    async replace(nowMs) {
      const replaced = await access.replace(nowMs)
      // It has nothing of the journal any more.
      if (replaced.kind === 'replaced') [known, inFile, unresolved, unpublishedCount] = [null, null, null, 0]
      return replaced
    },
    onSecret(listener) {
      access.onSecret((secret) => {
        ofOthers = [...ofOthers, { kind: 'secret', secret }]
        listener(secret)
      })
    },
    onDamage(listener) {
      access.onDamage((reason) => {
        if (mode.kind === 'leading') void endWith(() => onDamage(reason))
        else listener(reason)
      })
    },
    position: () => known,
    unpublishedCount: () => unpublishedCount,
    keepLast() {
      isLast = true
    },
    goAlone() {
      if (mode.kind === 'leading') mode = { kind: 'alone' }
    },
    async lead(epoch) {
      for (;;) {
        const step = await inTurn(async () => {
          if (mode.kind === 'over') return 'stale'
          if (unresolved !== null) return publishUnresolved(unresolved, epoch)
          const some = await publishKept(epoch)
          return some === 'none' ? announce(epoch) : some
        })
        if (step === 'more') continue
        return typeof step === 'string' ? { kind: step } : step
      }
    },
    begin: (position, handOut) =>
      inTurn(async () => {
        const applied = await access.apply(
          [
            { kind: 'position', position },
            { kind: 'published', number: Number.MAX_SAFE_INTEGER },
          ],
          clock.wallMs(),
        )
        if (applied.kind === 'failed') return applied
        ;[known, inFile, unresolved, unpublishedCount] = [position, position, null, 0]
        const obstacle = await handOut()
        return obstacle === null ? applied : { kind: 'failed', reason: obstacle }
      }),
    async abandon() {
      mode = { kind: 'over' }
      await access.close()
    },
  }
}

/** Writes of one record. */
interface Part {
  readonly of: readonly Write[]
  /** The same as a JSON document. */
  readonly writes: string
}

function partOf(of: readonly Write[]): Part {
  return { of, writes: JSON.stringify(of) }
}

function positionAt(position: JournalPosition): Part {
  return partOf([{ kind: 'position', position }])
}

/** The writes of all of them as one JSON document. */
function joined(parts: readonly Pick<Part, 'writes'>[]): string {
  const inner = parts.map(({ writes }) => writes.slice(1, -1))
  return `[${inner.filter((text) => text !== '').join(',')}]`
}

/**
 * Writes in their order, in parts of which none is too large for a record; one part, which may be empty, if they are few.
 * Each is made when it is asked for: others have their turn in between.
 */
function* partsOf(writes: readonly Write[]): Generator<Part> {
  let of: Write[] = []
  let texts: string[] = []
  let bytes = 0
  const part = (): Part => ({ of, writes: `[${texts.join(',')}]` })
  for (const write of writes.flatMap(splitIfLarge)) {
    const text = JSON.stringify(write)
    const size = Buffer.byteLength(text)
    if (of.length > 0 && bytes + size > RECORD_BYTES) {
      yield part()
      of = []
      texts = []
      bytes = 0
    }
    of.push(write)
    texts.push(text)
    bytes += size
  }
  yield part()
}

/** All that is pending may be much; one notification is not. */
function splitIfLarge(write: Write): readonly Write[] {
  if (write.kind !== 'pending' || Buffer.byteLength(JSON.stringify(write)) <= RECORD_BYTES) return [write]
  const { deliveries } = write
  return [
    { kind: 'pending', deliveries: [] },
    ...deliveries.map((delivery) => ({ kind: 'delivery', delivery, following: [] }) as const),
  ]
}
