import type { Context } from 'hono'
import { z } from 'zod'
import { HOUR_MS } from '../../core/text/time.ts'
import type { Board } from '../board/board.ts'
import { networkOf } from '../http/client-address.ts'
import { refuse } from '../http/refuse.ts'
import type { Viewer, WebEnv } from '../http/viewer.ts'
import { visibleTo } from '../http/visible.ts'
import type { WebContext } from '../http/web-context.ts'
import { NOTHING, type Operation } from './operation.ts'

/** Each costs a connection, and some work for every change. */
const STREAM_LIMIT = 256
/** One client does not take them from all others. Behind a proxy that is not trusted, all people are one client. */
const CLIENT_LIMIT = 64
/** Proxies end what is silent for longer. */
const KEEP_ALIVE_MS = 15_000
/** A client that reads nothing for this long has gone. */
const IDLE_LIMIT_SECONDS = 45
/** Then the client reconnects, and is authenticated again. */
const LONGEST_MS = HOUR_MS
/** More changed monitors than this are not named: reading all is quicker. */
const NAMED_LIMIT = 1_000

const HEADERS = {
  'Content-Type': 'text/event-stream; charset=UTF-8',
  // nginx would gather events until there are 4 KiB of them.
  'X-Accel-Buffering': 'no',
}

/** Server-sent events: what has changed, as soon as it has. */
export function streamOperation(web: Pick<WebContext, 'board' | 'present' | 'clock' | 'faults' | 'secret'>): Operation {
  const { board, clock, faults, secret } = web
  // Versions begin anew with the daemon: this tells those of one life from those of another.
  const life = crypto.randomUUID().slice(0, 8)
  const idNow = () => `${life}-${board.version}`
  let openCount = 0
  const openCounts = new Map<string, number>()

  const hello = (lastId: string | undefined) =>
    eventText('hello', idNow(), { version: board.version, missed: lastId !== undefined && lastId !== idNow() })

  /** Null where nothing that this viewer knows has changed. */
  const change = (slugs: ReadonlySet<string> | null, viewer: Viewer) => {
    const visible = visibleTo(viewer, web)
    // Users hear of monitors that are gone, too.
    const isKnown = (slug: string) => viewer.kind === 'user' || visible.bySlug(slug) !== undefined
    const named = slugs !== null && slugs.size <= NAMED_LIMIT ? [...slugs].filter(isKnown) : null
    if (named?.length === 0) return null
    const states = named?.map((slug) => [slug, visible.bySlug(slug)?.state.status ?? null])
    return eventText('change', idNow(), {
      version: board.version,
      monitors: named,
      states: states === undefined ? null : Object.fromEntries(states),
    })
  }

  const count = (client: string, by: 1 | -1) => {
    openCount += by
    const own = (openCounts.get(client) ?? 0) + by
    if (own === 0) openCounts.delete(client)
    else openCounts.set(client, own)
  }

  const open = (request: Request, client: string, viewer: Viewer): ReadableStream => {
    const untilMs = clock() + LONGEST_MS
    const secretAtFirst = secret()
    const followed = followBoard(board)
    const encoder = new TextEncoder()
    count(client, 1)
    const end = () => {
      if (!followed.hasEnded) count(client, -1)
      followed.end()
    }
    request.signal.addEventListener('abort', end)
    let first: string | null = hello(request.headers.get('Last-Event-ID') ?? undefined)
    const pull = async (controller: ReadableStreamDefaultController) => {
      try {
        await write(controller)
      } catch (error) {
        faults.report(error, 'an event of a stream')
        end()
        controller.close()
      }
    }
    // Asked for more only when the client has taken what there was: what changes meanwhile is gathered.
    const write = async (controller: ReadableStreamDefaultController) => {
      if (first === null) await followed.wait(KEEP_ALIVE_MS)
      if (followed.hasEnded) return
      if (secret() !== secretAtFirst) {
        // All sessions have ended. Clients that may still read come again.
        end()
        return controller.close()
      }
      const slugs = first === null ? followed.take() : undefined
      const news = slugs === undefined ? null : change(slugs, viewer)
      controller.enqueue(encoder.encode(first ?? news ?? ': still here\n\n'))
      first = null
      if (clock() < untilMs) return
      end()
      controller.close()
    }
    return new ReadableStream({ pull, cancel: end }, { highWaterMark: 0 })
  }

  const respond = async (context: Context<WebEnv>): Promise<Response> => {
    if (context.req.method === 'HEAD') return context.body(null, 200, HEADERS)
    const client = networkOf(context.env.clientAddress())
    if (openCount >= STREAM_LIMIT || (openCounts.get(client) ?? 0) >= CLIENT_LIMIT) {
      return refuse(context, 503, 'too many streams are open', { headers: { 'Retry-After': '10' } })
    }
    context.env.setIdleLimit(IDLE_LIMIT_SECONDS)
    return context.body(open(context.req.raw, client, context.get('viewer')), 200, HEADERS)
  }

  return {
    id: 'stream',
    method: 'get',
    path: '/stream',
    summary:
      'Server-sent events. `hello` {version, missed}: the first; missed, if Last-Event-ID is not the last event there ' +
      'was. `change` {version, monitors, states}: slugs of monitors that have changed, with their status (null: it is ' +
      'gone); monitors null: all may have.',
    isForUsers: false,
    query: NOTHING,
    body: null,
    status: 200,
    contentType: 'text/event-stream',
    answer: z.string(),
    refusals: [503],
    respond,
  }
}

function eventText(name: string, id: string, data: object): string {
  return `event: ${name}\nid: ${id}\ndata: ${JSON.stringify(data)}\n\n`
}

/** One reader's view of the board's changes. What it has not taken yet is a set: a slow reader costs no more memory. */
function followBoard(board: Pick<Board, 'onChange'>) {
  let changed: Set<string> | null = new Set()
  let hasEnded = false
  let wake = () => {}

  const stop = board.onChange((slugs) => {
    if (slugs === null) changed = null
    else for (const slug of slugs) changed?.add(slug)
    wake()
  })

  return {
    /** Resolves when there is something to take, when it has ended, or after so long. */
    async wait(longestMs: number): Promise<void> {
      if (hasEnded || changed === null || changed.size > 0) return
      const { promise, resolve } = Promise.withResolvers<void>()
      const timer = setTimeout(resolve, longestMs)
      wake = resolve
      await promise
      clearTimeout(timer)
    },
    /** Slugs of the monitors that have changed since the last time; null: all may have; undefined: none has. */
    take(): ReadonlySet<string> | null | undefined {
      const taken = changed
      changed = new Set()
      return taken?.size === 0 ? undefined : taken
    },
    get hasEnded() {
      return hasEnded
    },
    end() {
      hasEnded = true
      stop()
      wake()
    },
  }
}
