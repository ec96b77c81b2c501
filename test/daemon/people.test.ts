import { describe, expect, test } from 'bun:test'
import { startDaemon } from '../support/daemon-process.ts'
import { eventually } from '../support/eventually.ts'
import { freePort } from './scrape.ts'

const TOKEN = 'an-api-token-of-some-length'
const configOf = (port: number, rest = '') => `check_interval: 100ms
web: { listen: "127.0.0.1:${port}", public: true, auth: { tokens: [ ${TOKEN} ] } }
monitors:
  - { name: site, command: "echo >>runs; test ! -e broken", alert_after: 1, alerts: [], group: shop }
  - { name: job, heartbeat: { key: job-key, interval: 1s, grace: 0s }, alert_after: 1, alerts: [] }
${rest}`

async function start() {
  const port = await freePort()
  const daemon = startDaemon({ config: configOf(port), env: { SUDO_USER: 'anna' } })
  await daemon.watches()
  const api = async (path: string, { method = 'GET', body, token = TOKEN }: Asked = {}) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      headers: {
        ...(token === '' ? {} : { Authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    return { status: response.status, text: await response.text() }
  }
  const form = async (path: string, fields: Record<string, string>, headers: Record<string, string> = {}) => {
    const sent = { method: 'POST', body: new URLSearchParams(fields), headers, redirect: 'manual' } as const
    const response = await fetch(`http://127.0.0.1:${port}${path}`, sent)
    return { cookie: response.headers.get('Set-Cookie')?.split(';')[0] ?? '' }
  }
  const json = async (path: string, asked?: Asked) => JSON.parse((await api(path, asked)).text)
  return { daemon, api, json, form }
}

interface Asked {
  readonly method?: string
  readonly body?: object
  readonly token?: string
}

const runs = (daemon: { read(file: string): string }) => daemon.read('runs').length

describe.concurrent('pause and resume', () => {
  test('a paused monitor is not checked, also after a restart, and everybody sees since when, by whom and why', async () => {
    const { daemon, json, api } = await start()
    await using _ = daemon
    await eventually('it is checked', () => runs(daemon) > 1)
    expect(await daemon.minitor('pause', 'SITE', '--reason', 'new router')).toMatchObject({
      exitCode: 0,
      stdout: '"site" paused: it is not checked until minitor resume\n',
    })
    expect(await daemon.line({ msg: 'paused "site" by anna (command line): new router' })).toMatchObject({
      who: 'anna (command line)',
    })
    await eventually('the API has it', async () => (await json('/api/v1/monitors/site')).status === 'paused')
    const before = runs(daemon)
    const paused = { since: expect.any(String), who: 'anna (command line)', reason: 'new router' }
    expect(await json('/api/v1/monitors/site')).toMatchObject({ status: 'paused', paused, since: expect.any(String) })
    const status = JSON.parse((await daemon.minitor('status', '--json', 'site')).stdout)
    expect(status.monitors).toMatchObject([{ status: 'paused', paused, last_check_at: null }])
    expect((await daemon.minitor('status', 'site')).stdout).toContain('paused by anna (command line): new router')
    expect((await api('/metrics')).text).toContain('minitor_monitor_status{monitor="site",status="paused"} 1')
    expect((await api('/badge/site.svg')).text).toContain('paused')
    expect((await api('/monitors/site')).text).toContain('new router')
    expect((await api('/monitors/site/check', { method: 'POST' })).status).not.toBe(500)
    daemon.write('config.yml', daemon.read('config.yml').replace('shop', 'store'))
    expect(await daemon.minitor('reload')).toMatchObject({ exitCode: 0 })
    expect(runs(daemon)).toBe(before)
    await daemon.kill()

    await using again = (() => {
      const life = daemon.start()
      return { ...life, [Symbol.asyncDispose]: () => life.kill() }
    })()
    await again.watches()
    await eventually('it is paused', async () => (await json('/api/v1/monitors/site')).status === 'paused')
    expect((await daemon.minitor('history', 'site')).stdout).toContain('paused')
    expect(runs(daemon)).toBe(before)
    expect(await daemon.minitor('resume', 'site')).toMatchObject({ exitCode: 0, stdout: '"site" resumed\n' })
    await eventually('it is checked again', () => runs(daemon) > before + 2)
    await again.line({ msg: 'resumed "site" by the command line' })
  })

  test('its open incident ends, and a heartbeat that is paused is not late', async () => {
    const { daemon, json, api } = await start()
    await using _ = daemon
    daemon.write('broken', '')
    await daemon.line({ monitor: 'site', status: 'down' })
    await daemon.line({ monitor: 'job', status: 'down' })
    for (const slug of ['site', 'job']) {
      const paused = await api(`/api/v1/monitors/${slug}/pause`, { method: 'POST', body: { reason: 'moving' } })
      expect(paused.status).toBe(204)
    }
    await daemon.line({ msg: 'paused "job" by api token: moving' })
    expect((await json('/api/v1/incidents')).incidents).toMatchObject([{ ending: 'paused' }, { ending: 'paused' }])
    expect((await api('/api/v1/monitors/site/pause', { method: 'POST', body: {} })).status).toBe(409)
    const { exitCode, stderr } = await daemon.minitor('pause', 'site', 'job')
    expect(exitCode).toBe(1)
    expect(stderr).toMatch(/^"site" is paused already, since \S+ by api token: moving\n"job" is paused already/)
    expect((await api('/ping/job-key')).status).toBe(200)
    expect((await json('/api/v1/monitors/job')).status).toBe('paused')
    expect((await api('/api/v1/monitors/job/resume', { method: 'POST' })).status).toBe(204)
    expect((await api('/api/v1/monitors/job/resume', { method: 'POST' })).status).toBe(409)
    await daemon.line({ msg: 'resumed "job" by api token' })
    expect((await json('/api/v1/monitors/job')).status).toBe('pending')
    expect((await daemon.minitor('resume', 'job')).exitCode).toBe(1)
    // The buttons of the page: each is there when it makes sense, and its form does it.
    const form = async (path: string) => (await api(path, { method: 'POST' })).status
    expect((await api('/monitors/job')).text).toContain('action="/monitors/job/pause"')
    expect((await api('/monitors/job')).text).not.toContain('/monitors/job/resume')
    await form('/monitors/job/pause')
    expect((await json('/api/v1/monitors/job')).status).toBe('paused')
    expect((await api('/monitors/job')).text).toContain('action="/monitors/job/resume"')
    expect((await api('/monitors/job')).text).not.toContain('/monitors/job/pause')
    await form('/monitors/job/resume')
    expect((await json('/api/v1/monitors/job')).status).toBe('pending')
  })
})

test('the filter for fail2ban in docs/web.md finds the address in the lines that stand there, and in those of JSON', async () => {
  const document = await Bun.file(new URL('../../docs/web.md', import.meta.url)).text()
  const [, filter = ''] = /failregex = (.*?)\njournalmatch/s.exec(document) ?? []
  const patterns = filter.split('\n').map((line) => new RegExp(line.trim().replace('<HOST>', '(?<host>[\\d.]+)')))
  const found = (line: string) => patterns.map((pattern) => pattern.exec(line)?.groups?.host).filter(Boolean)
  for (const line of ['sign-in refused (wrong) from 192.0.2.7: "anna"', 'a wrong token was sent from 192.0.2.7']) {
    expect(document).toContain(line)
    expect([found(line), found(JSON.stringify({ msg: line }))]).toEqual([['192.0.2.7'], ['192.0.2.7']])
  }
  expect(found('signed in from 192.0.2.7: "anna"')).toEqual([])
})

describe.concurrent('who did what', () => {
  test('is in the log, in status and in the API', async () => {
    const { daemon, json, api } = await start()
    await using _ = daemon
    daemon.write('broken', '')
    await daemon.line({ monitor: 'site', status: 'down' })
    await daemon.minitor('ack', 'site', '--reason', 'looking')
    await daemon.line({ msg: 'acknowledged "site" by anna (command line): looking' })
    await api('/api/v1/monitors/site/acknowledge', { method: 'POST', body: { reason: 'disk ordered' } })
    await daemon.line({ msg: 'acknowledged "site" by anna (command line), api token: looking; disk ordered' })
    const [incident] = (await json('/api/v1/incidents')).incidents.filter(
      (one: { monitor: string }) => one.monitor === 'site',
    )
    expect(incident.acknowledged).toMatchObject({
      reason: 'looking; disk ordered',
      who: 'anna (command line), api token',
    })
    await daemon.minitor('silence', '--group', 'shop', '2h', '--reason', 'router swap')
    const { msg } = await daemon.line(({ msg }) => msg.startsWith('silenced'))
    expect(msg).toMatch(/^silenced group "shop" until (\S+ )?\d\d:\d\d by anna \(command line\): router swap$/)
    expect((await json('/api/v1/silences')).silences).toMatchObject([{ group: 'shop', who: 'anna (command line)' }])
    expect((await daemon.minitor('status')).stdout).toMatch(/silenced until .* by anna \(command line\): router swap/)
    await api('/api/v1/silences?group=shop', { method: 'DELETE' })
    await daemon.line(({ msg }) => /^unsilenced group "shop" \(was until .*\) by api token$/.test(msg))
  })

  test('is kept: of people at the pages, of programs and of commands, for users only', async () => {
    const { daemon, json, api, form } = await start()
    await using _ = daemon
    await daemon.minitor('pause', 'job', '--reason', 'moving')
    await daemon.line(({ msg }) => msg.startsWith('paused'))
    await api('/api/v1/monitors/job/resume', { method: 'POST' })
    for (const key of ['wrong', 'wrong too']) await form('/sign-in', { key })
    await api('/', { token: 'not the token' })
    const Cookie = (await form('/sign-in', { key: TOKEN })).cookie
    await form('/sign-out', {}, { Cookie })
    await daemon.minitor('sign-out', '--all')
    const kept = async () => (await json('/api/v1/actions')).actions
    await eventually('all is kept', async () => (await kept()).length >= 6)
    const people = (await kept()).map(({ kind, who, monitor, reason, address, count }: Record<string, unknown>) => [
      ...[kind, who, monitor, reason, address, count],
    ])
    expect(people.toSorted()).toEqual([
      ['paused', 'anna (command line)', 'job', 'moving', '', 1],
      ['resumed', 'api token', 'job', '', '', 1],
      ['sessions_ended', 'anna (command line)', null, '', '', 1],
      ['sign_in_failed', 'api token', null, '', '127.0.0.1', 3],
      ['signed_in', 'sign-in key', null, '', '127.0.0.1', 1],
      ['signed_out', 'sign-in key', null, '', '127.0.0.1', 1],
    ])
    expect((await api('/actions')).text).toContain('by anna (command line): moving')
    expect((await daemon.minitor('history', 'job')).stdout).toMatch(/paused +by anna \(command line\): moving/)
    for (const path of ['/actions', '/api/v1/actions', '/monitors/job', '/api/v1/monitors/job/history']) {
      expect((await api(path, { token: '' })).text).not.toMatch(/anna|moving/)
    }
  })
})

test('an announcement is on the page, in the feed, in the API and in status, also for the public, until it ends', async () => {
  const { daemon, json, api } = await start()
  await using _ = daemon
  const text = 'Moving to a <new> router at 22:00'
  expect((await daemon.minitor('announce', text, '--until', '6h')).stdout).toMatch(
    /^announced until .*: Moving to a <new>/,
  )
  await daemon.line(({ msg }) => msg.startsWith('announced until') && msg.includes(text))
  const shown = async (path: string) => (await api(path, { token: '' })).text
  expect(await shown('/')).toContain('Moving to a &lt;new&gt; router at 22:00')
  const feed = await shown('/feed.atom')
  expect(feed).toContain('<title>Moving to a &lt;new&gt; router at 22:00</title>')
  expect(feed).toMatch(/router at 22:00 – until \d{4}-\d\d-\d\d \d\d:\d\d:\d\d \(.+\)<\/summary>/)
  const [one] = (await json('/api/v1/announcements', { token: '' })).announcements
  expect(one).toEqual({ id: expect.any(String), text, at: expect.any(String), until: expect.any(String) })
  expect((await daemon.minitor('status')).stdout).toContain(`: ${text}`)
  expect((await daemon.minitor('announce')).stdout).toStartWith(one.id.slice(0, 8))
  const second = await json('/api/v1/announcements', { method: 'POST', body: { text: 'Done soon' } })
  expect(second).toMatchObject({ text: 'Done soon', until: null, who: 'api token' })
  expect((await api(`/api/v1/announcements/${second.id}`, { method: 'DELETE' })).status).toBe(204)
  expect((await api(`/api/v1/announcements/${second.id}`, { method: 'DELETE' })).status).toBe(404)
  expect((await api('/api/v1/announcements', { method: 'POST', body: { text: ' ' } })).status).toBe(400)
  expect(await daemon.minitor('announce', '--end', one.id.slice(0, 8))).toMatchObject({ exitCode: 0 })
  await daemon.line({ msg: `announcement ended by the command line: ${text}` })
  await eventually('it is gone', async () => !(await shown('/')).includes('router at 22:00'))
  expect(await daemon.minitor('announce', '--end')).toMatchObject({ exitCode: 1, stderr: 'there is nothing to end\n' })
})
