import { createInbox, type Msg, type NatsConnection, nanos } from '@nats-io/transport-node'

/** A pull ends by itself after this, and another one takes its place. */
const PULL_MS = 15_000
/** The engine says so often that it still knows of the pull. */
const HEARTBEAT_MS = 1_000
/** When none has come for so long, it does not: it has not heard of the queue, or has forgotten the pull. */
const FIRST_SILENCE_MS = 1.5 * HEARTBEAT_MS
const SILENCE_MS = 3 * HEARTBEAT_MS
const HEARTBEAT = 100
const NOTHING_MORE = 408

/** One request for some messages of a queue. */
export interface Pull {
  /** How many may still come. */
  open(): number
  /** Asks for no more; `onEnd` is called once in any case. */
  end(): void
}

export interface PullOptions {
  /** Where this login may listen. */
  readonly inboxPrefix: string
  readonly stream: string
  readonly consumer: string
  readonly count: number
  readonly take: (message: Msg) => void
  /** `isFutile`: the engine does not know the queue, or is busy: asking again at once is no use. */
  readonly onEnd: (isFutile: boolean) => void
}

/**
 * The client's own consumers ask for their stream's settings, which an agent may not know, and for messages ahead, which
 * other nodes could run: this asks for exactly what can be run.
 */
export function createPull(
  connection: NatsConnection,
  { inboxPrefix, stream, consumer, count, take, onEnd }: PullOptions,
): Pull {
  const inbox = createInbox(inboxPrefix)
  let open = count
  let isEnded = false

  const finish = (isFutile: boolean) => {
    if (isEnded) return
    isEnded = true
    open = 0
    clearTimeout(silence)
    subscription.unsubscribe()
    onEnd(isFutile)
  }
  const silent = () => finish(true)
  let silence = setTimeout(silent, FIRST_SILENCE_MS)

  const subscription = connection.subscribe(inbox, {
    callback: (error, message) => {
      if (error !== null) return finish(true)
      if (isEnded) return
      clearTimeout(silence)
      silence = setTimeout(silent, SILENCE_MS)
      const status = message.headers?.code ?? 0
      if (status === 0) {
        open--
        take(message)
        if (open === 0) finish(false)
      } else if (status !== HEARTBEAT) {
        finish(status !== NOTHING_MORE)
      }
    },
  })
  const request = { batch: count, expires: nanos(PULL_MS), idle_heartbeat: nanos(HEARTBEAT_MS) }
  connection.publish(`$JS.API.CONSUMER.MSG.NEXT.${stream}.${consumer}`, JSON.stringify(request), { reply: inbox })
  return { open: () => open, end: () => finish(false) }
}
