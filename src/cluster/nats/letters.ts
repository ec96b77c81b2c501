import { createInbox, type Msg, type NatsConnection } from '@nats-io/transport-node'
import { type Letters, NoLeader } from '../../core/model/cluster.ts'
import { type Link, REQUEST_TIMEOUT_MS } from './link.ts'
import type { Names } from './names.ts'
import { isNoResponders, NotConnected, requestReason } from './reason.ts'

/*
 * One exchange: the request goes to all that lead (as a rule, one); the first `open` wins. Then parts come with their
 * numbers, no more of them ahead than the asker allows by `took`, up to `end`, `fail` or `gone`. Either side says `still`
 * while it waits, and gives up when it has heard nothing of the other for a while.
 */
const KINDS = ['open', 'part', 'end', 'fail', 'gone', 'took', 'still', 'stop'] as const
type Kind = (typeof KINDS)[number]

/** A byte for the kind, and four for the number of the part. */
const HEAD_BYTES = 5
/** Parts that may be on their way before the asker has taken them: 2 MiB at most. */
const PARTS_AHEAD = 4
const STILL_EVERY_MS = 2_000
const SILENCE_MS = 4 * STILL_EVERY_MS
const NO_RESPONDERS = 503

export function createLetters(link: Link, names: Names): Letters {
  return {
    async ask(topic, request, signal) {
      try {
        const subject = names.letterSubject(topic)
        return await link.call((connection) => askOver(connection, link.inboxPrefix, { subject, request, signal }))
      } catch (error) {
        if (signal?.aborted || error instanceof NoLeader) throw error
        if (isNoResponders(error) || error instanceof NotConnected) throw new NoLeader('no server leads')
        throw new Error(requestReason(error))
      }
    },
    answer(topic, answerTo) {
      const flows = new Set<AbortController>()
      const stop = link.listen(names.letterSubject(topic), (message) => {
        if (!message.reply) return
        const ending = new AbortController()
        flows.add(ending)
        const flow = { message, to: message.reply, control: createInbox(link.inboxPrefix), ending, answerTo }
        const answering = link.call((connection) => answerOver(connection, flow))
        void answering.catch(() => {}).finally(() => flows.delete(ending))
      })
      return () => {
        stop()
        for (const flow of flows) flow.abort(new NoLeader('this server does not lead any more'))
      }
    },
  }
}

interface Asking {
  readonly subject: string
  readonly request: Uint8Array
  readonly signal: AbortSignal | undefined
}

async function askOver(
  connection: NatsConnection,
  inboxPrefix: string,
  { subject, request, signal }: Asking,
): Promise<AsyncIterable<Uint8Array>> {
  signal?.throwIfAborted()
  const inbox = createInbox(inboxPrefix)
  const parts: Uint8Array[] = []
  const opened = Promise.withResolvers<void>()
  // Rejected when nobody waits for it any more, it is nobody's.
  opened.promise.catch(() => {})
  let control: string | null = null
  let expected = 0
  let ending: { readonly error: Error | null } | null = null
  let wake = () => {}

  const finish = (error: Error | null) => {
    if (ending !== null) return
    ending = { error }
    clearTimeout(silence)
    clearInterval(still)
    signal?.removeEventListener('abort', abort)
    subscription.unsubscribe()
    opened.reject(error ?? new Error('the answer is over'))
    wake()
  }
  const tell = (kind: Kind, to = control) => {
    if (to !== null && !connection.isClosed()) connection.publish(to, frame(kind))
  }
  const stop = (error: Error | null) => {
    if (ending === null) tell('stop')
    finish(error)
  }
  const abort = () => stop(signal?.reason instanceof Error ? signal.reason : new Error('aborted'))
  const gaveUp = () => stop(new Error('the leader does not answer'))
  let silence = setTimeout(gaveUp, REQUEST_TIMEOUT_MS)
  const still = setInterval(() => tell('still'), STILL_EVERY_MS)
  signal?.addEventListener('abort', abort)

  const hear = (message: Msg) => {
    if (message.headers?.code === NO_RESPONDERS) return finish(new NoLeader('no server leads'))
    const { kind, number, content } = readFrame(message.data)
    if (kind === 'open' && control === null) {
      control = message.reply ?? null
      opened.resolve()
    } else if (message.reply !== control) {
      // Another one answers, too, but was slower.
      if (kind === 'open') tell('stop', message.reply)
      return
    }
    clearTimeout(silence)
    silence = setTimeout(gaveUp, SILENCE_MS)
    if (kind === 'end') finish(number === expected ? null : new Error('a part of the answer is lost'))
    if (kind === 'fail') finish(new Error(new TextDecoder().decode(content)))
    if (kind === 'gone') finish(new NoLeader('the leader does not lead any more'))
    if (kind !== 'part') return
    if (number !== expected++) return stop(new Error('a part of the answer is lost'))
    parts.push(content)
    wake()
  }
  const subscription = connection.subscribe(inbox, {
    callback: (error, message) => (error === null ? hear(message) : finish(error)),
  })
  connection.publish(subject, request, { reply: inbox })
  await opened.promise

  return {
    [Symbol.asyncIterator]: () => ({
      async next() {
        for (;;) {
          const value = parts.shift()
          if (value !== undefined) {
            if (ending === null) tell('took')
            return { done: false, value }
          }
          if (ending !== null) {
            if (ending.error !== null) throw ending.error
            return { done: true, value: undefined }
          }
          await new Promise<void>((resolve) => {
            wake = resolve
          })
        }
      },
      async return() {
        stop(null)
        return { done: true, value: undefined }
      },
    }),
  }
}

interface Answering {
  readonly message: Msg
  /** Where the asker listens, and where this side does. */
  readonly to: string
  readonly control: string
  readonly ending: AbortController
  readonly answerTo: (request: Uint8Array, signal: AbortSignal) => AsyncIterable<Uint8Array>
}

/** Never rejects. */
async function answerOver(
  connection: NatsConnection,
  { message, to, control, ending, answerTo }: Answering,
): Promise<void> {
  const { signal } = ending
  let allowed = PARTS_AHEAD
  let wake = () => {}
  const end = (reason: string) => ending.abort(new Error(reason))
  const gaveUp = () => end('nobody takes the answer any more')
  let silence = setTimeout(gaveUp, SILENCE_MS)
  // With an address for answers, the engine says at once when nobody listens.
  const tell = (kind: Kind, number = 0, content?: Uint8Array) => {
    if (!connection.isClosed()) connection.publish(to, frame(kind, number, content), { reply: control })
  }
  const still = setInterval(() => tell('still'), STILL_EVERY_MS)
  const hear = (heard: Msg) => {
    if (heard.headers?.code === NO_RESPONDERS) return gaveUp()
    clearTimeout(silence)
    silence = setTimeout(gaveUp, SILENCE_MS)
    const { kind } = readFrame(heard.data)
    if (kind === 'stop') end('the answer is not wanted any more')
    if (kind !== 'took') return
    allowed++
    wake()
  }
  const subscription = connection.subscribe(control, {
    callback: (error, heard) => (error === null ? hear(heard) : gaveUp()),
  })
  const wakeUp = () => wake()
  signal.addEventListener('abort', wakeUp)

  let number = 0
  try {
    tell('open')
    for await (const part of answerTo(message.data, signal)) {
      while (allowed === 0 && !signal.aborted) {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
      if (signal.aborted) break
      allowed--
      tell('part', number++, part)
    }
    signal.throwIfAborted()
    tell('end', number)
  } catch (error) {
    const isGone = error instanceof NoLeader || signal.reason instanceof NoLeader
    tell(
      isGone ? 'gone' : 'fail',
      number,
      new TextEncoder().encode(String(error instanceof Error ? error.message : error)),
    )
  } finally {
    clearTimeout(silence)
    clearInterval(still)
    signal.removeEventListener('abort', wakeUp)
    subscription.unsubscribe()
  }
}

function frame(kind: Kind, number = 0, content: Uint8Array = new Uint8Array()): Uint8Array {
  const bytes = new Uint8Array(HEAD_BYTES + content.length)
  bytes[0] = KINDS.indexOf(kind)
  new DataView(bytes.buffer).setUint32(1, number)
  bytes.set(content, HEAD_BYTES)
  return bytes
}

function readFrame(bytes: Uint8Array): {
  readonly kind: Kind | null
  readonly number: number
  readonly content: Uint8Array
} {
  if (bytes.length < HEAD_BYTES) return { kind: null, number: 0, content: bytes }
  const number = new DataView(bytes.buffer, bytes.byteOffset).getUint32(1)
  return { kind: KINDS[bytes[0] ?? 0] ?? null, number, content: bytes.slice(HEAD_BYTES) }
}
