import { describe, expect, test } from 'bun:test'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '../../../test/daemon/scrape.ts'
import { accessTo, openTestEngine, TAKEOVER_MS } from '../../../test/support/engine.ts'
import { eventually } from '../../../test/support/eventually.ts'
import { hasNats, type Nats, type NatsOptions, startNats } from '../../../test/support/nats.ts'
import type { EngineAccess } from '../../core/model/cluster-config.ts'
import { openLink } from './link.ts'
import { openEngine } from './open-engine.ts'

const start = (access: EngineAccess) => openEngine(access, { node: 'left', kind: 'server', takeoverMs: TAKEOVER_MS })
const PASSWORD = 'correct horse battery'
const AUTHORIZATION = `authorization { users: [{user: minitor, password: "${PASSWORD}"}] }`

interface Refused {
  readonly name: string
  readonly nats: NatsOptions
  readonly access: Partial<EngineAccess>
  readonly reason: RegExp
  readonly hint: RegExp
}

const REFUSED: readonly Refused[] = [
  {
    name: 'I10: a wrong password',
    nats: { config: AUTHORIZATION },
    access: { login: { kind: 'password', user: 'minitor', password: 'staple' } },
    reason: /^NATS at nats:\/\/127\.0\.0\.1:\d+ refuses the login$/,
    hint: /check credentials/,
  },
  {
    name: 'I10: no login',
    nats: { config: AUTHORIZATION },
    access: {},
    reason: /refuses the login$/,
    hint: /check credentials/,
  },
  {
    name: 'I10: a wrong token',
    nats: { config: 'authorization { token: "right-token" }' },
    access: { login: { kind: 'token', token: 'staple' } },
    reason: /refuses the login$/,
    hint: /check credentials/,
  },
  {
    name: 'I10: a seed that is none',
    nats: { config: AUTHORIZATION },
    access: { login: { kind: 'nkey', seed: 'SU-staple' } },
    reason: /^cluster\.nkey is not the seed of an nkey$/,
    hint: /SU/,
  },
  {
    name: 'I10: credentials that are not there',
    nats: { config: AUTHORIZATION },
    access: { login: { kind: 'credentials', path: '/no/such.creds' } },
    reason: /^the credentials file \/no\/such\.creds cannot be read: ENOENT/,
    hint: /cluster\.credentials/,
  },
  {
    name: 'I10: a file that has no credentials in it',
    nats: { config: AUTHORIZATION },
    access: { login: { kind: 'credentials', path: '/etc/passwd' } },
    reason: /^\/etc\/passwd is not a credentials file$/,
    hint: /nsc/,
  },
  {
    name: 'a server without JetStream',
    nats: { jetStream: null },
    access: {},
    reason: /^NATS has JetStream disabled$/,
    hint: /jetstream \{\}/,
  },
  {
    name: 'an account without JetStream',
    nats: { config: `accounts { A { users: [{user: a, password: "${PASSWORD}"}] } }` },
    access: { login: { kind: 'password', user: 'a', password: PASSWORD } },
    reason: /^NATS has JetStream disabled$/,
    hint: /the account of this login/,
  },
  {
    name: 'TLS with a server that has none',
    nats: {},
    access: { tls: { ca: null, cert: null, key: null } },
    reason: /^the TLS connection to NATS at nats:\/\/127\.0\.0\.1:\d+ fails: server does not support 'tls'$/,
    hint: /cluster\.tls/,
  },
  {
    name: 'a certificate that is not there',
    nats: {},
    access: { tls: { ca: '/no/such.pem', cert: null, key: null } },
    reason: /^a file of cluster\.tls cannot be read: ENOENT/,
    hint: /cluster\.tls/,
  },
]

describe.skipIf(!hasNats)('an engine that can never work so', () => {
  test.each(REFUSED)(
    '$name is refused, with what to do and no secret',
    async ({ nats: options, access, reason, hint }) => {
      await using nats = await startNats(options)
      const answer = await start(accessTo(nats, access))
      expect(answer).toEqual({
        kind: 'refused',
        reason: expect.stringMatching(reason),
        hint: expect.stringMatching(hint),
      })
      expect(JSON.stringify(answer)).not.toMatch(/staple|horse/)
    },
  )
})

/** Something else that listens where NATS should, and says `greeting`. */
function listenWith(greeting: string): Disposable & { readonly urls: Nats['urls'] } {
  const data = (socket: { write(text: string): void }, received: Buffer) => {
    if (received.includes('PING')) socket.write('PONG\r\n')
  }
  const open = (socket: { write(text: string): void }) => void socket.write(greeting)
  const listener = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { open, data } })
  return { urls: [`nats://127.0.0.1:${listener.port}`], [Symbol.dispose]: () => listener.stop(true) }
}

test('no connection stays open where nobody greets', async () => {
  let [opened, closed] = [0, 0]
  const socket = { open: () => void opened++, data() {}, close: () => void closed++ }
  const listener = Bun.listen({ hostname: '127.0.0.1', port: 0, socket })
  const engine = await openTestEngine({ urls: [`nats://127.0.0.1:${listener.port}`] })
  await eventually('it is tried again', () => opened > 1)
  expect(closed).toBe(opened - 1)
  await engine.close()
  await eventually('all are closed', () => closed === opened)
  listener.stop(true)
})

test('a server that is too old is refused', async () => {
  using old = listenWith('INFO {"server_id":"X","version":"2.8.4","headers":true,"max_payload":1048576}\r\n')
  expect(await start(accessTo(old))).toEqual({
    kind: 'refused',
    reason: `NATS at ${old.urls[0]} is too old: version 2.8.4`,
    hint: 'Minitor needs 2.9.0 or later',
  })
})

test.each([
  { name: 'nobody', greeting: null, trouble: 'connection refused' },
  { name: 'something silent', greeting: '', trouble: 'nobody there answers as NATS does' },
  { name: 'something else', greeting: 'SSH-2.0-OpenSSH_9.2\r\n', trouble: 'what listens there is not NATS' },
])('where $name listens, it is waited for, and nothing that is asked hangs', async ({ greeting, trouble }) => {
  using other = greeting === null ? null : listenWith(greeting)
  const urls: Nats['urls'] = other?.urls ?? [`nats://127.0.0.1:${await freePort()}`]
  await using engine = await openTestEngine({ urls })
  const reason = `NATS at ${urls[0]} cannot be reached: ${trouble}`
  expect(engine.trouble()).toBe(reason)
  await expect(engine.journal.state()).rejects.toThrow(reason)
  const record = { id: '1', previousId: '', epoch: 1, nowMs: 1, writes: '[]' }
  expect(await engine.journal.publish(record, 0)).toEqual({ kind: 'failed', reason })
  expect(await engine.lease.acquire('left')).toEqual({ kind: 'failed', reason })
  await expect(engine.lease.holder()).rejects.toThrow(reason)
  await expect(engine.presence.nodes()).rejects.toThrow(reason)
  await expect(engine.sender.queued()).rejects.toThrow(reason)
  await expect(engine.base.look()).rejects.toThrow(reason)
  await expect(engine.letters.ask('http', new Uint8Array())).rejects.toThrow('no server leads')
})

describe.skipIf(!hasNats)('a connection', () => {
  const troublesOf = (engine: { onTrouble(listener: (trouble: string | null) => void): void }) => {
    const troubles: (string | null)[] = []
    engine.onTrouble((trouble) => troubles.push(trouble))
    return troubles
  }

  test('comes about when the server comes, and again when it is back', async () => {
    await using nats = await startNats()
    const [server] = nats.servers
    await server.kill()
    await using engine = await openTestEngine(nats)
    expect(engine.trouble()).toContain('cannot be reached: connection refused')
    const troubles = troublesOf(engine)
    const got: number[] = []
    engine.journal.follow(
      1,
      async (sequence) => void got.push(sequence),
      () => {},
    )
    await server.restart()
    await eventually('it is there', () => engine.trouble() === null)
    const record = { id: '1', previousId: '', epoch: 1, nowMs: 1, writes: '[]' }
    expect(await engine.journal.publish(record, 0)).toEqual({ kind: 'kept', sequence: 1 })
    await eventually('the follower has it', () => got.length === 1)

    await server.kill()
    await eventually('it is missed', () => engine.trouble() !== null)
    expect((await engine.journal.publish({ ...record, id: '2' }, 1)).kind).toBe('failed')
    await server.restart()
    await eventually('it is back', () => engine.trouble() === null)
    expect(await engine.journal.publish({ ...record, id: '2' }, 1)).toEqual({ kind: 'kept', sequence: 2 })
    await eventually('the follower goes on', () => got.length === 2)
    expect(troubles).toEqual([null, `the connection to NATS at ${server.url} is lost`, null])
  })

  test('a server that is frozen is missed, and nothing hangs', async () => {
    await using nats = await startNats()
    await using engine = await openTestEngine(nats)
    nats.servers[0].freeze()
    expect(await engine.lease.acquire('left')).toMatchObject({ kind: 'failed' })
    await eventually('it is missed', () => engine.trouble()?.endsWith('is lost'))
    nats.servers[0].thaw()
    await eventually('it is back', () => engine.trouble() === null)
    expect(await engine.lease.acquire('left')).toMatchObject({ kind: 'held' })
  })

  test('a short question ends with the connection that it went over', async () => {
    await using nats = await startNats()
    const about = { access: accessTo(nats), name: 'a test', inboxPrefix: '_INBOX_test', prepare: null, log: undefined }
    const link = await openLink(about)
    const never = link.ask(() => new Promise(() => {}))
    await nats.servers[0].kill()
    await expect(never).rejects.toThrow(/is lost$/)
    await link.close()
  })

  test('a server that has lost its files is made ready again', async () => {
    await using nats = await startNats()
    await using engine = await openTestEngine(nats)
    const { id } = await engine.journal.state()
    const [server] = nats.servers
    await server.kill()
    rmSync(join(nats.directory, 'n1', 'jetstream'), { recursive: true })
    await server.restart()
    await eventually('it is back', () => engine.trouble() === null)
    expect((await engine.journal.state()).id).not.toBe(id)
  })

  test('I10: a password that was changed and changed back is no end', async () => {
    await using nats = await startNats({ config: AUTHORIZATION })
    const file = join(nats.directory, 'n1', 'nats.conf')
    const right = readFileSync(file, 'utf8')
    await using engine = await openTestEngine(nats, {
      access: { login: { kind: 'password', user: 'minitor', password: PASSWORD } },
    })
    const [server] = nats.servers
    writeFileSync(file, right.replace(PASSWORD, 'another'))
    await server.kill()
    await server.restart()
    await eventually('it is refused', () => engine.trouble() === `NATS at ${server.url} refuses the login`)
    writeFileSync(file, right)
    await server.kill()
    await server.restart()
    await eventually('it is back', () => engine.trouble() === null)
  })

  test('I9: with one of three servers lost, whichever it is, everything goes on', async () => {
    await using nats = await startNats({ size: 3 })
    await using engine = await openTestEngine(nats)
    const got: number[] = []
    engine.journal.follow(
      1,
      async (sequence) => void got.push(sequence),
      () => got.push(-1),
    )
    let lastSequence = 0
    const publish = async () => {
      const record = { id: `r${lastSequence}`, previousId: '', epoch: 1, nowMs: 1, writes: '[]' }
      const answer = await engine.journal.publish(record, lastSequence)
      if (answer.kind === 'stale') throw new Error('it is the only one that writes')
      if (answer.kind === 'kept') lastSequence = answer.sequence
      return answer.kind === 'kept'
    }
    await publish()
    for (const server of nats.servers) {
      await server.kill()
      const before = lastSequence
      await eventually('records are kept again', async () => (await publish()) && lastSequence > before + 2)
      await eventually('there is no trouble', () => engine.trouble() === null)
      const answer = await engine.lease.acquire('left')
      if (answer.kind === 'held') await answer.lease.release()
      await server.restart()
    }
    await eventually('the follower has all', () => got.length >= lastSequence)
    expect(got).toEqual(Array.from({ length: lastSequence }, (_, index) => index + 1))
  })
})
