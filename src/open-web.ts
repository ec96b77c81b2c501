import type { Hono } from 'hono'
import type { WebConfig } from './core/model/config.ts'
import type { PresentCluster } from './core/model/node-view.ts'
import { baseUrl } from './core/model/page-url.ts'
import type { Clock, EndedSession, Heartbeats, Log, Store, Telemetry } from './core/model/ports.ts'
import type { Actions, Present } from './core/model/present.ts'
import type { Past } from './core/past/past.ts'
import type { Identifying } from './web/auth/access.ts'
import type { Faults } from './web/http/faults.ts'
import type { HeldPorts } from './web/http/held-ports.ts'
import type { ServerBindings, WebEnv } from './web/http/viewer.ts'

/** Where to serve what; null serves it nowhere. Port 0 takes any free one. */
export interface Listening {
  /** Metrics and health, for everybody who can connect. */
  readonly metrics: WebConfig['listen'] | null
  /** Whether heartbeats can be pinged there, too. */
  readonly takesPings: boolean
  /** Everything that the configuration's `web` asks for. */
  readonly web: WebConfig['listen'] | null
  /** Whether the metrics of the pages are for everybody, as those of `--metrics`, which wants the same port. */
  readonly hasOpenMetrics: boolean
}

interface Options {
  readonly listening: Listening
  /** Where ports stay open from one role to the next; absent on one machine. */
  readonly ports?: HeldPorts
  readonly present: Present
  readonly actions: Actions
  readonly telemetry: Telemetry
  /** The cluster that this server belongs to; null without one. */
  readonly cluster: PresentCluster | null
  readonly heartbeats: Heartbeats
  readonly openPast: () => Past
  readonly clock: Clock
  readonly log: Log
  readonly mask: (text: string) => string
  readonly version: string
  /** In hexadecimal, as it is now; see `Snapshot.secret`. */
  readonly secret: () => string
  /** Calls `listener` when that has changed. */
  readonly onSecret: (listener: () => void) => void
  readonly endedSessions: readonly EndedSession[]
  /** See `Snapshot`. */
  readonly installation: string
  readonly keepEndedSessions: Store['keepEndedSessions']
  readonly noteAction: Store['noteAction']
}

export type OpenedWeb =
  /** `health` is the address of `/healthz`; null where nothing is served. */
  | {
      readonly kind: 'open'
      readonly health: WebConfig['listen'] | null
      /** Answers a request that came to another server of the cluster as the last of the listeners would. Never rejects. */
      readonly answer: Answer
      readonly close: () => Promise<void>
    }
  /** An address cannot be had; the reason is a whole sentence for the user. */
  | { readonly kind: 'refused'; readonly reason: string }

type Answer = (request: Request, bindings: ServerBindings) => Promise<Response>

/**
 * The part of the composition root that serves HTTP: opens in order what is asked for, and closes it in reverse. The
 * code of web/ is loaded only then: it would add a fifth to the time and memory of a start.
 */
export async function openWeb(options: Options): Promise<OpenedWeb> {
  const { metrics, takesPings, web, hasOpenMetrics } = options.listening
  const { faults, listen, answer, closes, close } = await createListeners(options)

  let health: WebConfig['listen'] | null = null
  if (metrics !== null) {
    const { createMetricsApp } = await import('./web/metrics/metrics-app.ts')
    const server = await listen(
      metrics,
      createMetricsApp({ ...options, faults, heartbeats: takesPings ? options.heartbeats : null }),
    )
    if (server.kind === 'refused') return server
    health = { ...metrics, port: server.port }
    tellMetrics(options, health)
  }
  if (web !== null) {
    const server = await listen(
      web,
      await createPages({ ...options, faults }, closes),
      () => options.present.web.trustedProxies,
    )
    if (server.kind === 'refused') return server
    const address = { ...web, port: server.port }
    // Metrics say more: they need no password.
    health ??= address
    await tellAddress(options, address)
    options.onSecret(() => {
      options.log.write('info', 'all sessions have ended')
      void tellSignIn(options, address)
    })
    if (hasOpenMetrics) tellMetrics(options, address)
  }
  return { kind: 'open', health, answer, close }
}

interface StandbyOptions
  extends Pick<Options, 'listening' | 'ports' | 'telemetry' | 'clock' | 'log' | 'mask' | 'version'>,
    Pick<Identifying, 'present'> {
  /** Has a request answered by the server that leads. */
  readonly handOver: Answer
}

/** The same for a server of a cluster that does not lead: metrics and health are its own. */
export async function openStandbyWeb(options: StandbyOptions): Promise<OpenedWeb> {
  const { listening, present, handOver, log } = options
  const { metrics, takesPings, web } = listening
  const { faults, listen, answer, close } = await createListeners(options)
  const clock = () => options.clock.wallMs()
  let health: WebConfig['listen'] | null = null
  if (metrics !== null) {
    const { createMetricsApp } = await import('./web/metrics/metrics-app.ts')
    const pings = takesPings ? handOver : null
    const server = await listen(metrics, createMetricsApp({ ...options, faults, heartbeats: null, handOver: pings }))
    if (server.kind === 'refused') return server
    health = { ...metrics, port: server.port }
    tellMetrics(options, health)
  }
  if (web !== null) {
    const { createStandbyApp } = await import('./web/standby-app.ts')
    const { hasOpenMetrics } = listening
    const app = createStandbyApp({ ...options, faults, clock, hasOpenMetrics })
    const server = await listen(web, app, () => present.web.trustedProxies)
    if (server.kind === 'refused') return server
    const address = { ...web, port: server.port }
    health ??= address
    const url = baseUrl({ ...present.web, listen: address })
    log.write('info', `pages are at ${url}/, from the server that leads`, { url: `${url}/` })
    if (hasOpenMetrics) tellMetrics(options, address)
  }
  return { kind: 'open', health, answer, close }
}

/** Opens one listener after the other; the last app that was opened gives `answer`. */
async function createListeners({ log, ports }: Pick<Options, 'log' | 'ports'>) {
  const { createFaults } = await import('./web/http/faults.ts')
  const faults = createFaults(log, () => performance.now())
  const closes: (() => unknown)[] = []
  const close = async () => {
    for (const one of closes.toReversed()) await one()
  }
  let last: Answer = async () => new Response('not found\n', { status: 404 })
  return {
    faults,
    closes,
    close,
    answer: (request: Request, bindings: ServerBindings) => last(request, bindings),
    async listen(
      address: WebConfig['listen'],
      app: Hono<WebEnv>,
      trustedProxies: () => WebConfig['trustedProxies'] = () => null,
    ) {
      const { answerSafely, createServer } = await import('./web/http/server.ts')
      const listen = ports?.listen ?? createServer
      const server = listen({ listen: address, app, faults, trustedProxies })
      if (server.kind === 'listening') closes.push(server.close)
      else await close()
      last = (request, bindings) => answerSafely(app, faults, { request, bindings })
      return server
    },
  }
}

async function createPages(options: Options & { faults: Faults }, closes: (() => unknown)[]): Promise<Hono<WebEnv>> {
  const [{ createWebApp }, { createBoard }] = await Promise.all([
    import('./web/app.ts'),
    import('./web/board/board.ts'),
  ])
  const { present, openPast, clock, log, secret, faults } = options
  let bytes = { of: '', secret: new Uint8Array() }
  const secretBytes = () => {
    if (bytes.of !== secret()) bytes = { of: secret(), secret: Uint8Array.fromHex(secret()) }
    return bytes.secret
  }
  const past = openPast()
  closes.push(() => past.close())
  const board = createBoard({ present, past, clock, log, report: faults.report })
  closes.push(() => board.close())
  return createWebApp({
    ...options,
    past,
    board,
    clock: () => clock.wallMs(),
    secret: secretBytes,
    hasOpenMetrics: options.listening.hasOpenMetrics,
  })
}

async function tellAddress(options: Options, listen: WebConfig['listen']): Promise<void> {
  const url = baseUrl({ ...options.present.web, listen })
  options.log.write('info', `pages are at ${url}/`, { url: `${url}/` })
  await tellSignIn(options, listen)
}

function tellMetrics({ log }: Pick<Options, 'log'>, listen: WebConfig['listen']): void {
  log.write('info', `metrics are at ${baseUrl({ url: null, listen })}/metrics`)
}

/** Without users and tokens, prints a link with the sign-in key: the log is for the same people as the configuration. */
async function tellSignIn({ present, log, secret }: Options, listen: WebConfig['listen']): Promise<void> {
  const { users, tokens } = present.web
  if (users.size > 0 || tokens.length > 0) return
  const { signInKey } = await import('./web/auth/session.ts')
  const url = baseUrl({ ...present.web, listen })
  // At the end: terminals take what follows for a part of the link.
  log.write('info', `sign in at ${url}/sign-in?key=${signInKey(Uint8Array.fromHex(secret()))}`)
}
