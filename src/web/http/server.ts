import type { Hono } from 'hono'
import { type ListenAddress, listenAddressText } from '../../core/model/address.ts'
import type { ServerBindings, WebEnv } from './viewer.ts'

export interface ServerOptions {
  /** Port 0 takes any free one. */
  readonly listen: ListenAddress
  readonly app: Hono<WebEnv>
}

/** `refused`: the address is not available; `reason` is for the user. */
export type ServerStart =
  | { readonly kind: 'listening'; readonly url: string; readonly port: number; readonly close: () => Promise<void> }
  | { readonly kind: 'refused'; readonly reason: string }

// A ping may carry the whole output of a job, of which the beginning is stored. Every other route takes less.
const BODY_LIMIT_BYTES = 16 * 1024 * 1024
/** A client that neither sends nor takes a byte for this long is gone. */
const IDLE_LIMIT_SECONDS = 10

/** Serves an app over HTTP until it is closed; closing ends open connections. */
export function createServer({ listen, app }: ServerOptions): ServerStart {
  try {
    const server = Bun.serve({
      hostname: listen.hostname,
      port: listen.port,
      fetch: (request) => (isSound(request) ? app.fetch(request, bindings) : badRequest()),
      development: false,
      // With `development` off, Bun shares ports by default: two Minitors would each get half of the requests.
      reusePort: false,
      maxRequestBodySize: BODY_LIMIT_BYTES,
      idleTimeout: IDLE_LIMIT_SECONDS,
    })
    const bindings: ServerBindings = {
      setIdleLimit: (request, seconds) => server.timeout(request, seconds),
      clientAddress: (request) => clientAddress(request, server.requestIP(request)?.address ?? ''),
    }
    const close = () => server.stop(true)
    return { kind: 'listening', url: server.url.href, port: server.port ?? listen.port, close }
  } catch (error) {
    return { kind: 'refused', reason: `cannot listen on ${listenAddressText(listen)}: ${reasonOf(error)}` }
  }
}

/** A request needs exactly one valid Host, or its address is unknown. */
function isSound({ url, headers }: Request): boolean {
  return /^https?:\/\//.test(url) && !headers.get('host')?.includes(',')
}

/** A proxy appends its client's address. Only a proxy on this machine is trusted: others could claim anything. */
function clientAddress({ headers }: Request, peer: string): string {
  const isLoopback = /^(?:::1$|(?:::ffff:)?127\.)/.test(peer)
  return (isLoopback && headers.get('X-Forwarded-For')?.split(',').at(-1)?.trim()) || peer
}

function badRequest(): Response {
  return new Response('bad request\n', { status: 400, headers: { 'Content-Type': 'text/plain; charset=UTF-8' } })
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : null
  if (code === 'EADDRINUSE') return 'the port is used by another program'
  if (code === 'EADDRNOTAVAIL') return 'this machine has no such address'
  if (code === 'EACCES') return 'not allowed; ports below 1024 are for root'
  return error instanceof Error ? error.message : String(error)
}
