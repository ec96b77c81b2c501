import { connect } from 'node:net'
import { createRandom, type Random } from './random.ts'

/** Hosts that are none, or hardly. The first 18 have each ended the daemon once. */
export const HOSTS: readonly string[] = [
  '[',
  'a:b',
  '%',
  'a:99999',
  '[::1',
  'a%00b',
  'xn--',
  'xn--a',
  '1.2.3.4.5',
  '256.256.256.256',
  ':80',
  '127.0.0.1:-1',
  '[fe80::1%eth0]',
  '999999999999',
  'a b',
  'a,b',
  'user:pass@a',
  'a/b?c#d',
  '',
  ' ',
  '\t',
  '0x7f.1',
  '[::ffff:1.2.3.4]:8080',
  'ä.example',
  '\xff\xfe',
  'a'.repeat(5_000),
  '..',
  'a..b',
  '-',
  '\\',
  '<script>',
  '$(id)',
  'localhost',
  'example.org:443',
]

const METHODS = [
  'GET',
  'GET',
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
  'TRACE',
  'CONNECT',
  'FOO',
  'get',
]
const ODD_VERSIONS = ['HTTP/1.0', 'HTTP/1.0', 'HTTP/0.9', 'HTTP/2.0', 'HTTP/1.1 ', 'http/1.1', '']
const SEGMENTS = [
  'monitors',
  'ok',
  'check',
  'silence',
  'incidents',
  'sign-in',
  'sign-out',
  'feed.atom',
  'badge',
  'ok.svg',
  'uptime-30d.svg',
  'api',
  'v1',
  'stream',
  'summary',
  'openapi.json',
  'history',
  'durations',
  'measured',
  'silences',
  'ping',
  'push',
  'a-key-of-a-heartbeat',
  'start',
  '0',
  '256',
  'metrics',
  'healthz',
  'assets',
  'minitor.css',
  'status',
  '..',
  '.',
  '',
  '%',
  '%zz',
  '%00',
  '%2f',
  '%e0%a4%a',
  '%F0%9F%9A%80',
  '__proto__',
  'constructor',
  '\\',
  'ä',
  ':',
  ';',
  '//',
  '[',
  ']',
  '{',
  '*',
]
const FIELDS = [
  'q',
  'status',
  'group',
  'tag',
  'page',
  'window',
  'before',
  'monitor',
  'limit',
  'next',
  'refused',
  'key',
  'rid',
  'msg',
  'ping',
  '',
  '__proto__',
  'a[b]',
  '%',
]
const VALUES = [
  '1',
  '-1',
  '0',
  'NaN',
  '1e999',
  '9'.repeat(400),
  '%',
  '%zz',
  '%00',
  'up',
  'down',
  '24h',
  '../..',
  '//evil',
  '/\\evil',
  '[object Object]',
  '<img>',
  '"',
  '\xff',
  'ä',
  '+',
  'null',
  '{}',
  '[]',
]
const HEADERS: readonly (readonly [string, readonly string[]])[] = [
  ['Accept', ['text/html', '*/*', '', 'text/html;q=0', '\xff']],
  ['Accept-Encoding', ['gzip', 'gzip;q=0', 'br, *', ',,,', ';', 'gzip;q=x']],
  [
    'Authorization',
    [
      'Basic',
      'Basic !',
      'Basic eDp5',
      'Bearer',
      'Bearer  ',
      'Bearer wrong',
      'Digest a="',
      'Bearer a-token-of-20-letters',
      '\xff',
    ],
  ],
  [
    'Cookie',
    [
      'minitor_session=',
      'minitor_session=a.b.c',
      'minitor_session=%zz',
      'minitor_session=..',
      '=;=;',
      'minitor_session=eA.99999999999999.x',
      'a',
      '\xff',
    ],
  ],
  [
    'Content-Type',
    [
      'application/json',
      'application/x-www-form-urlencoded',
      'multipart/form-data',
      'application/json; charset=\xff',
      '/',
      '',
    ],
  ],
  ['Content-Length', ['0', '1', '5', '70000', '-1', 'x', '1e3', '99999999999999999999', '0x10', ' 3']],
  ['Transfer-Encoding', ['chunked', 'gzip, chunked', 'identity', 'Chunked', 'x']],
  ['X-Forwarded-For', ['1.2.3.4', '::1', 'x', ',', '1.2.3.4:5, [::1]:80', '\xff', '999.1.1.1', 'a'.repeat(3_000)]],
  ['X-Forwarded-Proto', ['https', 'x']],
  ['Origin', ['null', 'http://a', 'x', '', 'http://[', '\xff']],
  ['Sec-Fetch-Site', ['cross-site', 'same-origin', 'none', 'x']],
  ['Last-Event-ID', ['1', '\xff', 'a-1', '']],
  ['Connection', ['close', 'keep-alive', 'upgrade', 'x']],
  ['Upgrade', ['websocket', 'h2c']],
  ['Expect', ['100-continue', 'x']],
  ['Range', ['bytes=0-1', 'bytes=9-1', 'x']],
  ['Host', HOSTS],
]
const BODIES = [
  '',
  'a',
  'key=x&next=/',
  'key=%zz&next=%',
  '{}',
  '{"duration":"2h"',
  '[[[[',
  'null',
  '5\r\nhello\r\n0\r\n\r\n',
  'zz\r\n',
  'ffffffffffff\r\n',
  '0\r\n\r\n',
  '\0',
  '\xff\xfe',
  'user=a&password=b',
  '='.repeat(3_000),
]

/** Requests that no browser sends, the same for the same seed: each part is right more often than not, so that others are reached. */
export function* hostileRequests(seed: number): Generator<string, never> {
  const random = createRandom(seed)
  for (;;) yield requestOf(random)
}

function requestOf(random: Random): string {
  const head = `${random.pick(METHODS)} ${targetOf(random)} ${random.chance(0.9) ? 'HTTP/1.1' : random.pick(ODD_VERSIONS)}`
  const host = random.weighed([
    [5, random.pick(HOSTS)],
    [4, 'localhost'],
    [1, null],
  ])
  const headers = random.some(HEADERS, 0.15).map(([name, values]) => `${name}: ${random.pick(values)}`)
  const body = random.chance(0.4) ? random.pick(BODIES) : ''
  const length = random.chance(0.7) ? [`Content-Length: ${Buffer.byteLength(body, 'latin1')}`] : []
  const lines = [head, ...(host === null ? [] : [`Host: ${host}`]), ...headers, ...length]
  return `${lines.join(random.chance(0.97) ? '\r\n' : '\n')}\r\n\r\n${body}`
}

function targetOf(random: Random): string {
  const path = `/${Array.from({ length: random.int(0, 4) }, () => random.pick(SEGMENTS)).join('/')}`
  const query = Array.from({ length: random.int(0, 3) }, () => `${random.pick(FIELDS)}=${random.pick(VALUES)}`)
  const origin = random.weighed([
    [8, ''],
    [1, `http://${random.pick(HOSTS)}`],
    [1, random.pick(['//', '\\', '*', 'x', ' '])],
  ])
  return `${origin}${path}${query.length > 0 || random.chance(0.1) ? `?${query.join('&')}` : ''}${random.chance(0.05) ? '#x' : ''}`
}

/** Who gets nothing for so long asks for the next thing: half of a request has no answer. */
const PATIENCE_MS = 300

/** Sends bytes as they are. Returns the status of the answer; `none` if there is none. */
export async function statusOf(port: number, request: string): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>()
  const socket = connect({ host: '127.0.0.1', port }, () => socket.write(Buffer.from(request, 'latin1')))
  socket.once('data', (data) => resolve(/^HTTP\/1\.1 (\d{3})/.exec(data.toString('latin1'))?.[1] ?? 'odd'))
  socket.once('error', () => resolve('none'))
  socket.once('close', () => resolve('none'))
  const timer = setTimeout(() => resolve('none'), PATIENCE_MS)
  try {
    return await promise
  } finally {
    clearTimeout(timer)
    socket.destroy()
  }
}

interface Fuzzed {
  readonly counts: Readonly<Record<string, number>>
  /** The first requests that were answered with 500. */
  readonly bugs: readonly string[]
}

/** Sends so many hostile requests, some at a time, and counts how they were answered. */
export async function fuzz(
  port: number,
  { seed, count, atOnce }: { seed: number; count: number; atOnce: number },
): Promise<Fuzzed> {
  const requests = hostileRequests(seed)
  const counts: Record<string, number> = {}
  const bugs: string[] = []
  let left = count
  const send = async () => {
    while (left-- > 0) {
      const request = requests.next().value
      const status = await statusOf(port, request)
      counts[status] = (counts[status] ?? 0) + 1
      if (status === '500' && bugs.length < 10) bugs.push(request)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, send))
  return { counts, bugs }
}
