import type { Hono } from 'hono'
import { type ListenAddress, listenAddressText } from '../../core/model/address.ts'
import type { ServerBindings, WebEnv } from './viewer.ts'

export interface ServerOptions {
  /** Port 0 takes any free one. */
  readonly listen: ListenAddress
  readonly app: Hono<WebEnv>
}

/** `refused`: the address cannot be had; the reason is a whole sentence for the user. */
export type ServerStart =
  | { readonly kind: 'listening'; readonly url: string; readonly port: number; readonly close: () => Promise<void> }
  | { readonly kind: 'refused'; readonly reason: string }

// What a job has printed may come with its ping, all of it: the beginning is kept. Every other route takes less.
const BODY_LIMIT_BYTES = 16 * 1024 * 1024
/** A client that neither sends nor takes a byte for so long has gone. */
const IDLE_LIMIT_SECONDS = 10

/** Serves an app over HTTP until it is closed; closing ends open connections. */
export function createServer({ listen, app }: ServerOptions): ServerStart {
  try {
    const server = Bun.serve({
      hostname: listen.hostname,
      port: listen.port,
      fetch: (request) => (isSound(request) ? app.fetch(request, bindings) : badRequest()),
      development: false,
      // Bun shares ports unless told otherwise once `development` is off: two Minitors would each get half of the requests.
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

/** Without a Host, with two, or with one that is none, there is no address that the request could be about. */
function isSound({ url, headers }: Request): boolean {
  return /^https?:\/\//.test(url) && !headers.get('host')?.includes(',')
}

/** A proxy adds whom it has asked for at the end. Only one on this machine is believed: others could say anything. */
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
