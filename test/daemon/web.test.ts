import { describe, expect, test } from 'bun:test'
import { networkInterfaces } from 'node:os'
import { startDaemon } from '../support/daemon-process.ts'
import { eventually } from '../support/eventually.ts'
import type { LogLine } from '../support/log-book.ts'
import { freePort } from './scrape.ts'

const MONITORS = [
  'monitors:',
  '  - {name: "My blog", command: [false], check_interval: 100ms, alert_after: 1, alerts: [tell]}',
  'alerts:',
  '  tell: {command: "echo {url} >> told"}',
  '',
].join('\n')

const says = (pattern: RegExp) => (line: LogLine) => pattern.test(line.msg)
const healthAt = async (port: number) => (await fetch(`http://127.0.0.1:${port}/healthz`)).status

describe.concurrent('web', () => {
  test('serves where the configuration says; alerts name the page', async () => {
    const port = await freePort()
    await using daemon = startDaemon({ config: `web: {listen: "127.0.0.1:${port}"}\n${MONITORS}` })
    const { msg } = await daemon.line(says(/sign in at/))
    expect(msg).toMatch(new RegExp(`^sign in at http://127\\.0\\.0\\.1:${port}/sign-in\\?key=[\\w-]{32}$`))
    expect(await healthAt(port)).toBe(200)
    const told = await eventually('the alert is told', () => daemon.read('told').includes('\n') && daemon.read('told'))
    expect(told.split('\n')[0]).toBe(`http://127.0.0.1:${port}/monitors/my-blog`)
  })

  test('the key to sign in with is the same after a restart', async () => {
    const config = `web: {listen: "127.0.0.1:${await freePort()}"}\n${MONITORS}`
    const keys = []
    await using first = startDaemon({ config })
    keys.push((await first.line(says(/sign in at/))).msg)
    first.signal('SIGTERM')
    expect(await first.exitCode()).toBe(0)
    await using second = startDaemon({ config, args: ['--database', `${first.directory}/minitor.db`] })
    keys.push((await second.line(says(/sign in at/))).msg)
    expect(keys[0]).toBe(keys[1])
  })

  test('`minitor sign-out --all` ends all sessions at once, and for good', async () => {
    const port = await freePort()
    const config = `web: {listen: "127.0.0.1:${port}"}\n${MONITORS}`
    await using daemon = startDaemon({ config })
    const signInAt = async (link: string) => {
      const key = new URL(link.replace(/.* (?=http)/, '')).searchParams.get('key') ?? ''
      const options = { method: 'POST', body: new URLSearchParams({ key }), redirect: 'manual' } as const
      const answer = await fetch(`http://127.0.0.1:${port}/sign-in`, options)
      return answer.headers.get('Set-Cookie')?.split(';')[0] ?? ''
    }
    const statusWith = async (Cookie: string) =>
      (await fetch(`http://127.0.0.1:${port}/api/v1/silences`, { headers: { Cookie } })).status
    const link = (await daemon.line(says(/^sign in at/))).msg
    const cookie = await signInAt(link)
    expect(await statusWith(cookie)).toBe(200)
    const stream = await fetch(`http://127.0.0.1:${port}/api/v1/stream`, { headers: { Cookie: cookie } })
    const { exitCode, stderr } = await daemon.minitor('sign-out', '--all')
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
    await daemon.line(says(/^all sessions have ended$/))
    expect(await statusWith(cookie)).toBe(401)
    await stream.text()
    const { msg } = await daemon.line((line) => says(/^sign in at/)(line) && line.msg !== link)
    expect([await signInAt(link), await statusWith(await signInAt(msg))]).toEqual(['', 200])
    // So it is in the next daemon.
    daemon.signal('SIGTERM')
    expect(await daemon.exitCode()).toBe(0)
    await using second = startDaemon({ config, args: ['--database', `${daemon.directory}/minitor.db`] })
    expect((await second.line(says(/^sign in at/))).msg).toBe(msg)
    expect(await statusWith(cookie)).toBe(401)
  })

  test('--listen goes before web.listen, also after a reload; --metrics is served besides', async () => {
    const [port, other, metrics] = [await freePort(), await freePort(), await freePort()]
    await using daemon = startDaemon({
      config: `web: {listen: "127.0.0.1:${other}", url: "https://x.example/"}\n${MONITORS}`,
      args: ['--listen', `127.0.0.1:${port}`, '-m', '-p', String(metrics)],
    })
    await daemon.line(says(/pages are at https:\/\/x\.example\//))
    expect(await healthAt(port)).toBe(200)
    expect(await healthAt(metrics)).toBe(200)
    expect(await healthAt(other).catch(() => 'nobody')).toBe('nobody')
  })

  test('--metrics and the pages on one port are one server; metrics need no password', async () => {
    const port = await freePort()
    await using daemon = startDaemon({
      config: `web: {listen: "127.0.0.1:${port}"}\n${MONITORS}`,
      args: ['--metrics', '--metrics-port', String(port)],
    })
    await daemon.line(says(/^metrics are at http:\/\/127\.0\.0\.1:\d+\/metrics$/))
    const metrics = await fetch(`http://127.0.0.1:${port}/metrics`)
    expect([metrics.status, (await metrics.text()).includes('minitor_build_info')]).toEqual([200, true])
    expect((await fetch(`http://127.0.0.1:${port}/api/v1/summary`)).status).toBe(401)
  })

  test.each(['localhost', '*'])('%s is both families', async (host) => {
    const port = await freePort()
    await using daemon = startDaemon({ config: `web: {listen: "${host}:${port}"}\n${MONITORS}` })
    await daemon.line(says(new RegExp(`^pages are at http://localhost:${port}/`)))
    expect(await healthAt(port)).toBe(200)
    if (Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === '::1'))) {
      expect((await fetch(`http://[::1]:${port}/healthz`)).status).toBe(200)
    }
  })

  test('a reload that moves or removes the pages says that this waits for a start', async () => {
    const port = await freePort()
    await using daemon = startDaemon({ config: `web: {listen: "127.0.0.1:${port}"}\n${MONITORS}` })
    await daemon.line(says(/pages are at/))
    daemon.write('config.yml', MONITORS)
    daemon.signal('SIGHUP')
    await daemon.line(says(/web\.listen has changed in the configuration: that takes effect at the next start/))
    expect(await healthAt(port)).toBe(200)
  })

  test('G8: a port in use is refused with a clear text', async () => {
    const port = await freePort()
    const taken = Bun.listen({ hostname: '127.0.0.1', port, socket: { data() {} } })
    try {
      await using daemon = startDaemon({ config: `web: {listen: "127.0.0.1:${port}"}\n${MONITORS}` })
      expect(await daemon.exitCode()).toBe(2)
      expect(daemon.stderr()).toContain(`cannot listen on 127.0.0.1:${port}: the port is used by another program`)
      expect(daemon.stderr()).toContain('web.listen')
    } finally {
      taken.stop(true)
    }
  })
})
