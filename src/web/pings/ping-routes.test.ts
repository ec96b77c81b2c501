import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'bun:test'
import { connect } from 'node:net'
import { Hono } from 'hono'
import { statusOf } from '../../../test/support/hostile-requests.ts'
import { UNEXPECTED_FAULTS } from '../../../test/support/web-fakes.ts'
import type { Heartbeats, ReceivedPing } from '../../core/model/ports.ts'
import { pathFinder } from '../http/path.ts'
import { createServer } from '../http/server.ts'
import type { WebEnv } from '../http/viewer.ts'
import { addPingRoutes } from './ping-routes.ts'

const KEY = 'Ab1._~-z'
const RID = '3f2504e0-4f89-11d3-9a0c-0305e82c3301'
const pings: ReceivedPing[] = []
let isKept = true
let isTooMany = false
const heartbeats: Heartbeats = {
  async ping(key, received) {
    if (key !== KEY) return 'unknown'
    if (isTooMany) return 'too_many'
    pings.push(received)
    return isKept ? 'kept' : 'not_kept'
  },
}

let server: Extract<ReturnType<typeof createServer>, { kind: 'listening' }>
beforeAll(() => {
  const listen = { hostname: '127.0.0.1', port: 0 }
  const app = new Hono<WebEnv>({ getPath: pathFinder(() => '') })
  addPingRoutes(app, heartbeats)
  const started = createServer({ listen, app, faults: UNEXPECTED_FAULTS, trustedProxies: () => null })
  if (started.kind === 'refused') throw new Error(started.reason)
  server = started
})
afterAll(() => server.close())
beforeEach(() => {
  pings.length = 0
  isKept = true
  isTooMany = false
})

/** `STATUS BODY` of the answer. */
async function send(path: string, init: RequestInit = {}): Promise<string> {
  const response = await fetch(new URL(path, server.url), init)
  return `${response.status} ${await response.text()}`
}

const SUCCESS: ReceivedPing = { kind: 'success', exitCode: null, rid: null, durationMs: null, body: '' }

test('J17: changes that go on are answered with 429, and clients may try again', async () => {
  isTooMany = true
  expect(await send(`/ping/${KEY}/fail`)).toBe(
    '429 not saved: this key is pinged too often; try again in 10 seconds, and give the heartbeat another key if others know it',
  )
  expect(await send(`/api/push/${KEY}`)).toBe(
    '429 {"ok":false,"msg":"not saved: this key is pinged too often; try again in 10 seconds, and give the heartbeat another key if others know it"}',
  )
  expect((await fetch(new URL(`/ping/${KEY}`, server.url))).headers.get('Retry-After')).toBe('10')
})

describe('/ping', () => {
  test.each([
    { path: `/ping/${KEY}`, received: SUCCESS },
    { path: `/ping/${KEY}/`, received: SUCCESS },
    { path: `/ping/${KEY}/start`, received: { ...SUCCESS, kind: 'start' } },
    { path: `/ping/${KEY}/start/`, received: { ...SUCCESS, kind: 'start' } },
    { path: `/ping/${KEY}/fail`, received: { ...SUCCESS, kind: 'fail' } },
    { path: `/ping/${KEY}/log`, received: { ...SUCCESS, kind: 'log' } },
    { path: `/ping/${KEY}/0`, received: { ...SUCCESS, exitCode: 0 } },
    { path: `/ping/${KEY}/1`, received: { ...SUCCESS, kind: 'fail', exitCode: 1 } },
    { path: `/ping/${KEY}/007`, received: { ...SUCCESS, kind: 'fail', exitCode: 7 } },
    { path: `/ping/${KEY}/255`, received: { ...SUCCESS, kind: 'fail', exitCode: 255 } },
    { path: `/ping/${KEY}?rid=${RID}`, received: { ...SUCCESS, rid: RID } },
    { path: `/ping/${KEY}/start?x=1&rid=${RID.toUpperCase()}`, received: { ...SUCCESS, kind: 'start', rid: RID } },
    { path: '/ping/%41b1%2e_%7E%2Dz/%66ail', received: { ...SUCCESS, kind: 'fail' } },
  ] as const)('$path is taken in every method', async ({ path, received }) => {
    expect(await send(path)).toBe('200 OK')
    expect(await send(path, { method: 'HEAD' })).toBe('200 ')
    expect(await send(path, { method: 'POST' })).toBe('200 OK')
    expect(pings).toEqual([received, received, received])
  })

  test.each([
    { path: '/ping/other', answer: '404 not found' },
    { path: '/ping/other/fail', answer: '404 not found' },
    { path: `/ping/${KEY.toLowerCase()}`, answer: '404 not found' },
    { path: `/ping/${KEY}%2Ffail`, answer: '404 not found' },
    { path: `/ping/${KEY}%00`, answer: '404 not found' },
    { path: '/ping/%zz', answer: '404 not found' },
    { path: '/ping/%C3%28', answer: '404 not found' },
    { path: `/ping/${KEY}/stop`, answer: '404 not found' },
    { path: `/ping/${KEY}/-1`, answer: '404 not found' },
    { path: `/ping/${KEY}/1.5`, answer: '404 not found' },
    { path: `/ping/${KEY}/fail/1`, answer: '404 404 Not Found' },
    { path: '/ping/', answer: '404 404 Not Found' },
    { path: `/ping/${KEY}/256`, answer: '400 invalid url format' },
    { path: `/ping/${KEY}/99999999999999999999`, answer: '400 invalid url format' },
    { path: `/ping/${KEY}?rid=1`, answer: '400 invalid uuid format' },
    { path: `/ping/${KEY}?rid=`, answer: '400 invalid uuid format' },
    { path: `/ping/${KEY}/start?rid=${RID}0`, answer: '400 invalid uuid format' },
  ])('$path is refused', async ({ path, answer }) => {
    expect(await send(path)).toBe(answer)
    expect(pings).toEqual([])
  })

  test.each(['PUT', 'DELETE', 'PATCH'])('%s is a ping, too', async (method) => {
    expect(await send(`/ping/${KEY}/1`, { method, body: 'done' })).toBe('200 OK')
    expect(await send(`/api/push/${KEY}?status=up`, { method })).toBe('200 {"ok":true}')
    expect(pings.map(({ kind, body }) => [kind, body])).toEqual([
      ['fail', 'done'],
      ['success', ''],
    ])
  })

  test.each([`//ping/${KEY}`, `/ping//${KEY}`, `///ping/${KEY}//`, `//api/push/${KEY}`, `/api/push/${KEY}/?status=up`])(
    'an address that was joined carelessly: %s',
    async (path) => {
      // Not by new URL(), for which the first part would be a host.
      const response = await fetch(server.url.replace(/\/$/, '') + path)
      expect([response.status, pings.length]).toEqual([200, 1])
    },
  )

  test.each(['OPTIONS', 'TRACE'])('%s is no ping', async (method) => {
    const answers = await Promise.all(
      [`/ping/${KEY}`, `/api/push/${KEY}`].map((path) =>
        statusOf(server.port, `${method} ${path} HTTP/1.1\r\nHost: a\r\n\r\n`),
      ),
    )
    expect(answers).toEqual(['405', '405'])
    expect(pings).toEqual([])
  })

  test('that is not saved is answered so that clients try again', async () => {
    isKept = false
    expect(await send(`/ping/${KEY}`)).toBe('503 not saved: the database cannot be written now, try again')
  })

  test('says how much is stored, and is for pages of any site', async () => {
    const { headers } = await fetch(new URL(`/ping/${KEY}`, server.url))
    expect(headers.get('ping-body-limit')).toBe('10000')
    expect(headers.get('access-control-allow-origin')).toBe('*')
    expect(headers.get('cache-control')).toBe('no-store')
  })
})

describe('a body', () => {
  test.each([
    { name: 'as it is', body: 'all\nfine ✓\n', kept: 'all\nfine ✓\n' },
    { name: 'of 10,000 bytes', body: 'x'.repeat(10_000), kept: 'x'.repeat(10_000) },
    { name: 'that ends within a character', body: Buffer.from([0x61, 0xc3]), kept: 'a\ufffd' },
    { name: 'that is no UTF-8', body: Buffer.from([0xff, 0x61, 0xfe]), kept: '\ufffda\ufffd' },
    { name: 'with NUL bytes', body: 'a\0b\0', kept: 'ab' },
    { name: 'with control characters, which are harmless only where they are shown', body: '\x1b[2J', kept: '\x1b[2J' },
  ])('$name', async ({ body, kept }) => {
    expect(await send(`/ping/${KEY}/log`, { method: 'POST', body })).toBe('200 OK')
    expect(pings.map((ping) => ping.body)).toEqual([kept])
  })

  test.each([
    { name: 'of one byte more', body: `${'x'.repeat(10_000)}y`, end: 'xy' },
    {
      name: 'of lines',
      body: `${Array.from({ length: 5000 }, (_, line) => line).join('\n')}\nERROR: disk full`,
      end: '\nERROR: disk full',
    },
    { name: 'of a megabyte', body: `${'x'.repeat(1_000_000)}ERROR`, end: 'ERROR' },
    { name: 'of umlauts', body: `x${'ä'.repeat(5001)}`, end: 'ä' },
    { name: 'of emoji', body: `xyz${'😀'.repeat(5001)}`, end: '😀' },
  ])('$name has its beginning and its end, with a mark', async ({ body, end }) => {
    expect(await send(`/ping/${KEY}/log`, { method: 'POST', body })).toBe('200 OK')
    const [kept = ''] = pings.map((ping) => ping.body)
    const [head = '', count, tail = ''] = kept.split(/\n\[\.\.\. (\d+) bytes left out \.\.\.\]\n/)
    expect(Buffer.byteLength(kept)).toBeLessThanOrEqual(10_000)
    expect(Buffer.byteLength(kept)).toBeGreaterThan(9_980)
    expect([body.startsWith(head), body.endsWith(tail), tail.endsWith(end)]).toEqual([true, true, true])
    expect(Number(count)).toBe(Buffer.byteLength(body) - Buffer.byteLength(head) - Buffer.byteLength(tail))
  })

  test('of bytes that are no characters is cut all the same', async () => {
    expect(await send(`/ping/${KEY}/log`, { method: 'POST', body: Buffer.alloc(20_000, 0x80) })).toBe('200 OK')
    expect(pings[0]?.body).toContain('bytes left out')
  })

  test('in chunks, with a character over two of them', async () => {
    const body = new ReadableStream({
      async start(controller) {
        for (const byte of Buffer.from('grün')) {
          controller.enqueue(new Uint8Array([byte]))
          await new Promise((resolve) => setImmediate(resolve))
        }
        controller.close()
      },
    })
    expect(await send(`/ping/${KEY}`, { method: 'POST', body })).toBe('200 OK')
    expect(pings[0]?.body).toBe('grün')
  })

  test('G6: of a gigabyte is refused before it is sent', async () => {
    expect(await sendRaw(`POST /ping/${KEY} HTTP/1.1\r\nHost: h\r\nContent-Length: 1073741824\r\n\r\n`)).toStartWith(
      'HTTP/1.1 413 ',
    )
    expect(pings).toEqual([])
  })

  test('G6: of endless chunks is cut off, and costs no memory', async () => {
    const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`
    const before = process.memoryUsage.rss()
    const answer = await sendRaw(`POST /ping/${KEY} HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n`, chunk)
    expect(answer).toMatch(/^(?:HTTP\/1\.1 413 |cut off$)/)
    expect(process.memoryUsage.rss() - before).toBeLessThan(64 * 1024 * 1024)
    expect(pings).toEqual([])
  })

  test('of a client that goes before its end is no ping', async () => {
    const socket = connect({ host: '127.0.0.1', port: server.port })
    socket.write(`POST /ping/${KEY} HTTP/1.1\r\nHost: h\r\nContent-Length: 50\r\n\r\nhalf`)
    await new Promise((resolve) => socket.once('connect', resolve))
    socket.destroy()
    expect(await send(`/ping/${KEY}/log`)).toBe('200 OK')
    expect(pings.map(({ kind }) => kind)).toEqual(['log'])
  })
})

/**
 * Sends bytes, and more of them again and again until there is an answer; returns its first line. A client that still
 * sends may not get to read it: `cut off`.
 */
async function sendRaw(head: string, more = ''): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>()
  const socket = connect({ host: '127.0.0.1', port: server.port }, () => {
    socket.write(head)
    if (more !== '') push()
  })
  const push = () => {
    while (!socket.destroyed && socket.write(more)) {}
  }
  socket.on('drain', push)
  socket.once('data', (data) => resolve(data.toString().split('\r\n')[0] ?? ''))
  socket.on('error', () => resolve('cut off'))
  try {
    return await promise
  } finally {
    socket.destroy()
  }
}

describe('/api/push', () => {
  test.each([
    { query: '', received: SUCCESS },
    { query: '?status=up&msg=OK&ping=', received: { ...SUCCESS, body: 'OK' } },
    { query: '?status=up&msg=OK&ping=37', received: { ...SUCCESS, body: 'OK', durationMs: 37 } },
    { query: '?ping=12.5ms', received: { ...SUCCESS, durationMs: 12.5 } },
    { query: '?ping=-1', received: SUCCESS },
    { query: '?ping=1e99', received: SUCCESS },
    { query: '?status=down&msg=disk+91%25+f%C3%BCll', received: { ...SUCCESS, kind: 'fail', body: 'disk 91% füll' } },
    { query: '?status=odd', received: { ...SUCCESS, kind: 'fail' } },
    { query: '?msg=a%00b%zz', received: { ...SUCCESS, body: 'ab%zz' } },
  ] as const)('$query', async ({ query, received }) => {
    for (const method of ['GET', 'POST']) {
      expect(await send(`/api/push/${KEY}${query}`, { method })).toBe('200 {"ok":true}')
    }
    expect(pings).toEqual([received, received])
  })

  test('of a key that nobody has', async () => {
    expect(await send('/api/push/other?status=up')).toBe('404 {"ok":false,"msg":"not found"}')
  })

  test('that is not saved', async () => {
    isKept = false
    expect(await send(`/api/push/${KEY}`)).toStartWith('503 {"ok":false,')
  })
})
