import { listenAddressText } from '../../core/model/address.ts'
import type { Faults } from './faults.ts'
import { createServer, isStream, type Listening, type ServerOptions, type ServerStart, type Serving } from './server.ts'

/**
 * Ports that stay open while what they serve changes: a server of a cluster takes over, or follows. A client whose
 * connection is refused takes the whole machine for dead.
 */
export interface HeldPorts {
  /** As `createServer`, but what is closed keeps its port for whoever listens there next. */
  listen(options: ServerOptions): ServerStart
  /** Lets the next listener take these ports over; until then, the present one goes on. */
  release(): void
  close(): Promise<void>
}

interface Options {
  /** Answers while nobody listens. `isBegun`: somebody did when the request came, and may have done what it asks. */
  readonly answer: (request: Request, isBegun: boolean) => Response
  readonly faults: Faults
}

interface Port {
  readonly address: string
  readonly server: Listening
  /** Ends what is under way for whoever listens; null for nobody. */
  holder: AbortController | null
}

export function createHeldPorts({ answer, faults }: Options): HeldPorts {
  const ports: Port[] = []
  const nobody: Serving = {
    app: { fetch: (request) => answer(request, false) },
    faults,
    trustedProxies: () => null,
  }

  const take = (port: Port, serving: Serving): Listening => {
    const holder = new AbortController()
    port.holder = holder
    port.server.serve({ ...serving, app: untilEnd(holder.signal, serving.app, (request) => answer(request, true)) })
    return {
      ...port.server,
      async close() {
        if (port.holder === holder) {
          port.holder = null
          port.server.serve(nobody)
        }
        holder.abort()
      },
    }
  }

  return {
    listen(options) {
      const address = listenAddressText(options.listen)
      const held = ports.find((port) => port.address === address && port.holder === null)
      if (held !== undefined) return take(held, options)
      const server = createServer(options)
      if (server.kind === 'refused') return server
      const port = { address, server, holder: null }
      ports.push(port)
      return take(port, options)
    },
    release() {
      for (const port of ports) port.holder = null
    },
    async close() {
      await Promise.all(ports.splice(0).map(({ server }) => server.close()))
    },
  }
}

/** The same app until the signal says so: then `answer` does for it, and streams break off. */
function untilEnd(signal: AbortSignal, app: Serving['app'], answer: (request: Request) => Response): Serving['app'] {
  return {
    async fetch(request, bindings) {
      const { promise: ended, resolve } = Promise.withResolvers<Response>()
      const end = () => resolve(answer(request))
      signal.addEventListener('abort', end)
      try {
        const response = await Promise.race([app.fetch(request, bindings), ended])
        return isStream(response) && response.body !== null ? brokenOffBy(signal, response, response.body) : response
      } finally {
        signal.removeEventListener('abort', end)
      }
    },
  }
}

function brokenOffBy(signal: AbortSignal, response: Response, body: ReadableStream<Uint8Array>): Response {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
  body.pipeTo(writable, { signal }).catch(() => {})
  return new Response(readable, response)
}
