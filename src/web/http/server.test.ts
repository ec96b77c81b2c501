import { afterEach, describe, expect, spyOn, test } from 'bun:test'
import { connect } from 'node:net'
import { Hono } from 'hono'
import { readMetrics } from '../../../test/fixtures/metrics-text.ts'
import { telemetryOf } from '../../../test/fixtures/telemetry.ts'
import { HOSTS } from '../../../test/support/hostile-requests.ts'
import { UNEXPECTED_FAULTS } from '../../../test/support/web-fakes.ts'
import type { Telemetry } from '../../core/model/ports.ts'
import { createMetricsApp } from '../metrics/metrics-app.ts'
import { createFaults } from './faults.ts'
import { createServer } from './server.ts'
import type { WebEnv } from './viewer.ts'

const OPTIONS = { faults: UNEXPECTED_FAULTS, trustedProxies: () => null }

const closers: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

function start(telemetry: Telemetry = telemetryOf()) {
  const mask = (text: string) => text.replaceAll('hunter22', '***')
  const app = createMetricsApp({ telemetry, faults: UNEXPECTED_FAULTS, heartbeats: null, version: '1', mask })
  const server = createServer({ ...OPTIONS, listen: { hostname: '127.0.0.1', port: 0 }, app })
  if (server.kind !== 'listening') throw new Error(server.reason)
  closers.push(server.close)
  return server
}

async function get(path: string, telemetry?: Telemetry): Promise<Response> {
  return await fetch(new URL(path, start(telemetry).url))
}

/** Sends bytes as they are and returns the first line of the answer. */
async function sendRaw(bytes: string | Buffer): Promise<string> {
  const { port } = start()
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const socket = connect({ host: '127.0.0.1', port }, () => socket.write(bytes))
  socket.once('data', (data) => resolve(data.toString().split('\r\n')[0] ?? ''))
  socket.once('error', reject)
  try {
    return await promise
  } finally {
    socket.destroy()
  }
}

describe('routes', () => {
  test('/metrics is the text format of Prometheus', async () => {
    const response = await get('/metrics')
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
    expect(readMetrics(await response.text())).toContainEqual({ name: 'minitor_healthy', labels: {}, value: 1 })
  })

  test('/healthz is ok', async () => {
    const response = await get('/healthz')
    expect([response.status, await response.text()]).toEqual([200, 'ok\n'])
  })

  test('/livez is ok, whatever is wrong', async () => {
    expect((await get('/livez', telemetryOf({ troubles: () => ['an alert'] }))).status).toBe(200)
  })

  test('/healthz gives the reasons, one a line, masked and escaped', async () => {
    const troubles = () => ['no delivery of "mail" with hunter22 worked', 'two\nlines \x1b[2J']
    const response = await get('/healthz', telemetryOf({ troubles }))
    expect(response.status).toBe(503)
    expect(await response.text()).toBe('no delivery of "mail" with *** worked\ntwo\\nlines \\x1b[2J\n')
  })

  test('/ points at both', async () => {
    const response = await get('/')
    expect(await response.text()).toBe('Minitor: metrics are at /metrics, health is at /healthz\n')
  })

  test('HEAD has no body', async () => {
    const response = await fetch(new URL('/healthz', start().url), { method: 'HEAD' })
    expect([response.status, await response.text()]).toEqual([200, ''])
  })

  test.each(['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])('%s is refused', async (method) => {
    const response = await fetch(new URL('/metrics', start().url), { method })
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
  })

  test.each(['/x', '/metrics/', '/healthz/x'])('%s is not there', async (path) => {
    expect((await get(path)).status).toBe(404)
  })
})

describe('odd requests', () => {
  const host = 'Host: localhost\r\n'
  test.each([
    { name: 'G3: GET //', request: `GET // HTTP/1.1\r\n${host}\r\n`, status: 404 },
    { name: 'G3: a broken escape', request: `GET /%zz HTTP/1.1\r\n${host}\r\n`, status: 404 },
    { name: 'G3: a way out', request: `GET /..%2f..%2fetc/passwd HTTP/1.1\r\n${host}\r\n`, status: 404 },
    { name: 'G3: a NUL', request: `GET /metrics%00 HTTP/1.1\r\n${host}\r\n`, status: 404 },
    { name: 'G2: huge headers', request: `GET / HTTP/1.1\r\n${host}X: ${'a'.repeat(100_000)}\r\n\r\n`, status: 431 },
    { name: 'G2: no Host', request: 'GET / HTTP/1.1\r\n\r\n', status: 400 },
    { name: 'G2: two of them', request: 'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n', status: 400 },
    { name: 'G2: an empty one', request: 'GET / HTTP/1.1\r\nHost: \r\n\r\n', status: 400 },
    { name: 'G2: one that is none', request: 'GET / HTTP/1.1\r\nHost: a b?\r\n\r\n', status: 400 },
    { name: 'J16: none, in HTTP/1.0', request: 'GET /healthz HTTP/1.0\r\n\r\n', status: 200 },
    { name: 'J16: none, in HTTP/1.0, with a query', request: 'GET /metrics?a=b HTTP/1.0\r\n\r\n', status: 200 },
    { name: 'none, in HTTP/1.0, and no path', request: 'GET // HTTP/1.0\r\n\r\n', status: 404 },
    { name: 'G3: the address of another', request: `GET http://example.org/x HTTP/1.1\r\n${host}\r\n`, status: 404 },
    { name: 'G3: a proxy is wanted', request: `CONNECT example.org:80 HTTP/1.1\r\n${host}\r\n`, status: 400 },
    { name: 'no HTTP', request: 'garbage\r\n\r\n', status: 400 },
    {
      name: 'G6: a body that is too large',
      request: `POST / HTTP/1.1\r\n${host}Content-Length: 99999999\r\n\r\n`,
      status: 413,
    },
  ])('$name', async ({ request, status }) => {
    expect(await sendRaw(request)).toStartWith(`HTTP/1.1 ${status} `)
  })

  const NO_HOSTS = HOSTS.filter(
    (one) => !/^(?:localhost|example\.org:443|0x7f\.1|\[::ffff.*|<script>|-|a+|\.\.|a\.\.b|\$.*)$/.test(one),
  )
  test.each(NO_HOSTS.map((one) => [one.slice(0, 20), one]))(
    'J1: a Host that is none is refused: %j',
    async (_, one) => {
      expect(await sendRaw(Buffer.from(`GET / HTTP/1.1\r\nHost: ${one}\r\n\r\n`, 'latin1'))).toStartWith(
        'HTTP/1.1 400 ',
      )
    },
  )
})

describe('J2: a bug while a request is answered', () => {
  const broken = new Hono<WebEnv>()
    .get('/error', () => {
      throw new Error('a bug')
    })
    .get('/text', () => {
      throw 'no error at all'
    })
    .get('/later', async () => {
      await Bun.sleep(1)
      throw new Error('a bug')
    })
    .get('/fine', (context) => context.text('fine'))
  broken.onError((error) => {
    throw error
  })

  test.each(['/error', '/text', '/later'])('is 500, reported, and the server lives on: %s', async (path) => {
    const reported: string[] = []
    const faults = { report: (error: unknown, during: string) => void reported.push(`${during}: ${error}`), count: 0 }
    const server = createServer({ ...OPTIONS, faults, listen: { hostname: '127.0.0.1', port: 0 }, app: broken })
    if (server.kind !== 'listening') throw new Error(server.reason)
    closers.push(server.close)
    const response = await fetch(new URL(path, server.url))
    expect([response.status, await response.text()]).toEqual([500, 'internal error\n'])
    expect(reported).toEqual([
      expect.stringMatching(new RegExp(`^GET http.*${path}: (?:Error: a bug|no error at all)$`)),
    ])
    expect(await (await fetch(new URL('/fine', server.url))).text()).toBe('fine')
  })

  test('is logged with its stack, at most once a second, and counted', () => {
    const lines: object[] = []
    let nowMs = 0
    const faults = createFaults({ write: (...line) => void lines.push(line) }, () => nowMs)
    faults.report(new TypeError('first'), 'GET /a')
    faults.report(new TypeError('second'), 'GET /a')
    nowMs = 1_000
    faults.report('third', 'GET /b')
    expect(faults.count).toBe(3)
    expect(lines).toEqual([
      [
        'error',
        'a bug in Minitor, please report it: GET /a failed',
        { output: expect.stringContaining('server.test.ts') },
      ],
      ['error', 'a bug in Minitor, please report it: GET /b failed', { output: 'third' }],
    ])
  })
})

describe('listening', () => {
  test('G8: a port in use is reported, not thrown', () => {
    const { port } = start()
    const listen = { hostname: '127.0.0.1', port }
    expect(createServer({ ...OPTIONS, listen, app: new Hono() })).toEqual({
      kind: 'refused',
      reason: `cannot listen on 127.0.0.1:${port}: the port is used by another program`,
    })
  })

  test('G8: so is an address of another machine', () => {
    const listen = { hostname: '2001:db8::1', port: 8080 }
    expect(createServer({ ...OPTIONS, listen, app: new Hono() })).toEqual({
      kind: 'refused',
      reason: 'cannot listen on [2001:db8::1]:8080: this machine has no such address',
    })
  })

  test('without IPv6 in the kernel, every address is one of IPv4', async () => {
    const { serve } = Bun
    const asked: unknown[] = []
    using _ = spyOn(Bun, 'serve').mockImplementation(((options: { hostname: string }) => {
      asked.push(options.hostname)
      if (options.hostname.includes(':')) throw Object.assign(new Error('no'), { code: 'EAFNOSUPPORT' })
      return serve(options as never)
    }) as typeof Bun.serve)
    const server = createServer({ ...OPTIONS, listen: { hostname: '::', port: 0 }, app: new Hono() })
    if (server.kind !== 'listening') throw new Error(server.reason)
    closers.push(server.close)
    expect(asked).toEqual(['::', '0.0.0.0'])
    expect((await fetch(`http://127.0.0.1:${server.port}/`)).status).toBe(404)
  })

  test('after close nobody listens', async () => {
    const { url, close } = start()
    await close()
    expect(fetch(url)).rejects.toThrow()
  })
})
