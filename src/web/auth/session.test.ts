import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { createSessions, credentialOf, signInKey } from './session.ts'

const secret = new Uint8Array(32).fill(1)
const sessionsOf = (users: Readonly<Record<string, string>>, key = secret) =>
  createSessions({
    secret: () => key,
    credentialOf: (user) => users[user] ?? null,
    ended: [],
    keepEnded: async () => {},
  })

test('a session says who it is until its end', () => {
  const sessions = sessionsOf({ anna: 'hash', 'Bo. Ö\n': 'hash' })
  for (const user of ['anna', 'Bo. Ö\n']) {
    const value = sessions.seal(user, 1_000, 'hash')
    expect(value).toMatch(/^[\w.-]+$/)
    expect([sessions.open(value, 999), sessions.open(value, 1_000)]).toEqual([user, null])
  }
})

test.each([
  { name: 'another password', users: { anna: 'new' } },
  { name: 'no such user any more', users: {} },
  { name: 'another secret', users: { anna: 'hash' }, key: new Uint8Array(32) },
])('$name ends it', ({ users, key }) => {
  const value = sessionsOf({ anna: 'hash' }).seal('anna', 1_000, 'hash')
  expect(sessionsOf(users, key).open(value, 0)).toBeNull()
})

test('whatever is changed in it, it is none', () => {
  const sessions = sessionsOf({ anna: 'hash', bert: 'hash' })
  const value = sessions.seal('anna', 1_000, 'hash')
  const [, until, signature] = value.split('.')
  const forged = [`${Buffer.from('bert').toString('base64url')}.${until}.${signature}`, value.replace('1000', '9999')]
  for (const wrong of ['', '.', '..', value.slice(0, -1), ...forged]) expect(sessions.open(wrong, 0)).toBeNull()
  fc.assert(
    fc.property(fc.nat(value.length - 1), fc.constantFrom('A', 'z', '0', '.'), (at, character) => {
      const changed = value.slice(0, at) + character + value.slice(at + 1)
      return changed === value || sessions.open(changed, 0) === null
    }),
  )
})

test('without users, sessions stand on the tokens, or on the key of the secret', () => {
  const none = { users: new Map<string, string>(), tokens: [] }
  expect(credentialOf('key', none, secret)).toBe(signInKey(secret))
  expect(credentialOf('anna', none, secret)).toBeNull()
  expect(credentialOf('key', { ...none, tokens: ['t'] }, secret)).toBe('t')
  const users = new Map([['anna', 'hash']])
  expect(credentialOf('key', { users, tokens: ['t'] }, secret)).toBeNull()
  expect(credentialOf('anna', { users, tokens: ['t'] }, secret)).toBe('hash')
})

test('the key is long, fit for an address, and its own for each secret', () => {
  expect(signInKey(secret)).toMatch(/^[\w-]{32}$/)
  expect(signInKey(secret)).not.toBe(signInKey(new Uint8Array(32)))
})
