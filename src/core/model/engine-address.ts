import type { EngineAccess } from './cluster-config.ts'

/** Where a server of the engine listens, and the login that was written into its address, if any. */
export interface EngineAddress {
  /** As it was given, with a scheme and without the login. */
  readonly server: string
  readonly login: EngineAccess['login']
}

/**
 * Reads `nats://host:4222`, `tls://host`, or `host:4222`, also with a login: `nats://user:password@host`, `nats://token@host`.
 * Null for anything else.
 */
export function parseEngineAddress(text: string): EngineAddress | null {
  const url = URL.parse(/^[a-z][a-z\d+.-]*:\/\//i.test(text) ? text : `nats://${text}`)
  if (url === null || !/^(?:nats|tls):$/.test(url.protocol) || url.hostname === '') return null
  if (!/^\/?$/.test(url.pathname) || url.search !== '' || url.hash !== '' || /\s/.test(text)) return null
  const [user, password] = [decoded(url.username), decoded(url.password)]
  return { server: `${url.protocol}//${url.host}`, login: loginOf(user, password) }
}

/** Addresses with commas between them. `isOrderly`: none was left out as it is no address. */
export function parseEngineAddresses(text: string): {
  readonly addresses: readonly EngineAddress[]
  readonly isOrderly: boolean
} {
  const given = text.split(',').map((part) => part.trim())
  const addresses = given.flatMap((part) => parseEngineAddress(part) ?? [])
  return {
    addresses,
    isOrderly: addresses.length === given.filter((part) => part !== '').length && addresses.length > 0,
  }
}

function loginOf(user: string, password: string): EngineAccess['login'] {
  if (user === '' && password === '') return { kind: 'none' }
  return password === '' ? { kind: 'token', token: user } : { kind: 'password', user, password }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** What is secret of a login: it is shown nowhere. */
export function secretOf(login: EngineAccess['login']): string | null {
  if (login.kind === 'password') return login.password
  if (login.kind === 'token') return login.token
  return login.kind === 'nkey' ? login.seed : null
}
