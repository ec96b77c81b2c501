import { createHash, createHmac, timingSafeEqual } from 'node:crypto'

/** A month: who looks every day signs in twelve times a year. */
export const SESSION_MS = 30 * 86_400_000

export interface Sessions {
  /** The value of a cookie that says who it is until then (Unix epoch milliseconds). `credential`: see `credentialOf`. */
  seal(user: string, untilMs: number, credential: string): string
  /** Whose session it is; null where it is none, has ended, or the user signs in with something else now. */
  open(value: string, nowMs: number): string | null
}

interface SessionOptions {
  readonly secret: Uint8Array
  readonly credentialOf: (user: string) => string | null
}

/** Sessions that need no memory: the cookie says who, and until when, and a signature that only `secret` gives. */
export function createSessions({ secret, credentialOf }: SessionOptions): Sessions {
  const signatureOf = (said: string, credential: string) =>
    createHmac('sha256', secret).update(`session\n${said}\n${credential}`).digest('base64url')

  return {
    seal(user, untilMs, credential) {
      const said = `${Buffer.from(user).toString('base64url')}.${untilMs}`
      return `${said}.${signatureOf(said, credential)}`
    },
    open(value, nowMs) {
      const [name = '', until = '', signature = ''] = value.split('.')
      const user = Buffer.from(name, 'base64url').toString()
      const credential = credentialOf(user)
      if (credential === null || !equalTexts(signature, signatureOf(`${name}.${until}`, credential))) return null
      return nowMs < Number(until) ? user : null
    },
  }
}

/** Compares digests, in constant time: how long it takes tells nothing of how much is right, or how long the secret is. Pure. */
export function equalTexts(one: string, other: string): boolean {
  return timingSafeEqual(digestOf(one), digestOf(other))
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
