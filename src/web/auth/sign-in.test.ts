import { describe, expect, spyOn, test } from 'bun:test'
import { telemetryOf } from '../../../test/fixtures/telemetry.ts'
import { fakeWeb, NOW_MS } from '../../../test/support/web-fakes.ts'
import { serveWeb, TOKEN, type WebServer } from '../../../test/support/web-server.ts'
import type { EndedSession } from '../../core/model/ports.ts'
import { SESSION_MS, signInKey } from './session.ts'

const HASH = await Bun.password.hash('right password', { algorithm: 'argon2id', memoryCost: 8, timeCost: 1 })
const users = new Map([
  ['anna', HASH],
  ['bert', HASH],
])
const anna = { user: 'anna', password: 'right password' }

type Fields = Readonly<Record<string, string>>

function send(server: WebServer, path: string, fields: Fields, headers: Fields = {}): Promise<Response> {
  return server.ask(path, { method: 'POST', body: new URLSearchParams(fields), headers })
}

async function signIn(server: WebServer, fields: Fields, headers: Fields = {}) {
  const response = await send(server, '/sign-in', fields, headers)
  return { status: response.status, to: response.headers.get('Location'), cookie: response.headers.get('Set-Cookie') }
}

const refusalOf = ({ to }: { to: string | null }) => /refused=(\w+)/.exec(to ?? '')?.[1]

const REASON = 'the disk is full'
const serve = (web: Parameters<typeof serveWeb>[0] = {}) =>
  serveWeb({ ...web, context: { telemetry: telemetryOf({ troubles: () => [REASON] }), ...web.context } })

/** Reasons are shown to those who are signed in. */
async function isSignedIn(server: WebServer, cookie: string | null): Promise<boolean> {
  const response = await server.ask('/healthz', { headers: { Cookie: cookie?.split(';')[0] ?? '' } })
  return (await response.text()).includes(REASON)
}

describe('signing in', () => {
  test('with the right password there is a session, and it leads on', async () => {
    await using server = serve({ web: { users } })
    const { status, to, cookie } = await signIn(server, { ...anna, next: '/monitors/a?x=1' })
    expect([status, to]).toEqual([303, '/monitors/a?x=1'])
    const attributes = cookie?.split('; ').slice(1).toSorted()
    expect(attributes).toEqual(['HttpOnly', `Max-Age=${SESSION_MS / 1000}`, 'Path=/', 'SameSite=Lax'])
    expect(await isSignedIn(server, cookie)).toBe(true)
    expect(await isSignedIn(server, null)).toBe(false)
  })

  test('over https the session is for https only', async () => {
    await using server = serve({ web: { users, url: 'https://status.example.org' } })
    expect((await signIn(server, anna)).cookie).toContain('; Secure')
  })

  test.each([
    { name: 'a wrong password', fields: { user: 'anna', password: 'wrong' } },
    { name: 'a user who is not there', fields: { user: 'carl', password: 'right password' } },
    { name: 'no user', fields: { password: 'right password' } },
    { name: 'no password', fields: { user: 'anna' } },
    { name: 'a key where there are users', fields: { key: TOKEN } },
    { name: "Minitor's own key where there are users", fields: { key: signInKey(fakeWeb().context.secret()) } },
  ])('$name is refused', async ({ fields }) => {
    await using server = serve({ web: { users } })
    const { status, to, cookie } = await signIn(server, { ...fields, next: '/x' })
    expect([status, to, cookie]).toEqual([303, '/sign-in?refused=wrong&next=%2Fx', null])
  })

  test.each([
    '//evil.example',
    'https://evil.example',
    '/\\evil.example',
    '/\t/evil.example',
    'javascript:alert(1)',
    '',
  ])('it never leads to another site: %j', async (next) => {
    await using server = serve({ web: { users } })
    expect((await signIn(server, { ...anna, next })).to).toBe('/')
  })

  test.each([
    { name: "Minitor's own key", tokens: [], key: signInKey(fakeWeb().context.secret()), isRight: true },
    { name: 'a token where there are no users', tokens: [TOKEN], key: TOKEN, isRight: true },
    { name: "Minitor's own key where there are tokens", tokens: [TOKEN], key: signInKey(fakeWeb().context.secret()) },
    { name: 'another key', tokens: [], key: 'x'.repeat(32) },
    { name: 'no key', tokens: [], key: '' },
  ])('by key: $name', async ({ tokens, key, isRight = false }) => {
    await using server = serve({ web: { tokens } })
    const { cookie } = await signIn(server, { key })
    expect([cookie !== null, await isSignedIn(server, cookie)]).toEqual([isRight, isRight])
  })

  test('signing out ends the session in this browser', async () => {
    await using server = serve({ web: { users } })
    const { cookie } = await signIn(server, anna)
    const response = await send(server, '/sign-out', {}, { Cookie: cookie?.split(';')[0] ?? '' })
    expect(response.headers.get('Set-Cookie')).toStartWith('minitor_session=; Max-Age=0; Path=/')
  })

  test('signing out ends the session on the server, too, and it stays ended', async () => {
    let saved: readonly EndedSession[] = []
    const keepEndedSessions = async (sessions: readonly EndedSession[]) => {
      saved = sessions
    }
    await using server = serve({ web: { users }, context: { keepEndedSessions } })
    const { cookie } = await signIn(server, anna)
    const { cookie: other } = await signIn(server, { ...anna, user: 'bert' })
    const Cookie = cookie?.split(';')[0] ?? ''
    await send(server, '/sign-out', {}, { Cookie })
    await send(server, '/sign-out', {}, { Cookie: `${Cookie}x` })
    expect([await isSignedIn(server, cookie), await isSignedIn(server, other)]).toEqual([false, true])
    expect(saved).toEqual([{ id: Cookie.split('.').at(-1) ?? '', untilMs: NOW_MS + SESSION_MS }])
    await using next = serve({ web: { users }, context: { endedSessions: saved } })
    expect([await isSignedIn(next, cookie), await isSignedIn(next, other)]).toEqual([false, true])
  })

  test('who signed in and out, and who failed to, is kept with the address', async () => {
    await using server = serve({ web: { users, trustedProxies: null } })
    const from = (address: string) => ({ 'X-Forwarded-For': address })
    const { cookie } = await signIn(server, anna, from('2001:db8::7'))
    await signIn(server, { user: `root${'x'.repeat(5000)}`, password: 'wrong' }, from('2001:db8::7'))
    await server.ask('/', { headers: { Authorization: 'Bearer wrong', ...from('192.0.2.9') } })
    for (const Cookie of [cookie?.split(';')[0] ?? '', 'minitor_session=made.up']) {
      await send(server, '/sign-out', {}, { Cookie, ...from('192.0.2.9') })
    }
    expect(server.done.filter((one) => /^sign|^ended/.test(one))).toEqual([
      'signed_in anna 2001:db8::7 1',
      expect.stringMatching(/^sign_in_failed rootx+ … x+ 2001:db8:0:0::\/64 1$/),
      'sign_in_failed api token 192.0.2.9 1',
      'signed_out anna 192.0.2.9 1',
      'ended 1',
    ])
    expect(Math.max(...server.done.map((one) => one.length))).toBeLessThan(200)
  })

  test('a session does not outlive another password', async () => {
    const changing = new Map(users)
    await using server = serve({ web: { users: changing } })
    const { cookie } = await signIn(server, anna)
    changing.set('anna', await Bun.password.hash('another', { algorithm: 'argon2id', memoryCost: 8, timeCost: 1 }))
    expect(await isSignedIn(server, cookie)).toBe(false)
  })
})

describe('guessing', () => {
  const wrong = { user: 'anna', password: 'wrong' }

  test('G5: slows down repeated guesses, for that user, and nobody else', async () => {
    // All of it happens at once, however long that takes.
    using _ = spyOn(performance, 'now').mockReturnValue(performance.now())
    await using server = serve({ web: { users } })
    const guesses = await Promise.all(Array.from({ length: 10 }, () => signIn(server, wrong)))
    const refusals = guesses.map(refusalOf)
    expect(refusals.toSorted()).toEqual([...Array(6).fill('slow'), ...Array(4).fill('wrong')])
    expect((await signIn(server, anna)).to).toBe('/sign-in?refused=slow&next=%2F')
    expect((await signIn(server, { ...anna, user: 'bert' })).to).toBe('/')
    expect((await signIn(server, anna, { 'X-Forwarded-For': '10.0.0.1, 192.0.2.7' })).to).toBe('/')
  })

  test('few passwords are verified at once, and too many are not even heard', async () => {
    const slow = await Bun.password.hash('right password', { algorithm: 'argon2id', memoryCost: 16_384, timeCost: 2 })
    await using server = serve({ web: { users: new Map([['anna', slow]]) } })
    const flood = Array.from({ length: 60 }, (_, index) =>
      signIn(server, { ...wrong }, { 'X-Forwarded-For': `10.0.${index}.1` }),
    )
    const refusals = (await Promise.all(flood)).map(refusalOf)
    expect(refusals.filter((refusal) => refusal === 'busy').length).toBeGreaterThan(0)
    expect(refusals.filter((refusal) => refusal === 'wrong').length).toBeGreaterThanOrEqual(22)
    expect((await signIn(server, anna)).to).toBe('/')
  })

  /** Each takes long enough for others to wait. */
  const slowUsers = async () =>
    new Map([
      ['anna', await Bun.password.hash('right password', { algorithm: 'argon2id', memoryCost: 32_768, timeCost: 3 })],
    ])

  test('what was never verified slows nobody down', async () => {
    using _ = spyOn(performance, 'now').mockReturnValue(performance.now())
    await using server = serve({ web: { users: await slowUsers() } })
    const flood = Array.from({ length: 60 }, (_, index) =>
      signIn(server, wrong, { 'X-Forwarded-For': `10.0.${index}.1` }),
    )
    const mine = Array.from({ length: 12 }, () => signIn(server, anna, { 'X-Forwarded-For': '192.0.2.7' }))
    expect((await Promise.all(mine)).map(refusalOf)).toContain('busy')
    await Promise.all(flood)
    expect((await signIn(server, anna, { 'X-Forwarded-For': '192.0.2.7' })).to).toBe('/')
  })

  test.each([
    { name: 'one network', addressOf: (index: number) => `2001:db8::${index.toString(16)}` },
    { name: 'the networks of one IPv6 customer', addressOf: (index: number) => `2001:db8:0:${index.toString(16)}::1` },
    { name: 'the addresses of one IPv4 network', addressOf: (index: number) => `203.0.113.${index}` },
    { name: 'networks that were turned away before', addressOf: (index: number) => `10.0.${index}.1`, isSeen: true },
  ])('guessers from $name leave two places to others', async ({ addressOf, isSeen = false }) => {
    await using server = serve({ web: { users: await slowUsers() } })
    const guess = (index: number) =>
      signIn(server, { user: `user ${index}`, password: 'x' }, { 'X-Forwarded-For': addressOf(index) })
    const guessAll = () => Array.from({ length: 60 }, (_, index) => guess(index))
    if (isSeen) await Promise.all(guessAll())
    const flood = guessAll()
    await Promise.race(flood)
    const mine = await Promise.all([
      signIn(server, anna, { 'X-Forwarded-For': '192.0.2.7' }),
      signIn(server, anna, { 'X-Forwarded-For': '198.51.100.8' }),
    ])
    expect(mine.map(({ to }) => to)).toEqual(['/', '/'])
    expect((await Promise.all(flood)).map(refusalOf)).toContain('busy')
  })

  test('guessers from any number of networks leave two places to those who have signed in before', async () => {
    await using server = serve({ web: { users: await slowUsers() } })
    const home = { 'X-Forwarded-For': '192.0.2.7' }
    expect((await signIn(server, anna, home)).to).toBe('/')
    const flood = Array.from({ length: 60 }, (_, index) =>
      signIn(server, wrong, { 'X-Forwarded-For': `2001:db8:${index.toString(16)}::1` }),
    )
    const first = await Promise.race(flood.map(async (one) => refusalOf(await one)))
    expect(first).toBe('busy')
    expect((await signIn(server, anna, home)).to).toBe('/')
    await Promise.all(flood)
  })

  test('a name that nobody has is treated like one that somebody has', async () => {
    using _ = spyOn(performance, 'now').mockReturnValue(performance.now())
    await using server = serve({ web: { users } })
    const tryAll = async (names: readonly string[]) => {
      const all = []
      for (const user of names) all.push(refusalOf(await signIn(server, { user, password: 'x' })))
      return all
    }
    for (const user of ['anna', 'nobody']) {
      expect(await tryAll(Array(5).fill(user))).toEqual(['wrong', 'wrong', 'wrong', 'wrong', 'slow'])
    }
    expect(await tryAll(['one', 'two', 'three', 'bert', 'x'.repeat(10_000)])).toEqual(Array(5).fill('wrong'))
  })

  test('behind a trusted proxy each client has its own tries; another proxy is one client', async () => {
    using _ = spyOn(performance, 'now').mockReturnValue(performance.now())
    for (const { trustedProxies, last } of [
      { trustedProxies: ['10.0.0.0/8'], last: '/' },
      { trustedProxies: [], last: '/sign-in?refused=slow&next=%2F' },
    ]) {
      await using server = serve({ web: { users, trustedProxies } })
      for (let count = 0; count < 12; count++) {
        await signIn(server, wrong, { 'X-Forwarded-For': `203.0.113.${count}, 10.1.2.3` })
      }
      expect((await signIn(server, anna, { 'X-Forwarded-For': '203.0.113.99, 10.1.2.3' })).to).toBe(last)
    }
  })

  test('the log has a line for each attempt and for a wrong token, with the address', async () => {
    const lines: string[] = []
    const log = { write: (level: string, message: string) => void lines.push(`${level}: ${message}`) }
    await using server = serve({ web: { users }, context: { log } })
    const from = { 'X-Forwarded-For': '192.0.2.7' }
    await signIn(server, { user: 'x" from 198.51.100.1: "y\n', password: 'x' }, from)
    await signIn(server, anna, from)
    await server.ask('/', { headers: { Authorization: 'Bearer wrong', ...from } })
    expect(lines).toEqual([
      'warn: sign-in refused (wrong) from 192.0.2.7: "x" from 198.51.100.1: "y\\n"',
      'info: signed in from 192.0.2.7: "anna"',
      'warn: a wrong token was sent from 192.0.2.7',
    ])
  })
})
