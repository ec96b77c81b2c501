import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { connect } from 'node:net'
import { telemetryOf } from '../../../test/fixtures/telemetry.ts'
import { createLetters } from '../../../test/support/cluster/letters.ts'
import { eventually } from '../../../test/support/eventually.ts'
import { collectLog } from '../../../test/support/samples.ts'
import { aBoardMonitor, fakeWeb, NOW_MS, UNEXPECTED_FAULTS } from '../../../test/support/web-fakes.ts'
import type { Letters } from '../../core/model/cluster.ts'
import type { ReceivedPing } from '../../core/model/ports.ts'
import { createWebApp } from '../../web/app.ts'
import { createServer } from '../../web/http/server.ts'
import { createStandbyApp } from '../../web/standby-app.ts'
import { answerHttp } from './answer-http.ts'
import { createHandOver } from './hand-over.ts'
import { LETTER_LIMIT_BYTES } from './letter.ts'

const TOKEN = 'a-token-of-20-letters'
const KEY = 'Ab1._~-z'
const AS_USER = { Authorization: `Bearer ${TOKEN}` }

const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

/** A leader with its pages, and a standby that hands over to it. Both listen. */
function startBoth(letters: Letters & { readonly sent: number[] } = createLetters()) {
  const pings: ReceivedPing[] = []
  const heartbeats = {
    async ping(key: string, received: ReceivedPing) {
      pings.push(received)
      return key === KEY ? ('kept' as const) : ('unknown' as const)
    },
  }
  const monitors = Array.from({ length: 400 }, (_, index) =>
    aBoardMonitor({ name: `monitor ${index} ${'é'.repeat(50)}` }),
  )
  const log = collectLog()
  const fake = fakeWeb({ monitors, web: { tokens: [TOKEN], isPublic: true }, context: { heartbeats, log } })
  const { present } = fake.context
  const leader = createWebApp(fake.context)
  const serve = (app: typeof leader) => {
    const listen = { hostname: '127.0.0.1', port: 0 }
    const server = createServer({ listen, app, faults: UNEXPECTED_FAULTS, trustedProxies: () => null })
    if (server.kind === 'refused') throw new Error(server.reason)
    closers.push(server.close)
    return server
  }
  const standby = createStandbyApp({
    present,
    telemetry: telemetryOf({}),
    faults: UNEXPECTED_FAULTS,
    version: '1.2.3',
    mask: (text) => text,
    log,
    clock: () => NOW_MS,
    hasOpenMetrics: false,
    handOver: createHandOver(letters),
  })
  return {
    fake,
    pings,
    log,
    letters,
    direct: serve(leader),
    standby: serve(standby),
    lead: () => answerHttp(letters, async (request, visit) => leader.fetch(request, visit)),
  }
}

let both: ReturnType<typeof startBoth>
beforeEach(() => {
  both = startBoth()
})

const ask = (server: { readonly url: string }, path: string, init: RequestInit = {}) =>
  fetch(new URL(path, server.url), { redirect: 'manual', ...init })

/** Everything of an answer that does not depend on when and where it was asked. */
async function seen(response: Response) {
  const headers = Object.fromEntries(
    [...response.headers].filter(([name]) => !/^(?:date|content-length|transfer-encoding)$/.test(name)),
  )
  const body = (await response.text()).replace(/127\.0\.0\.1:\d+/g, 'HOST')
  return { status: response.status, headers, body }
}

const FORM = { 'Content-Type': 'application/x-www-form-urlencoded' }

describe('what a standby hands over is answered as by the leader itself', () => {
  test.each<{ name: string; path: string; init?: RequestInit }>([
    { name: 'a page', path: '/', init: { headers: AS_USER } },
    {
      name: 'a page that is longer than a letter',
      path: '/?all',
      init: { headers: { ...AS_USER, 'Accept-Encoding': 'identity' } },
    },
    { name: 'the public page', path: '/' },
    { name: 'the API', path: '/api/v1/monitors?limit=3', init: { headers: AS_USER } },
    { name: 'an asset', path: '/assets/nothing.css' },
    { name: 'no page', path: '/nowhere', init: { headers: { Accept: 'text/html', ...AS_USER } } },
    { name: 'a redirect', path: '/feed.atom?key=no', init: { headers: { Accept: 'text/html' } } },
    { name: 'HEAD', path: '/', init: { method: 'HEAD' } },
    { name: 'OPTIONS', path: '/api/v1/monitors', init: { method: 'OPTIONS' } },
    {
      name: 'a refusal',
      path: '/api/v1/silences',
      init: { method: 'POST', body: '{}', headers: { 'Content-Type': 'application/json' } },
    },
    {
      name: 'a command',
      path: '/api/v1/silences',
      init: {
        method: 'POST',
        body: '{"all":true,"duration":"1h"}',
        headers: { ...AS_USER, 'Content-Type': 'application/json' },
      },
    },
    {
      name: 'a sign-in with a cookie',
      path: '/sign-in',
      init: { method: 'POST', body: `key=${TOKEN}`, headers: FORM },
    },
    {
      name: 'a form of another site',
      path: '/sign-in',
      init: { method: 'POST', body: 'key=', headers: { ...FORM, Origin: 'http://example.org' } },
    },
    {
      name: 'a form that is too long',
      path: '/sign-in',
      init: { method: 'POST', body: 'x'.repeat(70_000), headers: FORM },
    },
    {
      name: 'a form that is longer than a letter',
      path: '/sign-in',
      init: { method: 'POST', body: 'x'.repeat(900_000), headers: FORM },
    },
    { name: 'a path with dots and escapes', path: '/monitors/%2e%2e/%E4?x=%00&y=+', init: { headers: AS_USER } },
  ])('$name', async ({ path, init }) => {
    both.lead()
    const [direct, handed] = [
      await seen(await ask(both.direct, path, init)),
      await seen(await ask(both.standby, path, init)),
    ]
    expect(handed).toEqual(direct)
    expect(both.fake.done.length % 2).toBe(0)
    expect(both.letters.sent.every((bytes) => bytes <= LETTER_LIMIT_BYTES)).toBe(true)
    expect(both.letters.sent.length).toBeGreaterThan(1)
  })

  test.each([0, 1, 9_999, 10_001, 100_000, 256 * 1024, 256 * 1024 + 1, 1_000_000, 8_000_000])(
    'a ping of %i bytes',
    async (size) => {
      both.lead()
      const text = Array.from({ length: size / 8 + 1 }, (_, index) => String(index).padStart(7, '0'))
        .join('\n')
        .slice(0, size)
      for (const server of [both.direct, both.standby]) {
        expect((await ask(server, `/ping/${KEY}/3`, { method: 'POST', body: text })).status).toBe(200)
      }
      const [direct, handed] = both.pings
      expect(handed).toEqual(direct)
      expect(handed?.body.length).toBe(Math.min(size, direct?.body.length ?? 0))
    },
  )

  test('the client goes along, so that sign-ins are limited by who tries', async () => {
    both.lead()
    await ask(both.standby, '/sign-in', {
      method: 'POST',
      body: 'key=wrong',
      headers: { ...FORM, 'X-Forwarded-For': '192.0.2.7' },
    })
    expect(both.log.lines.map(({ fields }) => fields.client)).toEqual(['192.0.2.7'])
  })
})

describe('events', () => {
  const open = async () => {
    const abort = new AbortController()
    const response = await ask(both.standby, '/api/v1/stream', { headers: AS_USER, signal: abort.signal })
    const reader = (response.body as ReadableStream<Uint8Array>).getReader()
    const read = async () => new TextDecoder().decode((await reader.read()).value)
    return { response, read, abort }
  }

  test('come as they happen, and end at the leader when the client leaves', async () => {
    both.lead()
    const { response, read, abort } = await open()
    expect(response.headers.get('Content-Type')).toStartWith('text/event-stream')
    expect(await read()).toStartWith('event: hello')
    both.fake.change(['a'])
    expect(await read()).toStartWith('event: change')
    expect(both.fake.listenerCount).toBe(1)
    abort.abort()
    await eventually('the stream has ended at the leader', () => both.fake.listenerCount === 0)
  })

  test('end when the letter breaks off', async () => {
    const letters = createLetters()
    const broken: typeof letters = {
      ...letters,
      async ask(...asked) {
        const parts = (await letters.ask(...asked))[Symbol.asyncIterator]()
        let count = 0
        const next = () => (++count > 3 ? Promise.reject(new Error('the leader is gone')) : parts.next())
        return { [Symbol.asyncIterator]: () => ({ next }) }
      },
    }
    both = startBoth(broken)
    both.lead()
    const readTwice = async () => {
      const { read } = await open()
      await read()
      await read()
    }
    expect(readTwice()).rejects.toThrow()
  })
})

describe('nobody leads', () => {
  test.each([
    { path: '/', accept: 'text/html', type: 'text/html', text: 'This page tries again by itself.' },
    { path: '/api/v1/monitors', accept: '*/*', type: 'application/json', text: '"code":"unavailable"' },
    { path: `/ping/${KEY}`, accept: '*/*', type: 'text/plain', text: 'no server of this cluster leads now' },
  ])('$path is 503, and asks to come again', async ({ path, accept, type, text }) => {
    const response = await ask(both.standby, path, { headers: { Accept: accept } })
    expect([response.status, response.headers.get('Retry-After')]).toEqual([503, '5'])
    expect(response.headers.get('Content-Type')).toStartWith(type)
    expect(await response.text()).toContain(text)
  })

  test('the answer to a form is not asked for again', async () => {
    const response = await ask(both.standby, '/sign-out', { method: 'POST', headers: { Accept: 'text/html' } })
    expect(await response.text()).not.toContain('http-equiv')
  })

  test('an answer that breaks off before it began is 503, too', async () => {
    const letters = createLetters()
    both = startBoth(letters)
    letters.answer('http', async function* () {})
    const response = await ask(both.standby, '/')
    expect([response.status, await response.text()]).toEqual([
      503,
      'the server that leads this cluster has not answered\n',
    ])
  })

  test.each([
    { path: '/livez', headers: {}, status: 200, text: 'alive' },
    { path: '/healthz', headers: {}, status: 200, text: 'ok' },
    { path: '/metrics', headers: AS_USER, status: 200, text: 'minitor_build_info{version="1.2.3"}' },
    { path: '/metrics', headers: {}, status: 200, text: 'minitor_healthy 1' },
  ])("$path is the standby's own", async ({ path, headers, status, text }) => {
    const response = await ask(both.standby, path, { headers })
    expect(response.status).toBe(status)
    expect(await response.text()).toContain(text)
    expect(both.letters.sent).toEqual([])
  })

  test('the public sees no version of a standby', async () => {
    expect(await (await ask(both.standby, '/metrics')).text()).not.toContain('1.2.3')
  })
})

test('a client that leaves in the middle of its body hands over nothing', async () => {
  both.lead()
  const socket = connect(both.standby.port, '127.0.0.1', () => {
    socket.write(`POST /ping/${KEY} HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nbegin`)
    socket.end()
  })
  await new Promise((resolve) => socket.on('close', resolve).resume())
  await ask(both.standby, '/')
  expect(both.pings).toEqual([])
})
