import type { Context, Hono } from 'hono'
import type { Heartbeats, ReceivedPing } from '../../core/model/ports.ts'
import { joinEnds } from '../../core/text/cut.ts'
import type { WebEnv } from '../http/viewer.ts'

/** A longer ping body is cut. */
const PING_BODY_LIMIT_BYTES = 10_000

/** Any other is a ping: clients send PUT and PATCH, too. A browser asks with OPTIONS whether it may; that is none. */
const NO_PINGS = ['OPTIONS', 'TRACE', 'CONNECT']
const NOT_ALLOWED = 'send it with GET, HEAD or POST'
/** A page of any site may ping; clients read how much they may send. */
const HEADERS = {
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
  'Access-Control-Allow-Origin': '*',
  'Ping-Body-Limit': String(PING_BODY_LIMIT_BYTES),
}
const TOO_MANY =
  'not saved: this key is pinged too often; try again in 10 seconds, and give the heartbeat another key if others know it'
const TRY_LATER = { ...HEADERS, 'Retry-After': '10' }
const NOT_SAVED = 'not saved: the database cannot be written now, try again'

/** Adds the addresses that clients of Healthchecks and Uptime Kuma ping. */
export function addPingRoutes(app: Hono<WebEnv>, heartbeats: Heartbeats): void {
  for (const path of ['/ping/:key', '/ping/:key/', '/ping/:key/:what', '/ping/:key/:what/'] as const) {
    app.all(path, (context) => ping(context, heartbeats, context.req.param()))
  }
  for (const path of ['/api/push/:key', '/api/push/:key/'] as const) {
    app.all(path, (context) => push(context, heartbeats, context.req.param('key')))
  }
}

interface Address {
  readonly key: string
  readonly what?: string | undefined
}

async function ping(context: Context<WebEnv>, heartbeats: Heartbeats, { key, what }: Address): Promise<Response> {
  const say = (text: string, status: 200 | 400 | 404 | 405 | 413 | 503) => context.text(text, status, HEADERS)
  if (NO_PINGS.includes(context.req.method)) return say(NOT_ALLOWED, 405)
  const said = readWhat(what)
  if (said === 'unknown') return say('not found', 404)
  if (said === 'too_large') return say('invalid url format', 400)
  const rid = context.req.query('rid')
  if (rid !== undefined && !UUID.test(rid)) return say('invalid uuid format', 400)
  const body = await readPingBody(context.req.raw.body)
  if (body === null) return say('the body is too large or incomplete', 413)
  switch (await heartbeats.ping(key, { ...said, rid: rid?.toLowerCase() ?? null, durationMs: null, body })) {
    case 'kept':
      return say('OK', 200)
    case 'unknown':
      return say('not found', 404)
    case 'not_kept':
      return say(NOT_SAVED, 503)
    case 'too_many':
      return context.text(TOO_MANY, 429, TRY_LATER)
  }
}

async function push(context: Context<WebEnv>, heartbeats: Heartbeats, key: string): Promise<Response> {
  const say = (ok: boolean, msg: string, status: 200 | 404 | 405 | 503) =>
    context.json(ok ? { ok } : { ok, msg }, status, HEADERS)
  if (NO_PINGS.includes(context.req.method)) return say(false, NOT_ALLOWED, 405)
  const { status = 'up', msg = '', ping: took = '' } = context.req.query()
  const kind = status === 'up' ? 'success' : 'fail'
  const body = (await readPingBody(new Blob([msg]).stream())) ?? ''
  switch (await heartbeats.ping(key, { kind, exitCode: null, rid: null, durationMs: readDuration(took), body })) {
    case 'kept':
      return say(true, '', 200)
    case 'unknown':
      return say(false, 'not found', 404)
    case 'not_kept':
      return say(false, NOT_SAVED, 503)
    case 'too_many':
      return context.json({ ok: false, msg: TOO_MANY }, 429, TRY_LATER)
  }
}

const UUID = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i
const LARGEST_EXIT_CODE = 255

/** Reads what follows the key: nothing, a word, or an exit code. */
function readWhat(text: string | undefined): Pick<ReceivedPing, 'kind' | 'exitCode'> | 'unknown' | 'too_large' {
  if (text === undefined) return { kind: 'success', exitCode: null }
  if (text === 'start' || text === 'fail' || text === 'log') return { kind: text, exitCode: null }
  if (!/^\d+$/.test(text)) return 'unknown'
  const exitCode = Number(text)
  return exitCode > LARGEST_EXIT_CODE ? 'too_large' : { kind: exitCode === 0 ? 'success' : 'fail', exitCode }
}

/** Milliseconds, else null: clients that have measured nothing send `ping=`. */
function readDuration(text: string): number | null {
  const ms = Number.parseFloat(text)
  return ms >= 0 && ms < Number.MAX_SAFE_INTEGER ? ms : null
}

/**
 * Reads a body as valid text without NUL; of a long one its beginning and, as errors stand there, its end. It is read to the
 * server's own limit: a client that cannot send everything would take the ping for lost. Null if the body exceeds that limit
 * or the client is gone.
 */
async function readPingBody(body: ReadableStream<Uint8Array> | null): Promise<string | null> {
  if (body === null) return ''
  let start = Buffer.alloc(0)
  let end = Buffer.alloc(0)
  let byteCount = 0
  try {
    for await (const chunk of body) {
      byteCount += chunk.length
      start = Buffer.concat([start, chunk.subarray(0, PING_BODY_LIMIT_BYTES - start.length)])
      end = Buffer.concat([end, chunk.subarray(-PING_BODY_LIMIT_BYTES)]).subarray(-PING_BODY_LIMIT_BYTES)
    }
  } catch {
    return null
  }
  const limits = { limitBytes: PING_BODY_LIMIT_BYTES, headBytes: PING_BODY_LIMIT_BYTES / 4 }
  return joinEnds({ start, end, byteCount }, limits).replaceAll('\0', '')
}
