import { describe, expect, test } from 'bun:test'
import { readdirSync, readlinkSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { type DaemonProcess, startDaemon } from '../support/daemon-process.ts'
import { eventually } from '../support/eventually.ts'
import { fuzz, HOSTS, statusOf } from '../support/hostile-requests.ts'
import { sendRaw } from '../support/raw-http.ts'
import { freePort } from './scrape.ts'

const TOKEN = 'a-token-of-20-letters'
const AUTHORIZATION = `Authorization: Bearer ${TOKEN}`

const configAt = (port: number, web = `auth: {tokens: [${TOKEN}]}`) =>
  [
    `web: {listen: "127.0.0.1:${port}", ${web}}`,
    'monitors:',
    '  - {name: quick, command: "echo >>runs", check_interval: 100ms}',
    '  - {name: bad, command: [false], check_interval: 100ms, alert_after: 1, alerts: []}',
    '  - {name: slow, command: "sleep 17; echo done", check_interval: 1h, timeout: 30s}',
    '',
  ].join('\n')

async function start(port: number, web?: string): Promise<DaemonProcess> {
  const daemon = startDaemon({ config: configAt(port, web) })
  await daemon.line(({ msg }) => msg.startsWith('pages are at'))
  return daemon
}

const api = (port: number, path: string, init: RequestInit = {}) =>
  fetch(`http://127.0.0.1:${port}/api/v1${path}`, {
    ...init,
    headers: { Authorization: `Bearer ${TOKEN}`, ...(init.headers as Record<string, string>) },
  })

/** How many sockets a process has. */
function socketCount(pid: number): number {
  const links = readdirSync(`/proc/${pid}/fd`).map((fd) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${fd}`)
    } catch {
      return ''
    }
  })
  return links.filter((link) => link.startsWith('socket:')).length
}

describe.concurrent('hostile clients', () => {
  test('G2, G3: odd requests get an answer of their own, and Minitor lives on', async () => {
    const port = await freePort()
    await using daemon = await start(port)
    const lines = [
      'GET //',
      'GET ///etc/passwd',
      'GET /%zz',
      'GET /%',
      'GET /%00',
      'GET /monitors/%00',
      'GET /monitors/%e0%a4%a',
      'GET /api/v1/monitors/%zz',
      'GET /api/v1/monitors/%00/history',
      'GET /api/v1/incidents/%00',
      'GET /api/v1/monitors?limit=%zz&status=%00',
      'GET /badge/%00.svg',
      'GET /badge/..%2f..%2fx.svg',
      'GET /assets/..%2f..%2fetc/passwd',
      'GET /..%2f..%2fetc/passwd',
      'GET /../../etc/passwd',
      'GET /..\\..\\etc\\passwd',
      'GET http://example.org/x',
      'GET http://[::1/x',
      'GET x',
      'GET *',
      'OPTIONS *',
      'OPTIONS /',
      'TRACE /',
      'CONNECT example.org:443',
      'PROPFIND /',
      'POST /sign-in',
      'DELETE /api/v1/silences',
    ]
    for (const line of lines) {
      for (const headers of ['', `${AUTHORIZATION}\r\n`]) {
        const answer = await sendRaw(port, `${line} HTTP/1.1\r\nHost: a\r\n${headers}Connection: close\r\n\r\n`)
        expect(`${line}: ${answer.split('\r\n')[0]}`).toMatch(/: HTTP\/1\.1 (?:2|3|4)\d\d /)
        expect(answer).not.toContain('root:')
      }
    }
    const odd = [
      { text: 'GET / HTTP/1.1\r\n\r\n', status: 400 },
      { text: 'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n', status: 400 },
      { text: `GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(100_000)}\r\n\r\n`, status: 431 },
      { text: `GET / HTTP/1.1\r\nHost: a\r\n${'X: y\r\n'.repeat(5_000)}\r\n`, status: 431 },
      { text: `GET /${'x'.repeat(100_000)} HTTP/1.1\r\nHost: a\r\n\r\n`, status: 431 },
      { text: 'POST /sign-in HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n', status: 400 },
      {
        text: 'POST /sign-in HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
        status: 400,
      },
      { text: '\0\0\0\0\r\n\r\n', status: 400 },
    ]
    for (const { text, status } of odd) {
      expect(await sendRaw(port, text)).toStartWith(`HTTP/1.1 ${status} `)
    }
    expect((await api(port, '/summary')).status).toBe(200)
    expect(daemon.stderr()).toBe('')
  })

  test.each(['false', 'true'])('J1, J2: hundreds of hostile requests end nothing; public: %s', async (isPublic) => {
    const port = await freePort()
    await using daemon = await start(port, `public: ${isPublic}, auth: {tokens: [${TOKEN}]}`)
    for (const host of HOSTS) {
      for (const path of ['/', '/monitors/quick', '/feed.atom', '/sign-in']) {
        await statusOf(port, `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nAccept: text/html\r\n\r\n`)
      }
    }
    const seed = Math.floor(Math.random() * 1e9)
    const { counts, bugs } = await fuzz(port, { seed, count: 300, atOnce: 8 })
    expect({ seed, bugs, hasAnswers: (counts[400] ?? 0) > 0 }).toEqual({ seed, bugs: [], hasAnswers: true })
    const runs = daemon.read('runs').length
    await eventually('checks go on', () => daemon.read('runs').length > runs)
    const metrics = await fetch(`http://127.0.0.1:${port}/metrics`, { headers: { Authorization: `Bearer ${TOKEN}` } })
    expect(await metrics.text()).toContain('\nminitor_http_errors_total 0\n')
    expect(daemon.stderr()).toBe('')
  })

  test('G1: who is slow or silent is let go, and checks do not notice', async () => {
    const port = await freePort()
    await using daemon = await start(port)
    await eventually('checks run', () => daemon.read('runs').includes('\n'))
    const before = socketCount(daemon.pid)
    const sockets: Socket[] = []
    const open = (head: string, drip: string) => {
      const socket = connect({ host: '127.0.0.1', port }, () => socket.write(head))
      socket.on('error', () => {}).on('close', () => clearInterval(dripping))
      const dripping = setInterval(() => drip !== '' && socket.write(drip), 500)
      sockets.push(socket.resume())
    }
    const body = 'Host: a\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n'
    for (let count = 0; count < 40; count++) {
      open('', '')
      open('GET / HTTP/1.1\r\n', `X-${count}: y\r\n`)
      open(`POST /api/v1/silences HTTP/1.1\r\n${AUTHORIZATION}\r\n${body}`, 'x')
      open(`POST /sign-in HTTP/1.1\r\n${body}`, '')
      open(`GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n`, '')
    }
    await eventually('all are connected', () => socketCount(daemon.pid) >= before + 200)
    expect((await api(port, '/summary')).status).toBe(200)
    const runs = daemon.read('runs').length
    await eventually('checks go on', () => daemon.read('runs').length > runs + 10)
    expect(sockets.some(({ closed, destroyed }) => !closed && !destroyed)).toBe(true)
    const gone = () => sockets.every(({ closed, destroyed }) => closed || destroyed)
    await eventually('all are let go', gone)
    await eventually('their sockets are closed', () => socketCount(daemon.pid) <= before + 2)
    expect((await api(port, '/summary')).status).toBe(200)
    expect(daemon.stderr()).toBe('')
  })

  test('an answer that takes longer than a silence may last comes all the same', async () => {
    const port = await freePort()
    await using _daemon = await start(port)
    const answer = await api(port, '/monitors/slow/check', { method: 'POST' })
    expect(await answer.json()).toMatchObject({ monitor: 'slow', outcome: 'passed', output: 'done\n' })
  })

  test('G4, G5: a session does nothing for another site, and lives as long as it should', async () => {
    const port = await freePort()
    const config = configAt(port, 'title: X')
    await using first = startDaemon({ config })
    const { msg } = await first.line(({ msg }) => msg.startsWith('sign in at'))
    const key = /key=(\S+)$/.exec(msg)?.[1] ?? ''
    const send = (path: string, fields: Record<string, string>, headers: Record<string, string> = {}) =>
      fetch(`http://127.0.0.1:${port}${path}`, {
        method: 'POST',
        body: new URLSearchParams(fields),
        headers,
        redirect: 'manual',
      })
    expect((await send('/sign-in', { key: `${key.slice(0, -1)}-` })).headers.get('Set-Cookie')).toBeNull()
    const signedIn = await send('/sign-in', { key, next: '/' })
    expect([signedIn.status, signedIn.headers.get('Location')]).toEqual([303, '/'])
    const Cookie = signedIn.headers.get('Set-Cookie')?.split(';')[0] ?? ''

    const silences = async () =>
      (await fetch(`http://127.0.0.1:${port}/api/v1/silences`, { headers: { Cookie } })).json() as Promise<object>
    const silence = { of: 'monitor:bad', duration: '2h', reason: 'mine' }
    for (const headers of [
      { Origin: 'https://evil.example' },
      { 'Sec-Fetch-Site': 'cross-site' },
      { Origin: 'null' },
    ]) {
      expect((await send('/monitors/bad/silence', silence, { Cookie, ...headers })).status).toBe(403)
      expect((await send('/api/v1/silences', silence, { Cookie, ...headers })).status).toBe(403)
    }
    expect((await send('/monitors/bad/silence', silence)).status).toBe(401)
    expect(await silences()).toEqual({ silences: [] })
    const here = { Cookie, Origin: `http://127.0.0.1:${port}` }
    expect((await send('/monitors/bad/silence', silence, here)).status).toBe(303)
    expect(await silences()).toMatchObject({ silences: [{ monitor: 'bad', tag: null, reason: 'mine' }] })

    first.signal('SIGTERM')
    expect(await first.exitCode()).toBe(0)
    await using second = startDaemon({ config, args: ['--database', `${first.directory}/minitor.db`] })
    await second.line(({ msg }) => msg.startsWith('pages are at'))
    expect(await silences()).toMatchObject({ silences: [{ monitor: 'bad' }] })
    second.write('config.yml', configAt(port))
    second.signal('SIGHUP')
    await eventually('who signed in by the key is a stranger', async () => {
      return (await fetch(`http://127.0.0.1:${port}/api/v1/silences`, { headers: { Cookie } })).status === 401
    })
  })
})
