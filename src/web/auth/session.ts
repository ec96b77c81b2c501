import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { WebConfig } from '../../core/model/config.ts'
import type { EndedSession } from '../../core/model/ports.ts'
import { DAY_MS } from '../../core/text/time.ts'

/** A month: people who look every day sign in twelve times a year. */
export const SESSION_MS = 30 * DAY_MS

/** The user of a session that was opened with a key or a token instead of a name and a password. */
export const KEY_USER = 'key'

/** The user of a session, in words. */
export function userText(user: string, { users }: Pick<WebConfig, 'users'>): string {
  return user === KEY_USER && users.size === 0 ? 'sign-in key' : user
}

type AuthConfig = Pick<WebConfig, 'users' | 'tokens'>

/** Minitor's own sign-in key, for a configuration without users and tokens: 32 characters derived from `secret`. Pure. */
export function signInKey(secret: Uint8Array): string {
  return createHmac('sha256', secret).update('sign-in key').digest('base64url').slice(0, 32)
}

/** The keys that the sign-in form accepts: none if there are users, else the tokens, else Minitor's own key. Pure. */
export function signInKeys({ users, tokens }: AuthConfig, secret: Uint8Array): readonly string[] {
  if (users.size > 0) return []
  return tokens.length > 0 ? tokens : [signInKey(secret)]
}

/**
 * What this user signs in with. A session is bound to it, and ends when the password or the tokens change.
 * Null if there is no such user. Pure.
 */
export function credentialOf(user: string, auth: AuthConfig, secret: Uint8Array): string | null {
  const keys = signInKeys(auth, secret)
  if (keys.length > 0) return user === KEY_USER ? keys.join('\n') : null
  return auth.users.get(user) ?? null
}

/** Whether the text is one of the secrets. A near miss takes as long as a wild guess. Pure. */
export function isOneOf(given: string, secrets: readonly string[]): boolean {
  return secrets.map((secret) => equalTexts(given, secret)).includes(true)
}

export interface Sessions {
  /** The value of a cookie for this user, good until then (Unix epoch milliseconds). `credential`: see `credentialOf`. */
  seal(user: string, untilMs: number, credential: string): string
  /** The user; null if the value is forged, ended or has expired, or the user's credential has changed. */
  open(value: string, nowMs: number): string | null
  /** Ends a session, wherever else its cookie may be. */
  end(value: string, nowMs: number): Promise<void>
}

interface SessionOptions {
  readonly secret: () => Uint8Array
  readonly credentialOf: (user: string) => string | null
  /** Sessions that were ended before this start. */
  readonly ended: readonly EndedSession[]
  readonly keepEnded: (sessions: readonly EndedSession[]) => Promise<void>
}

/** The oldest are forgotten. Only those who were signed in can add to them. */
const ENDED_COUNT = 1_000

/**
 * The cookie of a session holds the user, the end, and a signature made with `secret`; only those that were ended early are
 * remembered.
 */
export function createSessions({ secret, credentialOf, keepEnded, ...options }: SessionOptions): Sessions {
  let ended = options.ended
  const signatureOf = (content: string, credential: string) =>
    createHmac('sha256', secret()).update(`session\n${content}\n${credential}`).digest('base64url')

  const read = (value: string, nowMs: number) => {
    const [name = '', until = '', id = ''] = value.split('.')
    const user = Buffer.from(name, 'base64url').toString()
    const credential = credentialOf(user)
    if (credential === null || !equalTexts(id, signatureOf(`${name}.${until}`, credential))) return null
    const untilMs = Number(until)
    return nowMs < untilMs && !ended.some((one) => one.id === id) ? { user, id, untilMs } : null
  }

  return {
    seal(user, untilMs, credential) {
      const content = `${Buffer.from(user).toString('base64url')}.${untilMs}`
      return `${content}.${signatureOf(content, credential)}`
    },
    open: (value, nowMs) => read(value, nowMs)?.user ?? null,
    async end(value, nowMs) {
      const session = read(value, nowMs)
      if (session === null) return
      const { id, untilMs } = session
      ended = [...ended.filter((one) => one.untilMs > nowMs), { id, untilMs }].slice(-ENDED_COUNT)
      await keepEnded(ended)
    },
  }
}

/** Compares digests in constant time: the time reveals neither how much is right nor how long the secret is. */
function equalTexts(one: string, other: string): boolean {
  return timingSafeEqual(digestOf(one), digestOf(other))
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
