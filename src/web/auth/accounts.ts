import { createHmac } from 'node:crypto'
import type { WebConfig } from '../../core/model/config.ts'
import { equalTexts } from './session.ts'

/** Who signs in by a key or a token instead of a name and a password. */
export const KEY_USER = 'key'

type AuthConfig = Pick<WebConfig, 'users' | 'tokens'>

/** What may be given as the key of the sign-in form: with users nothing, else a token, or Minitor's own key. Pure. */
export function signInKeys({ users, tokens }: AuthConfig, secret: Uint8Array): readonly string[] {
  if (users.size > 0) return []
  return tokens.length > 0 ? tokens : [signInKey(secret)]
}

/**
 * What this user signs in with, and a session is bound to: with another password, or other tokens, it ends.
 * Null where there is no such user. Pure.
 */
export function credentialOf(user: string, auth: AuthConfig, secret: Uint8Array): string | null {
  const keys = signInKeys(auth, secret)
  if (keys.length > 0) return user === KEY_USER ? keys.join('\n') : null
  return auth.users.get(user) ?? null
}

/** Whether the text is one of the secrets. Takes as long for one that is nearly right as for one that is wrong. Pure. */
export function isOneOf(given: string, secrets: readonly string[]): boolean {
  return secrets.map((secret) => equalTexts(given, secret)).includes(true)
}

/** What people sign in with where the configuration names nobody: 32 characters that only `secret` gives. Pure. */
export function signInKey(secret: Uint8Array): string {
  return createHmac('sha256', secret).update('sign-in key').digest('base64url').slice(0, 32)
}
