import { readFileSync } from 'node:fs'
import {
  type Authenticator,
  AuthorizationError,
  type ConnectionOptions,
  credsAuthenticator,
  type Msg,
  type NatsConnection,
  nkeyAuthenticator,
  PermissionViolationError,
  type Subscription,
  UserAuthenticationExpiredError,
} from '@nats-io/transport-node'
import type { EngineAccess } from '../../core/model/cluster-config.ts'
import { secretOf } from '../../core/model/engine-address.ts'
import type { Log } from '../../core/model/ports.ts'
import { createMask } from '../../core/text/mask.ts'
import { connect } from './connect.ts'
import { connectionFailure, isMissing, isSilence, NotConnected, Refusal, requestReason } from './reason.ts'

/** What one dial may take, with its handshakes. */
const DIAL_TIMEOUT_MS = 3_000
/** Between two tries to connect: a server that starts again is back within a second or two. */
const RETRY_MS = 500
/** A server that is frozen or cut off is noticed after two of these. */
const PING_INTERVAL_MS = 1_500
const MOST_PINGS_OUT = 2
/** Nothing that is asked takes longer, or it has failed. */
export const REQUEST_TIMEOUT_MS = 5_000
/** The same for a short question. While the engine's servers choose their leader, it is lost, and must be asked again. */
export const QUESTION_TIMEOUT_MS = 2_000
/** When nothing has been answered for so long, another server is tried: this one may be cut off from the others. */
const SILENCE_MS = 8_000
/** A shorter one would be found in ordinary words. */
const SHORTEST_SECRET = 4
/** Streams with leaders and followers are there since this one; what works here is tested with 2.9.10. */
const OLDEST_VERSION = [2, 9, 0] as const

/** The way to the engine, over all connections that there will be. */
export interface Link {
  /** What all subjects begin with on which this node listens for answers. */
  readonly inboxPrefix: string
  /** Aborted when it is closed. */
  readonly ending: AbortSignal
  /** Asks over the connection that there is now; rejects with `NotConnected` if there is none. */
  call<Answer>(ask: (connection: NatsConnection) => Promise<Answer>): Promise<Answer>
  /** The same for a short question, which rejects as soon as the connection is lost: its answer does not come any more. */
  ask<Answer>(ask: (connection: NatsConnection) => Promise<Answer>): Promise<Answer>
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
  /** Makes what is missing in the engine, or rejects. Called for every connection, until it is well; null for an agent. */
  readonly prepare: ((connection: NatsConnection) => Promise<void>) | null
  readonly log: Log | undefined
}

/** Connects, for ever. Rejects with a `Refusal` if it can never work so; an engine that is not there yet is waited for. */
export async function openLink({ access, name, inboxPrefix, prepare, log }: LinkOptions): Promise<Link> {
  const secret = secretOf(access.login)
  const mask = createMask(secret === null || secret.length < SHORTEST_SECRET ? [] : [secret])
  const options = connectionOptions(access, { name, inboxPrefix })
  const users = new Set<(connection: NatsConnection) => void>()
  const usable = new Set<() => void>()
  const onLost = new Set<() => void>()
  const troubleListeners = new Set<(trouble: string | null) => void>()
  const toldRefusals = new Set<string>()
  const ending = new AbortController()
  let connection: NatsConnection | null = null
  let isUp = false
  let trouble: string | null = `NATS at ${access.servers.join(', ')} is not connected yet`
  let isPrepared = false
  /** Since when no request has been answered, by `performance.now()`; null while they are. */
  let silentSinceMs: number | null = null
  let looks = 0
  const lost = `the connection to NATS at ${access.servers.join(', ')} is lost`
  const { promise: firstLook, resolve: looked } = Promise.withResolvers<unknown>()

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

  const noteSilence = (current: NatsConnection, error: unknown) => {
    if (current !== connection || !isUp) return
    const nowMs = performance.now()
    // One may be lost by chance.
    if (silentSinceMs !== null) setTrouble(mask(requestReason(error)))
    silentSinceMs ??= nowMs
    const isAlone = access.servers.length === 1 && current.info?.cluster === undefined
    if (isAlone || nowMs - silentSinceMs < SILENCE_MS) return
    silentSinceMs = nowMs
    void current.reconnect()
  }

  /** Makes the engine ready, again and again until it is, or until this is called again, or the connection is gone. */
  const look = async (current: NatsConnection) => {
    const own = ++looks
    isPrepared = false
    const isCurrent = () => own === looks && connection === current && isUp && !ending.signal.aborted
    while (isCurrent()) {
      try {
        await prepare?.(current)
        if (!isCurrent()) break
        isPrepared = true
        silentSinceMs = null
        setTrouble(null)
        looked(null)
        for (const listener of usable) listener()
        return
      } catch (error) {
        if (!isCurrent()) break
        setTrouble(mask(requestReason(error)))
        looked(error)
        if (isSilence(error)) noteSilence(current, error)
        await pause(RETRY_MS)
      }
    }
    looked(null)
  }

  const lose = () => {
    isUp = false
    isPrepared = false
    for (const tell of onLost) tell()
  }

  const listen = async (current: NatsConnection) => {
    for await (const status of current.status()) {
      if (status.type === 'disconnect') {
        // While it is lost, a refusal of the login says more.
        if (isUp) setTrouble(lost)
        lose()
      } else if (status.type === 'reconnect') {
        isUp = true
        silentSinceMs = null
        void look(current)
      } else if (status.type === 'error') {
        noteError(status.error)
      }
    }
  }

  const noteError = (error: Error) => {
    if (error instanceof AuthorizationError || error instanceof UserAuthenticationExpiredError)
      return setTrouble(connectionFailure(error, access.servers).message)
    if (!(error instanceof PermissionViolationError)) return
    const verb = error.operation === 'publish' ? 'send to' : 'listen to'
    // Every answer has an address of its own.
    const subject = error.subject.startsWith(inboxPrefix) ? `${inboxPrefix}.>` : error.subject
    const message = `NATS does not permit this login to ${verb} ${subject}`
    if (!toldRefusals.has(message)) log?.write('warn', message)
    toldRefusals.add(message)
  }

  const live = async (current: NatsConnection) => {
    connection = current
    isUp = true
    void listen(current)
    for (const use of users) use(current)
    void look(current)
    await current.closed()
    lose()
    connection = null
    setTrouble(lost)
  }

  const run = async () => {
    while (!ending.signal.aborted) {
      try {
        const dialled = await dial()
        if (ending.signal.aborted) return void (await dialled.close())
        await live(dialled)
      } catch (error) {
        setTrouble(mask(messageOf(error)))
        looked(error)
      }
      await pause(RETRY_MS)
    }
  }
  const close = async () => {
    ending.abort()
    // A dial that is under way ends by itself.
    await connection?.close().catch(() => {})
  }

  void run()
  const failure = await firstLook
  if (failure instanceof Refusal) {
    await close()
    throw new Refusal(mask(failure.message), failure.hint)
  }

  const onConnection: Link['onConnection'] = (use) => {
    users.add(use)
    if (connection !== null) use(connection)
    return () => users.delete(use)
  }

  const call: Link['call'] = async (ask) => {
    const current = connection
    if (current === null || !isUp) throw new NotConnected(trouble ?? 'NATS is not connected')
    try {
      const answer = await ask(current)
      silentSinceMs = null
      if (isUp && isPrepared) setTrouble(null)
      return answer
    } catch (error) {
      if (isSilence(error)) noteSilence(current, error)
      if (prepare !== null && isPrepared && isMissing(error)) void look(current)
      throw error
    }
  }

  return {
    inboxPrefix,
    ending: ending.signal,
    call,
    async ask(ask) {
      const { promise: isLost, reject } = Promise.withResolvers<never>()
      const tell = () => reject(new NotConnected(lost))
      onLost.add(tell)
      try {
        return await Promise.race([call(ask), isLost])
      } finally {
        onLost.delete(tell)
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
    close,
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
