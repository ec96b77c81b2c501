import type { Hono } from 'hono'
import { type ListenAddress, listenAddressText } from '../../core/model/address.ts'
import { createClientFinder } from './client-address.ts'
import { type ConnectionLimit, limitConnections } from './connection-limit.ts'
import type { Faults } from './faults.ts'
import type { ServerBindings, WebEnv } from './viewer.ts'

/** What answers. */
export interface Serving {
  readonly app: Pick<Hono<WebEnv>, 'fetch'>
  readonly faults: Faults
  /** See `WebConfig.trustedProxies`. */
  readonly trustedProxies: () => readonly string[] | null
}

export interface ServerOptions extends Serving {
  /** Port 0 takes any free one. */
  readonly listen: ListenAddress
}

export interface Listening {
  readonly kind: 'listening'
  readonly url: string
  readonly port: number
  /** From now on these answer. */
  readonly serve: (next: Serving) => void
  readonly close: () => Promise<void>
}

/** `refused`: the address is not available; `reason` is for the user. */
export type ServerStart = Listening | { readonly kind: 'refused'; readonly reason: string }

// A ping may carry the whole output of a job, of which the beginning is stored. Every other route takes less.
const BODY_LIMIT_BYTES = 16 * 1024 * 1024
/** A client that neither sends nor takes a byte for this long is gone. */
const IDLE_LIMIT_SECONDS = 10

/** Serves an app over HTTP until it is closed; closing ends open connections. No request ends the process. */
export function createServer({ listen, ...first }: ServerOptions): ServerStart {
  let { app, faults, trustedProxies } = first as Serving
  const clientOf = createClientFinder(() => trustedProxies())
  let connections: ConnectionLimit | null = null

  const failed = (error: unknown) => faulty(faults, error, 'a request')

  const answer = async (received: Request, server: Bun.Server<undefined>): Promise<Response> => {
    const request = soundOf(received)
    if (request === null) return lineOf('bad request', 400)
    const peer = server.requestIP(received)
    const bindings: ServerBindings = {
      setIdleLimit: (seconds) => server.timeout(received, seconds),
      clientAddress: () => clientOf(received.headers, peer?.address ?? ''),
    }
    const leave = connections?.enter(peer)
    if (leave === null) return lineOf('too many connections are open', 503, BUSY_HEADERS)
    const response = await answerSafely(app, faults, { request, bindings })
    if (isStream(response)) received.signal.addEventListener('abort', () => leave?.())
    else leave?.()
    return response
  }

  try {
    const handlers = { fetch: answer, error: failed }
    const isLocalhost = listen.hostname.toLowerCase() === 'localhost'
    const server = serveOn(isLocalhost ? { ...listen, hostname: '127.0.0.1' } : listen, handlers)
    const port = server.port ?? listen.port
    // The name means both, and browsers try IPv6 first.
    const other = isLocalhost ? tryServeOn({ hostname: '::1', port }, handlers) : null
    connections = limitConnections(port, faults)
    const close = async () => {
      connections?.close()
      await Promise.all([server.stop(true), other?.stop(true)])
    }
    const serve = (next: Serving) => {
      ;({ app, faults, trustedProxies } = next)
    }
    return { kind: 'listening', url: server.url.href, port, serve, close }
  } catch (error) {
    return { kind: 'refused', reason: `cannot listen on ${listenAddressText(listen)}: ${reasonOf(error)}` }
  }
}

/** What an app answers; of a bug in it, 500. Never rejects. */
export async function answerSafely(
  app: Serving['app'],
  faults: Faults,
  { request, bindings }: { readonly request: Request; readonly bindings: ServerBindings },
): Promise<Response> {
  try {
    return await app.fetch(request, bindings)
  } catch (error) {
    return faulty(faults, error, `${request.method} ${request.url}`)
  }
}

function faulty(faults: Faults, error: unknown, during: string): Response {
  faults.report(error, during)
  return lineOf('internal error', 500)
}

const BUSY_HEADERS = { Connection: 'close', 'Retry-After': '10' }

/** Whether the answer goes on for as long as the client wants it. */
export function isStream({ headers }: Response): boolean {
  return headers.get('Content-Type')?.startsWith('text/event-stream') ?? false
}

interface Handlers {
  readonly fetch: (request: Request, server: Bun.Server<undefined>) => Promise<Response>
  readonly error: (error: unknown) => Response
}

function serveOn({ hostname, port }: ListenAddress, handlers: Handlers): Bun.Server<undefined> {
  const serve = (hostname: string) =>
    Bun.serve({
      ...handlers,
      hostname,
      port,
      development: false,
      // With `development` off, Bun shares ports by default: two Minitors would each get half of the requests.
      reusePort: false,
      maxRequestBodySize: BODY_LIMIT_BYTES,
      idleTimeout: IDLE_LIMIT_SECONDS,
    })
  try {
    return serve(hostname)
  } catch (error) {
    // A kernel without IPv6: every address of this machine is one of IPv4.
    if (hostname === '::' && codeOf(error) === 'EAFNOSUPPORT') return serve('0.0.0.0')
    throw error
  }
}

/** Null where this machine has no such address. */
function tryServeOn(listen: ListenAddress, handlers: Handlers): Bun.Server<undefined> | null {
  try {
    return serveOn(listen, handlers)
  } catch (error) {
    if (codeOf(error) === 'EADDRINUSE') throw error
    return null
  }
}

/**
 * The request, if it is one that routes can be asked for: its address must be one, and it must have exactly one Host, or
 * none in HTTP/1.0. Null if not.
 */
function soundOf(request: Request): Request | null {
  const { url, headers } = request
  const host = headers.get('host')
  // Bun gives the mere target if there is no valid Host; it refuses HTTP/1.1 without one by itself.
  if (host === null && url.startsWith('/'))
    return URL.canParse(`${NO_HOST}${url}`) ? new Request(`${NO_HOST}${url}`, request) : null
  return /^https?:\/\//.test(url) && !host?.includes(',') && URL.canParse(url) ? request : null
}

const NO_HOST = 'http://localhost'

function lineOf(line: string, status: number, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(`${line}\n`, { status, headers: { 'Content-Type': 'text/plain; charset=UTF-8', ...headers } })
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : null
}

function reasonOf(error: unknown): string {
  const code = codeOf(error)
  if (code === 'EADDRINUSE') return 'the port is used by another program'
  if (code === 'EADDRNOTAVAIL') return 'this machine has no such address'
  if (code === 'EACCES') return 'not allowed; ports below 1024 are for root'
  return error instanceof Error ? error.message : String(error)
}
