import type { Telemetry } from '../core/ports.ts'
import { createApp } from './app.ts'
import { createMetrics } from './metrics.ts'
import { createSharedWork } from './shared-work.ts'

export interface ServerOptions {
  /** Port 0 takes any free one. */
  readonly listen: { readonly hostname: string; readonly port: number }
  readonly telemetry: Telemetry
  readonly version: string
  readonly mask: (text: string) => string
}

/** `refused`: the address cannot be had; the reason is a whole sentence for the user. */
export type ServerStart =
  | { readonly kind: 'listening'; readonly url: string; readonly port: number; readonly close: () => Promise<void> }
  | { readonly kind: 'refused'; readonly reason: string }

// Nobody needs to send a body; a client that says nothing for so long has gone.
const BODY_LIMIT_BYTES = 1_024
const IDLE_LIMIT_SECONDS = 10

/** Serves metrics and health over HTTP until it is closed; closing ends open connections. */
export function createServer({ listen, telemetry, version, mask }: ServerOptions): ServerStart {
  const renderMetrics = createSharedWork(createMetrics({ telemetry, version, mask }), () => performance.now())
  const app = createApp({ telemetry, renderMetrics, mask })
  try {
    const server = Bun.serve({
      hostname: listen.hostname,
      port: listen.port,
      fetch: (request) => app.fetch(request),
      development: false,
      // Bun shares ports unless told otherwise once `development` is off: two Minitors would each get half of the requests.
      reusePort: false,
      maxRequestBodySize: BODY_LIMIT_BYTES,
      idleTimeout: IDLE_LIMIT_SECONDS,
    })
    const close = () => server.stop(true)
    return { kind: 'listening', url: server.url.href, port: server.port ?? listen.port, close }
  } catch (error) {
    return { kind: 'refused', reason: `cannot listen on ${addressOf(listen)}: ${reasonOf(error)}` }
  }
}

function addressOf({ hostname, port }: ServerOptions['listen']): string {
  return hostname.includes(':') ? `[${hostname}]:${port}` : `${hostname}:${port}`
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : null
  if (code === 'EADDRINUSE') return 'the port is used by another program'
  if (code === 'EADDRNOTAVAIL') return 'this machine has no such address'
  if (code === 'EACCES') return 'not allowed; ports below 1024 are for root'
  return error instanceof Error ? error.message : String(error)
}
