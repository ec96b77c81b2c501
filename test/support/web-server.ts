import { createWebApp } from '../../src/web/app.ts'
import { createServer } from '../../src/web/http/server.ts'
import { type FakeOptions, type FakeWeb, fakeWeb } from './web-fakes.ts'

export const TOKEN = 'a-token-of-20-letters'

export interface WebServer extends AsyncDisposable, FakeWeb {
  readonly port: number
  /** Asks for a path; follows no redirect. */
  ask(path: string, init?: RequestInit): Promise<Response>
  /** The same as a program with the token. */
  askAsUser(path: string, init?: RequestInit): Promise<Response>
}

/** The app of the web over fakes, on a socket. Its token is TOKEN unless others are given. */
export function serveWeb({ web, ...options }: FakeOptions = {}): WebServer {
  const fake = fakeWeb({ ...options, web: { tokens: [TOKEN], ...web } })
  const { faults, present } = fake.context
  const server = createServer({
    listen: { hostname: '127.0.0.1', port: 0 },
    app: createWebApp(fake.context),
    faults,
    trustedProxies: () => present.web.trustedProxies,
  })
  if (server.kind === 'refused') throw new Error(server.reason)
  const ask = (path: string, init?: RequestInit) => fetch(new URL(path, server.url), { redirect: 'manual', ...init })
  return {
    ...fake,
    get listenerCount() {
      return fake.listenerCount
    },
    port: server.port,
    ask,
    askAsUser: (path, init = {}) =>
      ask(path, {
        ...init,
        headers: { Authorization: `Bearer ${TOKEN}`, ...(init.headers as Record<string, string>) },
      }),
    [Symbol.asyncDispose]: server.close,
  }
}
