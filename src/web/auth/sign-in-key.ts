import { createHmac } from 'node:crypto'

/** What people sign in with where the configuration names nobody: 32 characters that only `secret` gives. Pure. */
export function signInKey(secret: Uint8Array): string {
  return createHmac('sha256', secret).update('sign-in key').digest('base64url').slice(0, 32)
}
