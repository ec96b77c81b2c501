import { JetStreamApiError } from '@nats-io/jetstream'
import { jserrors } from '@nats-io/jetstream/internal'
import { errors, RequestError } from '@nats-io/transport-node'

/** It can never work so: what is wrong, and what to do. Both are sentences without secrets. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly hint: string

  constructor(message: string, hint: string) {
    super(message)
    this.hint = hint
  }
}

/** There is no connection now; its message says why. */
export class NotConnected extends Error {
  override readonly name = 'NotConnected'
}

/** Codes of the JetStream API that say something to us. */
export const API_CODE = {
  wrongLastSequence: 10071,
  noMessage: 10037,
  /** The stream is there, with other settings. */
  nameInUse: 10058,
} as const

/** Codes that mean: no more fits on the engine's disk, or into what it may use of it. */
const FULL = new Set([10002, 10023, 10028, 10047, 10077])
/** Codes that mean: not enough servers are there for so many replicas. */
const TOO_FEW = new Set([10005, 10074])

export function isApiError(error: unknown, code: number): boolean {
  return error instanceof JetStreamApiError && error.code === code
}

export function isTooFewServers(error: unknown): boolean {
  return error instanceof JetStreamApiError && TOO_FEW.has(error.code)
}

export function isFull(error: unknown): boolean {
  return (
    error instanceof JetStreamApiError &&
    (FULL.has(error.code) || /resource|storage|no space|maximum (?:bytes|messages)/i.test(error.message))
  )
}

/** Whether nobody answered: the engine is busy with itself, frozen, or away. */
export function isSilence(error: unknown): boolean {
  return (
    error instanceof errors.TimeoutError ||
    error instanceof errors.ConnectionError ||
    error instanceof errors.ClosedConnectionError ||
    error instanceof jserrors.JetStreamNotEnabled ||
    isNoResponders(error)
  )
}

/** Whether a stream may be missing: nobody takes what is sent to it. */
export function isMissing(error: unknown): boolean {
  return error instanceof jserrors.StreamNotFoundError || error instanceof jserrors.JetStreamNotEnabled
}

export function isNoResponders(error: unknown): boolean {
  if (error instanceof errors.NoRespondersError) return true
  return error instanceof RequestError && error.isNoResponders()
}

/** Why a request failed, in a few words. */
export function requestReason(error: unknown): string {
  if (error instanceof Refusal || error instanceof NotConnected) return error.message
  if (isFull(error)) return 'NATS JetStream has no room left: on its disk, in its max_file_store, or in its account'
  if (error instanceof jserrors.JetStreamNotEnabled || isNoResponders(error))
    return 'NATS has nobody for this: JetStream is disabled or has no leader, or no server of this cluster was ever there'
  if (isTooFewServers(error)) return 'NATS has too few servers with JetStream for three replicas'
  if (error instanceof errors.TimeoutError) return 'NATS does not answer in time'
  if (isRefusedHere(error))
    return 'NATS does not permit this login to do that: examples/cluster/accounts.conf has the permissions'
  if (error instanceof errors.ClosedConnectionError || error instanceof errors.DrainingConnectionError)
    return 'the connection to NATS is closed'
  return `NATS: ${messageOf(error)}`
}

function isRefusedHere(error: unknown): boolean {
  return error instanceof errors.PermissionViolationError || causeOf(error) instanceof errors.PermissionViolationError
}

const HINT_LOGIN = 'check credentials, user and password, token or nkey of cluster'
const HINT_TLS = 'check cluster.tls and the certificate of the NATS server'

/** Why no connection came about. A refusal will not go away by itself, unless somebody changes the engine. */
export function connectionFailure(error: unknown, servers: readonly string[]): Error {
  const where = servers.join(', ')
  if (error instanceof Refusal) return error
  if (error instanceof errors.AuthorizationError || error instanceof errors.UserAuthenticationExpiredError)
    return new Refusal(`NATS at ${where} refuses the login`, HINT_LOGIN)
  const [code, message] = [codeOf(error), messageOf(error)]
  if (/CERT|SSL|TLS|SELF_SIGNED|UNABLE_TO/.test(code) || /certificate|\btls\b|handshake/i.test(message))
    return new Refusal(`the TLS connection to NATS at ${where} fails: ${message}`, HINT_TLS)
  return new Error(`NATS at ${where} cannot be reached: ${dialReason(error, message)}`)
}

function dialReason(error: unknown, message: string): string {
  if (error instanceof errors.TimeoutError) return 'nobody there answers as NATS does'
  if (message === 'unexpected response from server') return 'what listens there is not NATS'
  const [, name] = /^getaddrinfo (?:ENOTFOUND|EAI_\w+) (\S+)/.exec(message) ?? []
  return name === undefined ? message : `there is no address for the name ${name}`
}

function causeOf(error: unknown): unknown {
  return error instanceof Error ? error.cause : undefined
}

function codeOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' ? code : causeOf(error) === undefined ? '' : codeOf(causeOf(error))
}

function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).trim() || 'unknown error'
}
