import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { formatAge } from '../src/core/text/duration.ts'
import { dateAndClock } from '../src/core/text/time.ts'
import { freePort } from './daemon/scrape.ts'
import { type DaemonProcess, startDaemon } from './support/daemon-process.ts'
import { eventually } from './support/eventually.ts'
import { limitMs } from './support/pace.ts'

setDefaultTimeout(limitMs(60_000))

const TOKEN = 'a-token-of-20-letters'
const NEVER = '0 0 29 2 *'
const FLIP = 'if [ -e flip ]; then rm flip; exit 1; fi; touch flip'

/** Reasons that are others with every check. */
const CHANGES = /, due |the last one (?:passed|failed)/

interface Row {
  readonly name: string
  readonly monitor: Record<string, unknown>
  readonly standing: string
  /** What `status --json` and the API call it, where that is not its standing. */
  readonly status?: RegExp
  /** Whether everybody says since when. */
  readonly hasSince?: boolean
  /** Why nobody is notified now, as everybody says it. */
  readonly why: RegExp
}

const fails = { command: ['false'], alert_after: 1, alert_every: 0 }

/** A row a monitor. */
const ROWS: readonly Row[] = [
  { name: 'up', monitor: { command: ['true'] }, standing: 'up', why: /^$/ },
  {
    name: 'failing',
    monitor: { ...fails, alert_after: 100_000, alerts: ['note'] },
    standing: 'failing',
    why: /^not yet past alert_after$/,
  },
  { name: 'down', monitor: { ...fails, alerts: ['note'] }, standing: 'down', why: /^notified once; / },
  {
    name: 'unheard',
    monitor: { ...fails, alerts: [] },
    standing: 'down',
    why: /^nobody is notified: it has no alert$/,
  },
  {
    name: 'muted',
    monitor: { ...fails, alerts: ['note'] },
    standing: 'down',
    why: /^notified once; silenced until .*: moving$/,
  },
  {
    name: 'late',
    monitor: {
      heartbeat: { key: 'late-5c3ff7f9', interval: '1s', grace: '100ms' },
      alert_after: 1,
      alert_every: 0,
      alerts: ['note'],
    },
    standing: 'down',
    why: /^notified once/,
  },
  {
    name: 'flapping',
    monitor: { command: ['sh', '-c', FLIP], alert_after: 3, flap_detection: true, alerts: ['note'] },
    standing: 'flapping',
    status: /^(?:up|failing|down)$/,
    why: /^$/,
  },
  {
    name: 'planned',
    monitor: { ...fails, alerts: ['note'] },
    standing: 'maintenance',
    hasSince: false,
    status: /^down$/,
    why: /^maintenance until /,
  },
  {
    name: 'pending',
    monitor: { command: ['true'], schedule: NEVER, check_interval: undefined },
    standing: 'pending',
    hasSince: false,
    why: /^$/,
  },
  { name: 'paused', monitor: { command: ['true'], enabled: false }, standing: 'paused', why: /^$/ },
]

const configAt = (port: number, isPaused: boolean) =>
  JSON.stringify({
    web: { listen: `127.0.0.1:${port}`, auth: { tokens: [TOKEN] } },
    monitors: ROWS.map(({ name, monitor }) => ({
      name,
      ...('schedule' in monitor || 'heartbeat' in monitor ? {} : { check_interval: '100ms' }),
      ...monitor,
      ...('enabled' in monitor && { enabled: !isPaused }),
    })),
    maintenance: [{ schedule: '* * * * *', duration: '31d', monitors: ['planned'] }],
    alerts: { note: { command: ['true'] } },
  })

interface MonitorJson {
  readonly name: string
  readonly slug: string
  readonly status: string
  readonly since: string | null
  readonly flapping: boolean
  readonly maintenance_until?: string | null
}

const standingIn = ({ status, flapping, maintenance_until = null }: MonitorJson) => {
  if (maintenance_until !== null) return 'maintenance'
  return flapping ? 'flapping' : status
}

/** A daemon, its predecessor gone, and what it can be asked. */
interface Night {
  readonly daemon: DaemonProcess
  readonly ask: (path: string) => Promise<string>
  readonly minitor: (...args: string[]) => Promise<string>
}

let night: Night
const started: DaemonProcess[] = []
afterAll(async () => {
  for (const one of started.toReversed()) await one[Symbol.asyncDispose]()
})

async function start(database: string[], isPaused: boolean): Promise<Night> {
  const port = await freePort()
  const daemon = startDaemon({ config: configAt(port, isPaused), args: database })
  started.push(daemon)
  const headers = { Authorization: `Bearer ${TOKEN}`, Accept: 'text/html' }
  const ask = async (path: string) => (await fetch(`http://127.0.0.1:${port}${path}`, { headers })).text()
  await daemon.line(({ msg }) => msg.startsWith('pages are at'))
  return { daemon, ask, minitor: async (...args) => (await daemon.minitor(...args, ...database)).stdout }
}

async function standings({ minitor }: Night): Promise<Record<string, string>> {
  const { monitors } = JSON.parse(await minitor('status', '--json')) as { monitors: MonitorJson[] }
  return Object.fromEntries(monitors.map((one) => [one.name, standingIn(one)]))
}

async function stop({ daemon }: Night) {
  daemon.signal('SIGTERM')
  expect(await daemon.exitCode()).toBe(0)
}

beforeAll(async () => {
  const first = await start([], false)
  const expected = Object.fromEntries(ROWS.map(({ name, standing }) => [name, standing === 'paused' ? 'up' : standing]))
  await eventually('everything has happened', async () => Bun.deepEquals(await standings(first), expected))
  await first.minitor('silence', 'muted', '2h', '--reason', 'moving')
  await stop(first)
  const database = ['--database', `${first.daemon.directory}/minitor.db`]
  const second = await start(database, true)
  await eventually('it is paused', async () => (await standings(second)).paused === 'paused')
  await stop(second)
  night = await start(database, true)
  // A restart knows nothing of its own: everything has been checked once, and the past was read.
  await eventually('the pages know as much as the file', async () => {
    const { monitors } = JSON.parse(await night.ask('/api/v1/monitors')) as { monitors: Record<string, unknown>[] }
    return monitors.every(
      ({ uptime, name, since, last_check_at }) =>
        uptime !== null &&
        (name === 'pending' || name === 'planned' || since !== null) &&
        (name === 'paused' || name === 'pending' || last_check_at !== null),
    )
  })
})

/** The text of HTML, without its elements. */
const textOf = (html: string) =>
  html
    .replace(/<[^>]+>/g, '')
    .replaceAll('&quot;', '"')
    .trim()

/** Why, and why nobody was notified; who was, is on the monitor's page only. */
const whyIn = (html: string) =>
  [...html.matchAll(/<p class="(?:why|told)">(.*?)<\/p>/gs)]
    .map(([, part = '']) => textOf(part))
    .filter((part) => !part.startsWith('delivered: '))
    .join(' · ')

const firstIn = (html: string, pattern: RegExp) => pattern.exec(html)?.[1] ?? null

/** What one place says of a monitor; undefined is what it does not say at all. */
interface Said {
  readonly standing: string | null | undefined
  /** ISO 8601 to the second. */
  readonly since?: string | null | undefined
  readonly why?: string | undefined
}

const toSecond = (iso: string | null) => iso?.slice(0, 19) ?? null

/** A time on the clock of this machine. */
const isoOf = (local: string | null) => (local === null ? null : toSecond(new Date(local).toISOString()))

async function jsonOf(): Promise<MonitorJson[]> {
  return JSON.parse(await night.minitor('status', '--json')).monitors
}

const PLACES: Record<string, (one: MonitorJson) => Promise<Said>> = {
  async 'status --json'({ name }) {
    const one = (await jsonOf()).find((other) => other.name === name)
    return { standing: one && standingIn(one), since: toSecond(one?.since ?? null) }
  },
  async 'the API'({ slug }) {
    const one = JSON.parse(await night.ask(`/api/v1/monitors/${slug}`)) as MonitorJson
    return { standing: standingIn(one), since: toSecond(one.since) }
  },
  async "the API's list"({ slug }) {
    const { monitors } = JSON.parse(await night.ask('/api/v1/monitors')) as { monitors: MonitorJson[] }
    const one = monitors.find((other) => other.slug === slug)
    return { standing: one && standingIn(one), since: toSecond(one?.since ?? null) }
  },
  async "the API's history"({ slug }) {
    const one = JSON.parse(await night.ask(`/api/v1/monitors/${slug}/history`)) as MonitorJson
    return { standing: standingIn(one), since: toSecond(one.since) }
  },
  async 'history --json'({ name }) {
    const one = JSON.parse(await night.minitor('history', name, '--json')) as MonitorJson
    return { standing: standingIn(one), since: toSecond(one.since) }
  },
  async history({ name }) {
    const [head = ''] = (await night.minitor('history', name)).split('\n')
    const [, standing, since] = /^"\w+" is (\w+)(?: until [\d: -]+)?(?:, for \w+, since ([\d: -]+))?$/.exec(head) ?? []
    return { standing, since: isoOf(since ?? null) }
  },
  async "the monitor's page"({ slug }) {
    const html = await night.ask(`/monitors/${slug}`)
    const head = firstIn(html, /<div id="head"(.*?)<p id="next"/s) ?? ''
    return {
      standing: firstIn(head, /<strong class="is \w+">(\w+)/),
      since: toSecond(firstIn(head, /<time datetime="([^"]+)" data-age/)),
      // Until when a maintenance lasts, stands behind its word, and nowhere else.
      why:
        firstIn(head, /<strong class="is maintenance">(.*?)<\/p>/s)
          ?.replace(/<[^>]+>/g, '')
          .trim() ?? whyIn(head),
    }
  },
  async 'the status page'({ slug }) {
    const row = firstIn(await night.ask('/'), new RegExp(`<tr id="m-${slug}"(.*?)</tr>`, 's')) ?? ''
    const since = toSecond(firstIn(row, /<time datetime="([^"]+)" data-age/))
    return { standing: firstIn(row, /<span>(\w+)/), ...(since !== null && { since }) }
  },
  async 'what needs attention'({ slug }) {
    const items = (await night.ask('/')).match(/<li class="\w+">.*?<\/li>/gs) ?? []
    const item = items.find((one) => one.includes(`href="/monitors/${slug}"`))
    if (item === undefined) return { standing: undefined }
    return {
      standing: firstIn(item, /<span class="is (\w+)"/),
      since: toSecond(firstIn(item, /<time datetime="([^"]+)"/)),
      why: whyIn(item),
    }
  },
  async 'the badge'({ slug }) {
    return { standing: JSON.parse(await night.ask(`/badge/${slug}.json`)).message }
  },
  async 'the feed'({ name }) {
    const entries = (await night.ask('/feed.atom')).match(/<entry>.*?<\/entry>/gs) ?? []
    const entry = entries.find((one) => one.includes(`<title>${name} is down</title>`))
    return {
      standing: entry && 'down',
      ...(entry && { since: isoOf(firstIn(entry, /<summary>Since ([^:]+:\d\d:\d\d) \(/)) }),
    }
  },
}

describe.each([...ROWS])('everybody says the same of $name', ({ name, standing, hasSince = true, why }) => {
  test.each(Object.keys(PLACES))('%s', async (place) => {
    const { monitors } = JSON.parse(await night.ask('/api/v1/monitors')) as { monitors: MonitorJson[] }
    const one = monitors.find((other) => other.name === name) as MonitorJson
    const said = await PLACES[place]?.(one)
    if (said?.standing === undefined) {
      // Fine is nothing that needs attention, and only an incident is news.
      expect(['what needs attention', 'the feed']).toContain(place)
      expect(place === 'the feed' ? standing !== 'down' : !['down', 'failing', 'flapping'].includes(standing)).toBe(
        true,
      )
      return
    }
    expect(said.standing).toBe(standing)
    if (said.since !== undefined) expect(said.since).toBe(hasSince ? toSecond(one.since) : null)
    if (said.why !== undefined) {
      const parts = said.why.split(' · ')
      expect(why.source === '^$' ? '' : (parts.at(-1) ?? '')).toMatch(why)
      const note = await noteOf(name)
      for (const part of parts.filter((one) => !CHANGES.test(one))) expect(note).toContain(part)
    }
  })

  test('status', async () => {
    const before = Date.now()
    const row = (await rows()).find((other) => other.name === name)
    const { since } = (await jsonOf()).find((other) => other.name === name) as MonitorJson
    expect(row?.standing).toBe(standing)
    const ages = Array.from({ length: Math.ceil((Date.now() - before) / 1000) + 1 }, (_, seconds) =>
      since === null ? '' : formatAge(before + seconds * 1000 - Date.parse(since)),
    )
    expect(ages).toContain(row?.lasting ?? '')
    expect(since === null).toBe(!hasSince)
    if (since !== null)
      expect(await night.minitor('history', name)).toContain(`since ${dateAndClock(Date.parse(since))}`)
  })
})

/** The rows of `status`. */
async function rows() {
  const lines = (await night.minitor('status')).split('\n').slice(3)
  return lines.slice(0, ROWS.length).map((line) => {
    const [standing, name, lasting = ''] = line.split(/ {2,}/)
    return { standing, name, lasting: /^\d+[a-z]\w*$/.test(lasting) ? lasting : '', line }
  })
}

async function noteOf(name: string): Promise<string> {
  return (await rows()).find((row) => row.name === name)?.line ?? ''
}

test('the headline', async () => {
  const [head = ''] = (await night.minitor('status')).split('\n')
  const html = await night.ask('/')
  const title = firstIn(html, /<h1 id="overall-h">([^<]*)/)
  const rest = textOf(firstIn(html, /<h1 id="overall-h">.*?<p>(.*?)<\/p>/s) ?? '').split(' · ')
  expect(head).toBe('4 of 8 down, 1 failing, 1 flapping, 1 in maintenance, 1 pending, 1 paused')
  expect(title).toBe('4 of 8 down')
  expect([title, ...rest.filter((part) => !part.endsWith('muted'))].join(', ')).toBe(head)
})

test('the order: worst first, what is muted after what is not', async () => {
  const expected = (await jsonOf()).map(({ name }) => name)
  expect((await rows()).map(({ name }) => name)).toEqual(expected)
  const isTroubled = (name: string | undefined) => !['planned', 'pending', 'up', 'paused'].includes(name ?? '')
  const html = firstIn(await night.ask('/'), /<section id="attention"(.*?)<\/section>/s) ?? ''
  expect([...html.matchAll(/href="\/monitors\/([^"]+)"/g)].map(([, slug]) => slug)).toEqual(expected.filter(isTroubled))
  const all = await night.ask('/?status=down')
  expect([...all.matchAll(/<tr id="m-([^"]+)"/g)].map(([, slug]) => slug)).toEqual(expected.slice(0, 4))
  expect(expected.slice(3)).toEqual(['muted', 'failing', 'flapping', 'planned', 'pending', 'up', 'paused'])
})
