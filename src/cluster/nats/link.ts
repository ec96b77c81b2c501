import { readFileSync } from 'node:fs'
import {
  type Authenticator,
  type ConnectionOptions,
  connect,
  credsAuthenticator,
  type Msg,
  type NatsConnection,
  nkeyAuthenticator,
  PermissionViolationError,
  type Subscription,
} from '@nats-io/transport-node'
import type { EngineAccess } from '../../core/model/cluster-config.ts'
import { secretOf } from '../../core/model/engine-address.ts'
import type { Log } from '../../core/model/ports.ts'
import { createMask } from '../../core/text/mask.ts'
import { connectionFailure, isSilence, NotConnected, Refusal, requestReason } from './reason.ts'

/** What one dial may take, with its handshakes. */
const DIAL_TIMEOUT_MS = 3_000
/** Between two tries to connect: a server that starts again is back within a second or two. */
const RETRY_MS = 500
/** A server that is frozen or cut off is noticed after two of these. */
const PING_INTERVAL_MS = 1_500
const MOST_PINGS_OUT = 2
/** Nothing that is asked takes longer, or it has failed. */
export const REQUEST_TIMEOUT_MS = 5_000
/** So often in a row may a server not answer before another one is tried. */
const MOST_FAILED_LOOKS = 2
/** Streams with leaders and followers are there since this one; what works here is tested with 2.9.10. */
const OLDEST_VERSION = [2, 9, 0] as const

/** The way to the engine, over all connections that there will be. */
export interface Link {
  /** What all subjects begin with on which this node listens for answers. */
  readonly inboxPrefix: string
  /** Asks over the connection that there is now; rejects with `NotConnected` if there is none. */
  call<Answer>(ask: (connection: NatsConnection) => Promise<Answer>): Promise<Answer>
  /**
   * Calls `use` with the connection that there is, and with every one that comes in its place: subscriptions do not
   * outlive a connection. Within one, the client looks after them when it connects anew.
   */
  onConnection(use: (connection: NatsConnection) => void): () => void
  /** Listens over every connection, until the returned function is called. */
  listen(subject: string, take: (message: Msg) => void): () => void
  /** Calls `listener` whenever the engine can be used again: after every connection, also one within `onConnection`. */
  onUsable(listener: () => void): () => void
  trouble(): string | null
  onTrouble(listener: (trouble: string | null) => void): void
  close(): Promise<void>
}

export interface LinkOptions {
  readonly access: EngineAccess
  /** As the engine lists it among its connections. */
  readonly name: string
  /** Where answers come in: an agent may listen nowhere else. */
  readonly inboxPrefix: string
  /** Whether the engine can be used: makes what is missing, or rejects. Asked again until it is well. */
  readonly prepare: (connection: NatsConnection) => Promise<void>
  readonly log: Log | undefined
}

/** Connects, for ever. Rejects with a `Refusal` if it can never work so; an engine that is not there yet is waited for. */
export async function openLink({ access, name, inboxPrefix, prepare, log }: LinkOptions): Promise<Link> {
  const secret = secretOf(access.login)
  const mask = createMask(secret === null ? [] : [secret])
  const options = connectionOptions(access, { name, inboxPrefix })
  const users = new Set<(connection: NatsConnection) => void>()
  const usable = new Set<() => void>()
  const troubleListeners = new Set<(trouble: string | null) => void>()
  const toldRefusals = new Set<string>()
  const ending = new AbortController()
  let connection: NatsConnection | null = null
  let isUp = false
  let trouble: string | null = `NATS at ${access.servers.join(', ')} is not connected yet`
  let looking: Promise<void> | null = null

  const setTrouble = (next: string | null) => {
    if (trouble === next || ending.signal.aborted) return
    trouble = next
    for (const listener of troubleListeners) listener(next)
  }
  const pause = (ms: number) =>
    new Promise<void>((resolve) => {
      if (ending.signal.aborted) return resolve()
      const done = () => {
        clearTimeout(timer)
        ending.signal.removeEventListener('abort', done)
        resolve()
      }
      const timer = setTimeout(done, ms)
      ending.signal.addEventListener('abort', done)
    })

  const dial = async (): Promise<NatsConnection> => {
    try {
      const dialled = await connect(options())
      const version = dialled.info?.version ?? '0'
      if (!isNewEnough(version)) {
        await dialled.close()
        const hint = `Minitor needs ${OLDEST_VERSION.join('.')} or later`
        throw new Refusal(`NATS at ${access.servers.join(', ')} is too old: version ${version}`, hint)
      }
      return dialled
    } catch (error) {
      throw connectionFailure(error, access.servers)
    }
  }

  /** Looks whether the engine can be used, again and again until it can, or the connection is gone. */
  const look = (current: NatsConnection) => {
    const isCurrent = () => connection === current && isUp && !ending.signal.aborted
    const lookOn = async () => {
      for (let failed = 0; isCurrent(); ) {
        try {
          await prepare(current)
          if (!isCurrent()) return
          setTrouble(null)
          for (const listener of usable) listener()
          return
        } catch (error) {
          if (!isCurrent()) return
          setTrouble(mask(requestReason(error)))
          failed++
          // This server may be cut off from those that can answer.
          if (failed >= MOST_FAILED_LOOKS && isSilence(error) && access.servers.length > 1) {
            failed = 0
            await current.reconnect()
          }
          await pause(RETRY_MS)
        }
      }
    }
    looking ??= lookOn().finally(() => {
      looking = null
    })
  }

  const listen = async (current: NatsConnection) => {
    for await (const status of current.status()) {
      if (status.type === 'disconnect') {
        isUp = false
        setTrouble(`the connection to NATS at ${access.servers.join(', ')} is lost`)
      } else if (status.type === 'reconnect') {
        isUp = true
        await looking
        look(current)
      } else if (status.type === 'error' && status.error instanceof PermissionViolationError) {
        const { operation, subject } = status.error
        const message = `NATS does not permit this login ${operation === 'publish' ? 'to send to' : 'to listen to'} ${subject}`
        if (!toldRefusals.has(message)) log?.write('warn', message)
        toldRefusals.add(message)
      }
    }
  }

  const live = async (current: NatsConnection) => {
    connection = current
    isUp = true
    for (const use of users) use(current)
    // The first one has been looked at.
    if (trouble !== null) look(current)
    void listen(current)
    await current.closed()
    isUp = false
    connection = null
  }

  const run = async (first: NatsConnection | null) => {
    for (let next = first; !ending.signal.aborted; next = null) {
      try {
        await live(next ?? (await dial()))
        setTrouble(`the connection to NATS at ${access.servers.join(', ')} is lost`)
      } catch (error) {
        setTrouble(mask(messageOf(error)))
      }
      await pause(RETRY_MS)
    }
  }

  const begin = async (): Promise<NatsConnection | null> => {
    let dialled: NatsConnection | null = null
    try {
      dialled = await dial()
      await prepare(dialled)
      trouble = null
    } catch (error) {
      if (error instanceof Refusal) {
        await dialled?.close()
        throw new Refusal(mask(error.message), error.hint)
      }
      trouble = mask(dialled === null ? messageOf(error) : requestReason(error))
    }
    return dialled
  }
  const first = await begin()
  const running = run(first)

  const onConnection: Link['onConnection'] = (use) => {
    users.add(use)
    if (connection !== null) use(connection)
    return () => users.delete(use)
  }

  return {
    inboxPrefix,
    async call(ask) {
      const current = connection
      if (current === null || !isUp) throw new NotConnected(trouble ?? 'NATS is not connected')
      try {
        return await ask(current)
      } catch (error) {
        if (isSilence(error) && isUp) look(current)
        throw error
      }
    },
    onConnection,
    listen(subject, take) {
      let subscription: Subscription | null = null
      const callback = (error: Error | null, message: Msg) => {
        if (error === null) take(message)
      }
      const stop = onConnection((current) => {
        subscription = current.subscribe(subject, { callback })
      })
      return () => {
        stop()
        subscription?.unsubscribe()
      }
    },
    onUsable(listener) {
      usable.add(listener)
      return () => usable.delete(listener)
    },
    trouble: () => trouble,
    onTrouble: (listener) => void troubleListeners.add(listener),
    async close() {
      ending.abort()
      await connection?.close().catch(() => {})
      await running
    },
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** A function, as files are read anew for every connection: they may have been renewed. */
function connectionOptions(
  { servers, login, tls }: EngineAccess,
  about: { readonly name: string; readonly inboxPrefix: string },
): () => ConnectionOptions {
  const isTls = tls !== null || servers.some((server) => server.startsWith('tls://'))
  return () => ({
    servers: servers.map((server) => server.replace(/^tls:/, 'nats:')),
    ...about,
    ...loginOptions(login),
    ...(isTls ? { tls: tlsOptions(tls) } : {}),
    timeout: DIAL_TIMEOUT_MS,
    pingInterval: PING_INTERVAL_MS,
    maxPingOut: MOST_PINGS_OUT,
    maxReconnectAttempts: -1,
    reconnectTimeWait: RETRY_MS,
    // The stack of who asked, for errors that nobody shows, is a tenth of the work of sending a check.
    noAsyncTraces: true,
    // A password that is wrong now may have been changed on one server first.
    ignoreAuthErrorAbort: true,
  })
}

function loginOptions(login: EngineAccess['login']): ConnectionOptions {
  if (login.kind === 'password') return { user: login.user, pass: login.password }
  if (login.kind === 'token') return { token: login.token }
  if (login.kind === 'none') return {}
  return { authenticator: login.kind === 'nkey' ? fromSeed(login.seed) : fromFile(login.path) }
}

function fromSeed(seed: string): Authenticator {
  const authenticator = nkeyAuthenticator(new TextEncoder().encode(seed))
  return (nonce) => {
    try {
      return authenticator(nonce)
    } catch {
      throw new Refusal('cluster.nkey is not the seed of an nkey', 'it begins with SU; `nk -gen user` makes one')
    }
  }
}

function fromFile(path: string): Authenticator {
  const read = () => {
    try {
      return readFileSync(path)
    } catch (error) {
      throw new Refusal(`the credentials file ${path} cannot be read: ${messageOf(error)}`, 'check cluster.credentials')
    }
  }
  read()
  return (nonce) => {
    const content = read()
    try {
      return credsAuthenticator(content)(nonce)
    } catch {
      throw new Refusal(`${path} is not a credentials file`, 'make it with `nsc generate creds`')
    }
  }
}

function tlsOptions(tls: EngineAccess['tls']): NonNullable<ConnectionOptions['tls']> {
  const { ca = null, cert = null, key = null } = tls ?? {}
  return {
    ...(ca === null ? {} : { ca: fileText(ca) }),
    ...(cert === null ? {} : { cert: fileText(cert) }),
    ...(key === null ? {} : { key: fileText(key) }),
  }
}

function fileText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new Refusal(`a file of cluster.tls cannot be read: ${messageOf(error)}`, 'check the paths in cluster.tls')
  }
}

function isNewEnough(version: string): boolean {
  const [major = 0, minor = 0, patch = 0] = version.split(/[.-]/).map(Number)
  const [oldestMajor, oldestMinor, oldestPatch] = OLDEST_VERSION
  if (major !== oldestMajor) return major > oldestMajor
  return minor === oldestMinor ? patch >= oldestPatch : minor > oldestMinor
}
