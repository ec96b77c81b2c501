import { describe, expect, test } from 'bun:test'
import { type Action, actionOf } from '../../src/core/model/action.ts'
import type { WebConfig } from '../../src/core/model/config.ts'
import { LONGEST_REASON, type Silence, type SilenceTarget } from '../../src/core/model/mute.ts'
import type { Outcome, PlaceAnswer } from '../../src/core/model/types.ts'
import type { CheckRun } from '../../src/core/past/fold-checks.ts'
import type { KeptIncident, KeptNotification } from '../../src/core/past/kept.ts'
import { type ActionsQuery, NO_HISTORY, PastUnavailable } from '../../src/core/past/past.ts'
import { createWebApp } from '../../src/web/app.ts'
import type { BoardMonitor } from '../../src/web/board/board.ts'
import { aBoardMonitor, aCheck, aPast, aState, fakeWeb, NOW_MS } from '../support/web-fakes.ts'

const TOKEN = '0123456789abcdef'
const DOWN = aState({
  status: 'down',
  incidentId: 'inc',
  failureCount: 9,
  alertCount: 2,
  outageStartedAtMs: NOW_MS - 60_000,
})

const INCIDENT: KeptIncident = {
  id: 'inc',
  monitor: 'web',
  startedAtMs: NOW_MS - 60_000,
  openedAtMs: NOW_MS - 30_000,
  endedAtMs: null,
  ending: null,
  failureCount: 9,
  firstReason: 'SECRET first reason',
  firstOutput: 'SECRET first output',
  lastReason: 'SECRET last reason',
  lastOutput: 'SECRET last output',
  acknowledged: { atMs: NOW_MS - 10_000, reason: 'SECRET acknowledgement' },
  plannedUntilMs: null,
  notificationCount: 1,
}

const NOTIFICATION: KeptNotification = {
  id: 'note',
  incidentId: 'inc',
  kind: 'down',
  atMs: NOW_MS - 30_000,
  alerts: ['SECRET-alert'],
  deliveries: [{ alert: 'SECRET-alert', status: 'failed', attemptCount: 2, reason: 'SECRET delivery' }],
}

const ACTION = actionOf({
  ...{ kind: 'silenced', atMs: NOW_MS - 9_000, who: 'SECRET-anna', target: { tag: 'SECRET-tag' } },
  ...{ untilMs: NOW_MS + 60_000, reason: 'SECRET <move>' },
})
const ACTION_TEXT = / by SECRET-anna: SECRET &lt;move&gt;/

/** A monitor that is down, everything of which but its name, group and state is SECRET or 4,321 ms. */
function secretive(name: string, changes: Partial<BoardMonitor> = {}): BoardMonitor {
  return aBoardMonitor(
    {
      name,
      command: ['SECRET-command', '--all'],
      env: { SECRET: 'SECRET' },
      description: 'SECRET description',
      runbook: 'https://SECRET.example/runbook',
      tags: ['SECRET-tag'],
      dependsOn: ['SECRET-parent'],
      runOn: {
        places: [
          { kind: 'node', node: 'SECRET-nas' },
          { kind: 'tag', tag: 'SECRET-lan' },
        ],
        quorum: 2,
      },
    },
    {
      slug: 'web',
      state: DOWN,
      lastCheck: aCheck({
        outcome: 'failed',
        reason: 'SECRET reason',
        output: 'SECRET output',
        durationMs: 4_321,
        quiet: 'SECRET quiet',
        places: [
          placeAnswer({ place: 'node:SECRET-nas', node: 'SECRET-nas', outcome: 'failed', summary: 'SECRET refusal' }),
          placeAnswer({ place: 'tag:SECRET-lan', node: null, outcome: 'void', summary: 'SECRET nobody' }),
        ],
      }),
      mute: { by: 'silence', untilMs: NOW_MS, reason: 'SECRET silence' },
      past: aPast(),
      ...changes,
    },
  )
}

function placeAnswer(said: Pick<PlaceAnswer, 'place' | 'node' | 'outcome' | 'summary'>): PlaceAnswer {
  return { exitCode: 1, reason: 'SECRET', durationMs: 4_321, ...said }
}

/** Failing checks in a row of which nobody was notified, for these reasons. */
function quietRun(reasons: readonly { why: string; fromMs: number; count: number }[]): CheckRun {
  return {
    fromMs: Math.min(...reasons.map(({ fromMs }) => fromMs)),
    toMs: NOW_MS,
    count: reasons.reduce((sum, { count }) => sum + count, 0),
    outcome: 'failed',
    isPlanned: false,
    exitCode: 1,
    reason: 'exit code 1',
    output: '',
    longestMs: 1,
    quiet: new Map(reasons.map((one) => [one.why, one])),
  }
}

function serve(monitors: readonly BoardMonitor[], options: Parameters<typeof fakeWeb>[0] = {}) {
  const web = fakeWeb({
    monitors,
    past: {
      history: async () => ({
        ...NO_HISTORY,
        past: aPast(),
        checks: [
          {
            fromMs: NOW_MS - 60_000,
            toMs: NOW_MS - 10_000,
            count: 9,
            outcome: 'failed',
            isPlanned: false,
            exitCode: 7,
            reason: 'SECRET run',
            output: 'SECRET printed',
            longestMs: 4_321,
            places: [
              placeAnswer({ place: 'tag:SECRET-lan', node: 'SECRET-laptop', outcome: 'failed', summary: 'SECRET' }),
            ],
            quiet: new Map([['SECRET quiet', { why: 'SECRET quiet', fromMs: NOW_MS, count: 3 }]]),
          },
        ],
        notifications: [NOTIFICATION],
        incidents: [INCIDENT],
        unwatched: [],
        pings: [{ atMs: NOW_MS - 5_000, kind: 'fail', exitCode: 3, rid: null, durationMs: 4_321, body: 'SECRET body' }],
      }),
      incidents: async () => [INCIDENT],
      incident: async (id) => (id === 'inc' ? { incident: INCIDENT, notifications: [NOTIFICATION] } : null),
      actions: async () => [ACTION],
      ...options.past,
    },
    silences: options.silences ?? [],
    planned: options.planned ?? [],
    web: { tokens: [TOKEN], isPublic: true, ...options.web } as Partial<WebConfig>,
    context: options.context ?? {},
  })
  const app = createWebApp(web.context)
  const bindings = { setIdleLimit() {}, clientAddress: () => '127.0.0.1' }
  const ask = (path: string, init: RequestInit & { headers?: Record<string, string> } = {}) =>
    app.request(
      `http://minitor.example${path}`,
      {
        ...init,
        headers: { Accept: 'text/html', Host: 'minitor.example', Origin: 'http://minitor.example', ...init.headers },
      },
      bindings,
    )
  const asUser = (path: string, init: RequestInit = {}) =>
    ask(path, { ...init, headers: { Authorization: `Bearer ${TOKEN}` } })
  const post = (path: string, form: Record<string, string>) =>
    ask(path, {
      method: 'POST',
      body: new URLSearchParams(form).toString(),
      headers: { Authorization: `Bearer ${TOKEN}`, 'Content-Type': 'application/x-www-form-urlencoded' },
    })
  return { ask, asUser, post, done: web.done }
}

const READABLE = [
  '/',
  '/?q=web',
  '/monitors/web',
  '/monitors/web?window=7d',
  '/incidents',
  '/incidents/inc',
  '/feed.atom',
  '/badge/web.svg',
  '/badge/web.json',
  '/badge/web/uptime-24h.svg',
  '/badge/web/uptime-7d.json',
]

describe('who sees what', () => {
  test.each(['/monitors/web', '/incidents/inc', '/actions'])('users see who did what at %s', async (path) => {
    const text = await (await serve([secretive('web')]).asUser(path)).text()
    expect(text).toMatch(ACTION_TEXT)
    expect(text).toContain('tag &quot;SECRET-tag&quot; until <time')
  })

  test('the public has to sign in to see who did what', async () => {
    const { status, headers } = await serve([secretive('web')]).ask('/actions?monitor=web')
    expect([status, headers.get('Location')]).toEqual([303, '/sign-in?next=%2Factions%3Fmonitor%3Dweb'])
  })

  test('who did what is read page by page, and about one monitor by its tags and group', async () => {
    const asked: ActionsQuery[] = []
    const actions = async (query: ActionsQuery) => {
      asked.push(query)
      return Array<Action>(query.limit ?? 0).fill(ACTION)
    }
    const site = serve([secretive('web')], { past: { actions } })
    const first = await (await site.asUser('/actions?monitor=web')).text()
    expect(first).toContain(`href="/actions?monitor=web&amp;before=${ACTION.atMs}"`)
    expect((await site.asUser(`/actions?before=${ACTION.atMs}`)).status).toBe(200)
    expect(asked).toMatchObject([
      { about: { name: 'web', tags: ['SECRET-tag'] }, beforeMs: null },
      { about: null, beforeMs: ACTION.atMs },
    ])
  })

  test('an acknowledgement is told once in a timeline, by the action where there is one', async () => {
    const said = { atMs: INCIDENT.acknowledged?.atMs ?? 0, who: 'anna', target: { monitor: 'web' }, reason: 'on it' }
    const texts = [[], [actionOf({ kind: 'acknowledged', ...said })]].map(async (actions) => {
      const site = serve([secretive('web')], { past: { actions: async () => actions } })
      return (await (await site.asUser('/incidents/inc')).text()).match(/acknowledged<.*?<\/li>/g)?.join()
    })
    const [before, after] = await Promise.all(texts)
    expect(before).toContain('SECRET acknowledgement')
    expect(after).toContain('by anna: on it')
    expect(after).not.toContain('SECRET acknowledgement')
  })

  test.each(READABLE)('the public sees names and states at %s, and nothing else (G10)', async (path) => {
    const answer = await serve([secretive('web')]).ask(path)
    const text = await answer.text()
    expect({ status: answer.status, hasName: text.includes('web') }).toEqual({ status: 200, hasName: true })
    expect(text).not.toContain('SECRET')
    expect(text).not.toContain('4.32')
    expect(text).not.toContain('4321')
  })

  test.each<[string, ...string[]]>([
    ['/', 'SECRET reason: SECRET output'],
    ['/monitors/beat', 'SECRET body', 'exit code 3'],
    ['/monitors/web', 'SECRET-nas</span>', 'SECRET refusal', 'tag SECRET-lan', 'SECRET nobody', 'fails if 2 of 2 do'],
    ['/monitors/web', 'on tag SECRET-lan'],
    ['/monitors/web', 'SECRET-command', 'SECRET printed', 'SECRET quiet', 'SECRET delivery', '4.32 s', 'SECRET-tag'],
    ['/incidents', 'SECRET first reason: SECRET first output'],
    ['/incidents/inc', 'SECRET first output', 'SECRET last reason', 'SECRET acknowledgement', 'SECRET delivery'],
    ['/feed.atom', 'SECRET first reason: SECRET first output'],
  ])('users see why at %s', async (path, ...words) => {
    const beat = aBoardMonitor({ name: 'beat', command: null, heartbeat: { key: 'k', graceMs: 1 } }, { slug: 'beat' })
    const text = await (await serve([secretive('web'), beat]).asUser(path)).text()
    for (const word of words) expect(text).toContain(word)
  })

  test('the end of a long output is shown: errors are there', async () => {
    const output = `the beginning\n${'é<\n'.repeat(20_000)}the error`
    const checks = [{ ...quietRun([]), count: 1, output }]
    const site = serve([secretive('web')], {
      past: {
        history: async () => ({ ...NO_HISTORY, checks }),
        incident: async () => ({ incident: { ...INCIDENT, lastOutput: output }, notifications: [] }),
      },
    })
    for (const path of ['/monitors/web', '/incidents/inc']) {
      const text = await (await site.asUser(path)).text()
      expect(text).toContain('the beginning\n')
      expect(text).toMatch(/bytes left out .*the error<\/pre>/s)
    }
  })

  test('an incident of which nobody was notified says why', async () => {
    const { openedAtMs, startedAtMs } = INCIDENT
    const checks = [
      quietRun([
        { why: 'not yet past alert_after', fromMs: startedAtMs, count: 1 },
        { why: 'SECRET silence', fromMs: openedAtMs + 1, count: 3 },
      ]),
    ]
    const incident = async () => ({ incident: INCIDENT, notifications: [] })
    const known = serve([secretive('web')], { past: { incident, history: async () => ({ ...NO_HISTORY, checks }) } })
    const text = await (await known.asUser('/incidents/inc')).text()
    expect(text).toContain('not notified')
    expect(text).toContain('SECRET silence × 3')
    expect(text).not.toContain('not yet past alert_after')
    const unknown = serve([secretive('web')], { past: { incident, history: async () => NO_HISTORY } })
    expect(await (await unknown.asUser('/incidents/inc')).text()).toContain('nobody was notified of it')
    expect(await (await unknown.ask('/incidents/inc')).text()).not.toContain('not notified')
  })

  test('each reason why nobody was notified stands where it began', async () => {
    const checks = [
      quietRun([
        { why: 'SECRET early', fromMs: NOTIFICATION.atMs - 10_000, count: 1 },
        { why: 'SECRET later', fromMs: NOTIFICATION.atMs + 10_000, count: 7 },
      ]),
    ]
    const history = async () => ({ ...NO_HISTORY, checks, notifications: [NOTIFICATION] })
    const page = await (await serve([secretive('web')], { past: { history } }).asUser('/monitors/web')).text()
    const text = page.slice(page.indexOf('id="notifications"'))
    const places = ['SECRET later × 7', 'SECRET delivery', 'SECRET early'].map((word) => text.indexOf(word))
    expect(places).toEqual(places.toSorted((one, other) => one - other))
    expect(places).not.toContain(-1)
  })

  test('users read that history is not kept', async () => {
    const says = 'History is not kept'
    const inMemory = serve([secretive('web')], { past: { isKept: false } })
    for (const path of ['/', '/monitors/web', '/incidents']) {
      expect(await (await inMemory.asUser(path)).text()).toContain(says)
      expect(await (await serve([secretive('web')]).asUser(path)).text()).not.toContain(says)
    }
  })

  test('strangers are asked to sign in', async () => {
    const { ask } = serve([secretive('web')], { web: { isPublic: false } })
    const answer = await ask('/monitors/web?window=7d')
    expect([answer.status, answer.headers.get('Location')]).toEqual([
      303,
      '/sign-in?next=%2Fmonitors%2Fweb%3Fwindow%3D7d',
    ])
    expect(await (await ask('/sign-in')).text()).not.toContain('web<')
  })

  test('the key that the log says fills in the form, and nothing else', async () => {
    const { ask } = serve([secretive('web')], { web: { isPublic: false, tokens: [] } })
    expect(await (await ask('/sign-in?key=k%22<')).text()).toContain(
      'name="key" autocomplete="off" value="k&quot;&lt;"',
    )
  })

  test('secrets are masked, and what hides is written out', async () => {
    const monitors = [secretive('a\u202eb', { lastCheck: aCheck({ outcome: 'failed', reason: 'hunter22' }) })]
    const text = await (await serve(monitors).asUser('/')).text()
    expect(text).toContain('a\\u202eb')
    expect(text).not.toContain('hunter22')
  })

  test('no link leads to where a secret is, and no name that hides is suggested', async () => {
    const runbooks = ['https://wiki.example/web', 'https://wiki.example/?token=hunter22', 'https://wiki.example/\u202e']
    const links = await Promise.all(
      runbooks.map(async (runbook) => {
        const text = await (await serve([aBoardMonitor({ name: 'web', runbook })]).asUser('/monitors/web')).text()
        expect(text).toContain('https://wiki.example/')
        expect(text).not.toMatch(/hunter22|\u202e/)
        return text.includes('href="https://wiki.example/')
      }),
    )
    expect(links).toEqual([true, false, false])
    const names = ['web', 'a\u202eb', 'hunter22'].map((name, index) => aBoardMonitor({ name }, { slug: `s${index}` }))
    const text = await (await serve(names).asUser('/incidents')).text()
    expect(text.match(/<option value="[^"]*"/g)).toEqual(['<option value="web"'])
  })
})

test('the strip tells the public how checks ended, and users how long they took', async () => {
  const points = [
    { startedAtMs: NOW_MS - 40_000, outcome: 'passed', durationMs: 100 },
    { startedAtMs: NOW_MS - 30_500, outcome: 'failed', durationMs: 7 },
    { startedAtMs: NOW_MS - 20_000, outcome: 'warned', durationMs: 0 },
  ] as const
  const past = { recent: async () => new Map([['web', points]]) }
  const site = serve([secretive('web')], { past })
  const since = Math.floor((NOW_MS - 40_000) / 1000).toString(36)
  for (const path of ['/', '/monitors/web']) {
    const stripIn = async (answer: Response) => /<svg class="bar strip"[^>]*>/.exec(await answer.text())?.[0]
    const ofUser = await stripIn(await site.asUser(path))
    // The last check is not in the database yet.
    expect(ofUser).toContain(`data-checks="${since}P2s 9F7 bW aF3c1"`)
    expect(ofUser).toContain('aria-label="last 4 checks: 2 failed, 1 with a warning"')
    expect(await stripIn(await site.ask(path))).toContain(`data-checks="${since}P 9F bW aF"`)
  }
})

test('times are those of web.timezone, which is named once, and none is in ISO 8601', async () => {
  const late = aBoardMonitor(
    { name: 'web', command: null, heartbeat: { key: 'k', graceMs: 1 } },
    {
      state: DOWN,
      lastCheck: aCheck({ outcome: 'failed', reason: 'no success yet, due 2026-03-01T11:00:00Z', output: '' }),
      mute: { by: 'silence', untilMs: NOW_MS + 3_600_000, reason: 'moving' },
    },
  )
  const site = serve([late], { web: { timezone: 'Asia/Kathmandu' } })
  for (const path of ['/', '/monitors/web', '/incidents', '/incidents/inc']) {
    const html = await (await site.asUser(path)).text()
    const text = html.replace(/<[^>]+>/g, '')
    expect(text).not.toMatch(/\dT\d\d:\d\d|\dZ/)
    expect(text.split('Asia/Kathmandu')).toHaveLength(2)
    if (path.startsWith('/incidents')) continue
    expect(text).toContain('no success yet, due 16:45')
    expect(text).toContain('silenced until 18:45: moving')
    expect(html).toContain('due <time datetime="2026-03-01T11:00:00.000Z">16:45</time>')
  }
  const feed = await (await site.asUser('/feed.atom')).text()
  expect(feed).toContain('Since 2026-03-01 17:44:00 (Asia/Kathmandu)')
})

describe('a monitor in its maintenance', () => {
  const planned = [
    { fromMs: NOW_MS - 3_600_000, untilMs: NOW_MS + 3_600_000 },
    { fromMs: NOW_MS + 86_400_000, untilMs: NOW_MS + 90_000_000 },
  ]
  const mute = { by: 'maintenance', untilMs: NOW_MS + 3_600_000 } as const
  const incident = { ...INCIDENT, plannedUntilMs: NOW_MS + 3_600_000 }
  const site = () =>
    serve([secretive('web', { mute }), aBoardMonitor({ name: 'api' }, { slug: 'api' })], {
      planned,
      web: { timezone: 'UTC' },
      past: { incidents: async () => [incident], incident: async () => ({ incident, notifications: [] }) },
    })

  test.each(['asUser', 'ask'] as const)('is not trouble, and it is said until when (%s)', async (ask) => {
    const home = await (await site()[ask]('/')).text()
    expect(home).toContain('<h1 id="overall-h">1 of 1 fine</h1>')
    expect(home).toContain('1 in maintenance')
    expect(/<section id="attention"[^>]*>/.exec(home)?.[0]).toContain('hidden')
    expect(home.replace(/<[^>]+>/g, '')).toContain('maintenance until 13:00')
    const page = (await (await site()[ask]('/monitors/web')).text()).replace(/<[^>]+>/g, '')
    expect(page).toContain('maintenance until 13:00')
    expect(page.match(/maintenance until/g)).toHaveLength(1)
    expect(page).toContain('Next maintenance: 11:00 for 2h, 2026-03-02 12:00 for 1h')
    expect(JSON.parse(await (await site()[ask]('/badge/web.json')).text()).message).toBe('maintenance')
  })

  test('its incident is planned, and no news', async () => {
    const list = (await (await site().ask('/incidents')).text()).replace(/<[^>]+>/g, '')
    expect(list).toContain('in maintenance for 1m')
    expect(await (await site().ask('/feed.atom')).text()).not.toContain('<entry>')
    expect(await (await site().ask('/incidents/inc')).text()).toContain('class="overall maintenance"')
    const { incidents } = JSON.parse(await (await site().ask('/api/v1/incidents')).text())
    expect(incidents.map(({ planned }: { planned: boolean }) => planned)).toEqual([true])
  })

  test('its failing checks have the colour of the maintenance, and passing ones do not', async () => {
    const check = (outcome: Outcome, agoMs: number) => ({ startedAtMs: NOW_MS - agoMs, outcome, durationMs: 5 })
    const points = [
      check('failed', 90_000),
      check('passed', 60_000),
      { ...check('timed_out', 30_000), isPlanned: true },
    ]
    // The last one is not in the database yet.
    const web = serve([aBoardMonitor({}, { mute, lastCheck: aCheck({ outcome: 'failed', startedAtMs: NOW_MS }) })], {
      past: { recent: async () => new Map([['web', points]]) },
    })
    const page = await (await web.ask('/monitors/web')).text()
    expect(page).toContain('last 4 checks: 1 failed, 2 failed in maintenance')
    expect(page).toContain('class="plan full"')
    expect(/data-checks="([^"]+)"/.exec(page)?.[1]?.replace(/[^A-Z]/g, '')).toBe('FPMM')
  })

  test('the API says until when, and what comes next', async () => {
    const one = JSON.parse(await (await site().ask('/api/v1/monitors/web')).text())
    expect(one).toMatchObject({
      status: 'down',
      muted: { by: 'maintenance' },
      maintenance_until: '2026-03-01T13:00:00.000Z',
      since: null,
      next_maintenance: [
        { from: '2026-03-01T11:00:00.000Z', until: '2026-03-01T13:00:00.000Z' },
        { from: '2026-03-02T12:00:00.000Z', until: '2026-03-02T13:00:00.000Z' },
      ],
    })
    expect(JSON.parse(await (await site().ask('/api/v1/summary')).text())).toMatchObject({
      ok: true,
      counts: { down: 0, maintenance: 1 },
    })
  })
})

test('the public does not learn who was silenced', async () => {
  const silenced = secretive('web')
  const site = serve([silenced])
  for (const path of ['/', '/monitors/web']) expect(await (await site.ask(path)).text()).not.toMatch(/silenced|muted/)
  expect(JSON.parse(await (await site.ask('/api/v1/monitors/web')).text()).muted).toBeNull()
  expect(await (await site.ask('/api/v1/summary')).text()).not.toContain('muted')
  expect(await (await site.asUser('/monitors/web')).text()).toContain('silenced until')
})

describe('showing some of it', () => {
  const of = (name: string, group: string, isPublic: boolean | null) =>
    aBoardMonitor({ name, group, isPublic }, { slug: name, state: DOWN })
  const monitors = [
    of('shop', 'Web', null),
    of('inside', 'Web', false),
    of('router', 'Home', null),
    of('door', 'Home', true),
  ]
  const incidents = [...monitors.map(({ monitor }) => monitor.name), 'oldhost'].map((monitor) => ({
    ...INCIDENT,
    monitor,
  }))
  const site = (web: Partial<WebConfig>) =>
    serve(monitors, {
      web,
      past: {
        incidents: async () => incidents,
        incident: async () => ({ incident: { ...INCIDENT, monitor: 'inside' }, notifications: [] }),
      },
    })
  const ALL = ['shop', 'inside', 'router', 'door', 'oldhost']

  test.each<{ name: string; web: Partial<WebConfig>; shown: string[] }>([
    { name: 'all, but those that say no', web: {}, shown: ['shop', 'router', 'door'] },
    { name: 'some groups, and those that say yes', web: { publicGroups: ['Web'] }, shown: ['shop', 'door'] },
    { name: 'no group', web: { publicGroups: [] }, shown: ['door'] },
  ])('$name', async ({ web, shown }) => {
    const places = ['/', '/?status=down', '/incidents', '/feed.atom', '/api/v1/monitors', '/api/v1/incidents']
    for (const path of places) {
      const text = await (await site(web).ask(path, { headers: { Accept: '*/*' } })).text()
      expect({ path, names: ALL.filter((name) => text.includes(name)) }).toEqual({ path, names: shown })
      const ofUser = await (await site(web).asUser(path)).text()
      for (const { monitor } of monitors) expect(ofUser).toContain(monitor.name)
    }
    for (const { monitor } of monitors) {
      for (const path of [
        `/monitors/${monitor.name}`,
        `/badge/${monitor.name}.svg`,
        `/api/v1/monitors/${monitor.name}`,
      ]) {
        const { status } = await site(web).ask(path, { headers: { Accept: '*/*' } })
        expect({ path, status }).toEqual({ path, status: shown.includes(monitor.name) ? 200 : 404 })
      }
    }
    expect((await site(web).ask('/incidents/inc')).status).toBe(404)
    expect((await site(web).ask('/api/v1/incidents/inc')).status).toBe(404)
    expect(JSON.parse(await (await site(web).ask('/api/v1/summary')).text()).total).toBe(shown.length)
  })

  test('a secret address reads the feed and badges, and nothing else', async () => {
    const { ask, asUser } = serve([secretive('web')], { web: { isPublic: false, feedKey: 'a-key-of-many-letters' } })
    const status = async (path: string, init = {}) => (await ask(path, { headers: { Accept: '*/*' }, ...init })).status
    const key = '?key=a-key-of-many-letters'
    expect(await (await ask(`/feed.atom${key}`)).text()).toContain('SECRET first reason')
    expect(await status(`/badge/web.svg${key}`)).toBe(200)
    for (const path of [
      '/feed.atom',
      '/feed.atom?key=',
      '/feed.atom?key=a-key',
      '/badge/web.svg',
      `/${key}`,
      `/api/v1/monitors${key}`,
    ]) {
      expect({ path, status: await status(path) }).toEqual({ path, status: 401 })
    }
    expect(await status(`/monitors/web/check${key}`, { method: 'POST' })).toBe(401)
    expect(await (await asUser('/monitors/web')).text()).toContain(`href="/badge/web.svg${key}"`)
    expect(await (await ask(`/sign-in${key}`)).text()).not.toContain(`feed.atom${key}`)
  })

  test.each([
    { embed: [], ancestors: "frame-ancestors 'none'" },
    {
      embed: ['https://dash.example.org', 'https://b.example'],
      ancestors: 'frame-ancestors https://dash.example.org https://b.example',
    },
  ])('other pages may show it in a frame: $embed', async ({ embed, ancestors }) => {
    const answer = await site({ embed }).ask('/')
    expect(answer.headers.get('Content-Security-Policy')).toEndWith(ancestors)
  })

  test("the scripts of other pages may read what everybody may, and nothing of a user's", async () => {
    const allowed = async (answer: Response | Promise<Response>) =>
      (await answer).headers.get('Access-Control-Allow-Origin')
    expect(await allowed(site({}).ask('/api/v1/summary'))).toBe('*')
    expect(await allowed(site({}).asUser('/api/v1/summary'))).toBeNull()
    expect(await allowed(site({ isPublic: false }).ask('/api/v1/summary'))).toBeNull()
    expect(await allowed(site({}).ask('/monitors/shop/check', { method: 'POST' }))).toBeNull()
  })
})

test('feeds keep their ids when the address changes, and two installations have different ones', async () => {
  const idsOf = async (url: string | null, installation = 'here') => {
    const { ask } = serve([secretive('web')], { web: { url }, context: { installation } })
    return [...(await (await ask('/feed.atom')).text()).matchAll(/<id>(.*?)<\/id>/g)].map(([, id]) => id)
  }
  const [feed, incident] = await idsOf(null)
  expect(feed).toMatch(/^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/)
  expect(await idsOf('https://status.example.org')).toEqual([feed, incident])
  const [otherFeed] = await idsOf(null, 'there')
  expect(otherFeed).not.toBe(feed)
})

test('a page without a past that can be read shows the last check', async () => {
  const past = { recent: () => Promise.reject(new PastUnavailable('the disk is gone')) }
  const answer = await serve([secretive('web')], { past }).asUser('/')
  expect([answer.status, (await answer.text()).includes('aria-label="last check: 1 failed"')]).toEqual([200, true])
})

test('the incidents of a day', async () => {
  const asked: unknown[] = []
  const incidents = async (query: unknown) => {
    asked.push(query)
    return Array<KeptIncident>(50).fill(INCIDENT)
  }
  const { ask } = serve([secretive('web')], { past: { incidents } })
  const text = await (await ask('/incidents?monitor=web&day=2026-02-28')).text()
  const startMs = Date.parse('2026-02-28')
  expect(asked).toEqual([{ sinceMs: startMs, monitor: 'web', beforeMs: startMs + 86_400_000, limit: 50 }])
  expect(text).toContain('on 2026-02-28 (UTC)')
  expect(text).toContain(`/incidents?monitor=web&amp;day=2026-02-28&amp;before=${INCIDENT.startedAtMs}`)
  await ask('/incidents?day=tomorrow')
  expect(asked.at(-1)).toEqual({ sinceMs: 0, monitor: null, beforeMs: null, limit: 50 })
})

test.each(READABLE.filter((path) => !path.endsWith('.json')))(
  'nothing that is shown at %s is markup (F7)',
  async (path) => {
    const evil = `"'><img src=x onerror=alert(1)></title><script>alert(2)</script>`
    const incident = { ...INCIDENT, monitor: evil, firstReason: evil, firstOutput: evil, lastOutput: evil }
    const monitor = aBoardMonitor(
      {
        name: evil,
        group: evil,
        tags: [evil],
        description: evil,
        runbook: `javascript:alert(3)//${evil}`,
        command: [evil],
      },
      { slug: 'web', state: DOWN, lastCheck: aCheck({ outcome: 'failed', reason: evil, output: evil, quiet: evil }) },
    )
    const { asUser } = serve([monitor], {
      web: { title: evil },
      past: {
        incidents: async () => [incident],
        incident: async () => ({ incident, notifications: [{ ...NOTIFICATION, alerts: [evil] }] }),
        measured: async () => [
          { label: evil, unit: evil, stepMs: 60_000, points: [{ atMs: NOW_MS, mean: 1, most: 2 }] },
        ],
      },
    })
    const text = await (await asUser(path)).text()
    expect(text).not.toContain('<img')
    expect(text).not.toContain('<script>')
    expect(text).not.toContain('href="javascript:')
    expect(text).not.toMatch(/\sstyle=/)
  },
)

describe('many monitors', () => {
  const LIMIT_BYTES = 300_000
  const days = Array.from({ length: 90 }, (_, day) => (day % 3 === 0 ? null : day % 3 === 1 ? 0 : 60_000))
  const crowd = (count: number, groups: number) =>
    Array.from({ length: count }, (_, index) =>
      secretive(`host-${index}.example.org`, {
        slug: `host-${index}`,
        past: aPast({ days }),
        lastCheck: aCheck({ outcome: 'failed', reason: 'exit code 1', output: '<é>'.repeat(20_000) }),
      }),
    ).map((one, index) => ({ ...one, monitor: { ...one.monitor, group: groups === 0 ? '' : `g${index % groups}` } }))

  test.each([
    { path: '/', count: 200, groups: 5 },
    { path: '/', count: 10_000, groups: 0 },
    { path: '/?page=100', count: 10_000, groups: 0 },
    { path: '/', count: 10_000, groups: 80 },
    { path: '/', count: 10_000, groups: 10_000 },
    { path: '/?group=g1', count: 10_000, groups: 8 },
    { path: '/?q=host&status=down', count: 10_000, groups: 8 },
    { path: '/incidents', count: 10_000, groups: 8 },
  ])('$count of them in $groups groups: $path stays below 300 kB', async ({ path, count, groups }) => {
    const answer = await serve(crowd(count, groups)).asUser(path)
    const { byteLength } = await answer.arrayBuffer()
    expect(answer.status).toBe(200)
    expect(byteLength).toBeLessThan(LIMIT_BYTES)
  })

  test('pages lead through all of them', async () => {
    const { asUser } = serve(crowd(250, 0))
    const names = new Set<string>()
    for (const page of [1, 2, 3]) {
      const text = await (await asUser(`/?q=host&page=${page}`)).text()
      for (const [, name] of text.matchAll(/<th scope="row"><a href="([^"]+)"/g)) names.add(name ?? '')
    }
    expect(names.size).toBe(250)
  })
})

describe('the status page', () => {
  const of = (status: 'up' | 'down' | 'failing' | 'pending' | 'paused', name: string) =>
    aBoardMonitor({ name }, { slug: name, state: aState({ status }) })

  test.each([
    { monitors: [of('up', 'a'), of('up', 'b')], says: 'All 2 fine' },
    { monitors: [of('up', 'a'), of('paused', 'b')], says: '1 of 1 fine' },
    { monitors: [of('up', 'a'), of('down', 'b'), of('failing', 'c')], says: '1 of 3 down' },
    { monitors: [of('up', 'a'), of('failing', 'c')], says: '1 of 2 failing' },
    { monitors: [of('pending', 'a'), of('pending', 'b')], says: 'All 2 pending' },
    { monitors: [of('pending', 'a'), of('up', 'b')], says: '1 of 2 fine' },
    { monitors: [], says: 'No monitors' },
  ])('says $says', async ({ monitors, says }) => {
    const text = await (await serve(monitors).ask('/')).text()
    expect(/<h1 id="overall-h">([^<]*)/.exec(text)?.[1]).toBe(says)
  })

  test.each([
    { query: 'q=AL', names: ['alpha'] },
    { query: 'status=down', names: ['beta'] },
    { query: 'status=muted', names: ['gamma'] },
    { query: 'group=-', names: ['beta', 'gamma'] },
    { query: 'group=G', names: ['alpha'] },
    { query: 'tag=t', names: ['alpha'] },
    { query: 'status=nonsense', names: ['alpha', 'beta', 'gamma'] },
  ])('finds $names for $query', async ({ query, names }) => {
    const monitors = [
      aBoardMonitor({ name: 'alpha', group: 'G', tags: ['t'] }, { slug: 'alpha' }),
      of('down', 'beta'),
      { ...of('up', 'gamma'), mute: { by: 'silence', untilMs: 0, reason: '' } as const },
    ]
    const text = await (await serve(monitors).asUser(`/?${query}`)).text()
    const found = [...text.matchAll(/<th scope="row"><a[^>]*>([^<]+)/g)].map(([, name]) => name)
    expect(found.sort()).toEqual([...names])
  })
})

describe('while the past cannot be read', () => {
  const past = {
    history: () => Promise.reject(new PastUnavailable('the disk is gone')),
    incidents: () => Promise.reject(new PastUnavailable('the disk is gone')),
    actions: () => Promise.reject(new PastUnavailable('the disk is gone')),
  }

  test('a monitor is shown as it is now', async () => {
    const answer = await serve([secretive('web')], { past }).asUser('/monitors/web')
    const text = await answer.text()
    expect(answer.status).toBe(503)
    expect(text).toContain('History is not available')
    expect(text).toContain('SECRET reason')
  })

  test.each(['/incidents', '/actions', '/feed.atom'])('%s says so', async (path) => {
    expect((await serve([secretive('web')], { past }).asUser(path)).status).toBe(503)
  })
})

const SILENCE = { untilMs: NOW_MS + 60_000, reason: '' }
const SILENCES = [{ monitor: 'web' }, { tag: 'SECRET-tag' }, 'all' as const].map((target) => ({ ...SILENCE, target }))

describe('forms', () => {
  test.each<{ path: string; form: Record<string, string>; done: string }>([
    { path: 'check', form: {}, done: 'checkNow web' },
    {
      path: 'silence',
      form: { of: 'monitor:web', duration: '4h', reason: ' moving ' },
      done: `silence {"target":{"monitor":"web"},"untilMs":${NOW_MS + 14_400_000},"reason":"moving","who":"api token"}`,
    },
    {
      path: 'silence',
      form: { of: 'monitor:web', duration: '4h', custom: '1h30m' },
      done: `silence {"target":{"monitor":"web"},"untilMs":${NOW_MS + 5_400_000},"reason":"","who":"api token"}`,
    },
    { path: 'unsilence', form: { end: 'monitor:web' }, done: 'unsilence {"monitor":"web"}' },
    { path: 'unsilence', form: { end: 'tag:SECRET-tag' }, done: 'unsilence {"tag":"SECRET-tag"}' },
    { path: 'unsilence', form: { end: 'all' }, done: 'unsilence "all"' },
    { path: 'acknowledge', form: { reason: 'on it' }, done: 'acknowledge web on it by api token' },
    ...[
      { of: 'monitor:web', target: { monitor: 'web' } },
      { of: 'tag:SECRET-tag', target: { tag: 'SECRET-tag' } },
      { of: 'group:Shop', target: { group: 'Shop' } },
      { of: 'all', target: 'all' },
    ].map(({ of, target }) => ({
      path: 'silence',
      form: { of, duration: '1h' },
      done: `silence ${JSON.stringify({ target, untilMs: NOW_MS + 3_600_000, reason: '', who: 'api token' })}`,
    })),
    { path: 'unacknowledge', form: {}, done: 'unacknowledge web' },
    { path: 'pause', form: { reason: ' moving ' }, done: 'pause web moving by api token' },
    { path: 'resume', form: {}, done: 'resume web by api token' },
  ])('$path $form', async ({ path, form, done }) => {
    const site = serve([{ ...secretive('web'), monitor: { ...secretive('web').monitor, group: 'Shop' } }], {
      silences: SILENCES,
    })
    const answer = await site.post(`/monitors/web/${path}`, form)
    expect([answer.status, answer.headers.get('Location')]).toEqual([303, '/monitors/web'])
    expect(site.done).toEqual([done])
  })

  test('a silence that is not of this monitor, or has ended, is left alone', async () => {
    const site = serve([secretive('web')], { silences: [{ ...SILENCE, target: { monitor: 'other' } }] })
    expect((await site.post('/monitors/web/unsilence', { end: 'monitor:other' })).status).toBe(303)
    expect(site.done).toEqual([])
    expect(await (await site.asUser('/monitors/web')).text()).not.toContain('End silence')
  })

  test('a group or tag of another monitor cannot be silenced from here', async () => {
    const site = serve([secretive('web')])
    expect((await site.post('/monitors/web/silence', { of: 'tag:other', duration: '1h' })).status).toBe(409)
    expect(site.done).toEqual([])
  })

  test.each([
    { alert: 'mail', status: 200, says: ['mail delivered.', '*** &lt;b&gt;', 'href="/monitors/web"'] },
    { alert: 'broken', status: 200, says: ['broken failed: exit code 1.'] },
    { alert: 'gone', status: 404, says: ['Not found'] },
  ])('a test of the alert $alert is answered with how it ended', async ({ alert, status, says }) => {
    const site = serve([secretive('web')])
    const answer = await site.post('/monitors/web/test-alert', { alert })
    const text = await answer.text()
    expect([answer.status, site.done]).toEqual([status, [`testAlert ${alert} web by api token`]])
    for (const part of says) expect(text).toContain(part)
  })

  test('an acknowledgement can be added to and ended, also while the monitor is silenced', async () => {
    const known = { ...INCIDENT, acknowledged: null }
    const pageWith = async (incident: KeptIncident) => {
      const site = serve([secretive('web')], {
        past: { history: async () => ({ ...NO_HISTORY, incidents: [incident] }) },
      })
      return [...(await (await site.asUser('/monitors/web')).text()).matchAll(/monitors\/web\/(\w*acknowledge)"/g)].map(
        ([, action]) => action,
      )
    }
    expect(await pageWith(INCIDENT)).toEqual(['unacknowledge', 'acknowledge'])
    expect(await pageWith(known)).toEqual(['acknowledge'])
    expect(await pageWith({ ...INCIDENT, id: 'before' })).toEqual(['acknowledge'])
  })

  test('a paused monitor shows since when, by whom and why, and can be resumed; one that is off cannot', async () => {
    const paused = { monitor: 'web', sinceMs: NOW_MS - 60_000, reason: 'moving', who: 'anna' }
    const state = aState({ status: 'paused' })
    const site = serve([aBoardMonitor({ isEnabled: false, paused }, { state, past: null })])
    const page = await (await site.asUser('/monitors/web')).text()
    expect(page).toContain('paused by anna: moving')
    expect(page).toContain('action="/monitors/web/resume"')
    expect(page).not.toMatch(/action="\/monitors\/web\/(?:pause|check)"/)
    expect(await (await site.asUser('/')).text()).toContain('paused by anna')
    expect(await (await site.ask('/')).text()).not.toContain('anna')
    const off = await (await serve([aBoardMonitor({ isEnabled: false }, { state })]).asUser('/monitors/web')).text()
    expect(off).not.toMatch(/action="\/monitors\/web\/(?:pause|resume)"/)
  })

  test('a time that is none is said in the form, with what was typed', async () => {
    const site = serve([secretive('web')])
    const answer = await site.post('/monitors/web/silence', { of: 'monitor:web', custom: 'soon<', reason: 'why"' })
    const text = await answer.text()
    expect(answer.status).toBe(400)
    expect(site.done).toEqual([])
    expect(text).toContain('“soon&lt;” is not a time')
    expect(text).toContain('value="why&quot;"')
  })

  test.each(['/monitors/web/silence', '/monitors/web/acknowledge', '/monitors/web/pause', '/silence'])(
    '%s takes as long a reason as the API, and says so',
    async (path) => {
      const { post, done } = serve([secretive('web')])
      const send = (length: number) => post(path, { of: 'all', duration: '1h', reason: ` ${'r'.repeat(length)} ` })
      const refused = await send(LONGEST_REASON + 1)
      expect([refused.status, done]).toEqual([400, []])
      expect(await refused.text()).toContain('A reason has at most 1000 characters.')
      expect([(await send(LONGEST_REASON)).status, done.length]).toEqual([303, 1])
    },
  )

  test('what cannot be done is said on a page', async () => {
    const up = serve([aBoardMonitor()])
    expect((await up.post('/monitors/web/acknowledge', {})).status).toBe(409)
    const failing = serve([aBoardMonitor()], {
      context: { actions: { ...fakeWeb().context.actions, checkNow: () => Promise.reject(new Error('it is paused')) } },
    })
    const answer = await failing.post('/monitors/web/check', {})
    expect([answer.status, (await answer.text()).includes('it is paused')]).toEqual([503, true])
  })

  test.each(['check', 'silence', 'unsilence', 'acknowledge', 'unacknowledge', 'pause', 'resume', 'test-alert'])(
    'the public cannot send %s',
    async (path) => {
      const site = serve([secretive('web')])
      const answer = await site.ask(`/monitors/web/${path}`, { method: 'POST' })
      expect([answer.status, site.done]).toEqual([303, []])
    },
  )
})

describe('silences of the list', () => {
  const shop = () => aBoardMonitor({ name: 'web', group: 'Shop', tags: ['edge'] }, { slug: 'web' })
  const site = (silences: readonly Silence[] = []) => serve([shop()], { silences })

  test.each<{ of: string; target: SilenceTarget }>([
    { of: 'all', target: 'all' },
    { of: 'group:Shop', target: { group: 'Shop' } },
    { of: 'tag:edge', target: { tag: 'edge' } },
  ])('$of is silenced, and the list is as it was filtered', async ({ of, target }) => {
    const { post, done } = site()
    const answer = await post('/silence?tag=edge&status=up', { of, duration: '4h', reason: ' moving ' })
    expect([answer.status, answer.headers.get('Location')]).toEqual([303, '/?tag=edge&status=up'])
    const untilMs = NOW_MS + 14_400_000
    expect(done).toEqual([`silence ${JSON.stringify({ target, untilMs, reason: 'moving', who: 'api token' })}`])
  })

  test.each([
    { query: '', chosen: 'all' },
    { query: '?q=web', chosen: 'all' },
    { query: '?tag=edge', chosen: 'tag:edge' },
    { query: '?group=Shop', chosen: 'group:Shop' },
  ])('the list of "$query" offers $chosen first', async ({ query, chosen }) => {
    const text = await (await site().asUser(`/${query}`)).text()
    expect(/<option value="([^"]*)" selected=""[^>]*>(?:all monitors|tag|group)/.exec(text)?.[1]).toBe(chosen)
  })

  test('what is silent is said, and can be ended', async () => {
    const silence = { target: { tag: 'edge' }, untilMs: NOW_MS + 60_000, reason: 'swap', who: 'anna' }
    const { asUser, post, done } = site([silence, { ...silence, target: { monitor: 'gone' } }])
    const text = (await (await asUser('/?tag=edge')).text()).replace(/<[^>]+>/g, '')
    expect(text).toContain('Silences (2)')
    expect(text).toMatch(/tag &quot;edge&quot; until [\d: -]+ by anna: swap/)
    for (const end of ['tag:edge', 'monitor:gone', 'tag:ended-meanwhile']) {
      const answer = await post('/unsilence?tag=edge', { end, of: 'all' })
      expect([answer.status, answer.headers.get('Location')]).toEqual([303, '/?tag=edge'])
    }
    expect(done).toEqual(['unsilence {"tag":"edge"}', 'unsilence {"monitor":"gone"}'])
  })

  test('what is wrong is said in the form', async () => {
    const { post, done } = site()
    const answer = await post('/silence?tag=edge', { of: 'tag:edge', custom: 'soon<', reason: 'why' })
    const text = await answer.text()
    expect([answer.status, done]).toEqual([400, []])
    expect(text).toContain('“soon&lt;” is not a time')
    expect(text).toContain('value="why"')
    expect((await post('/silence', { of: 'tag:gone', duration: '1h' })).status).toBe(409)
    expect((await post('/silence', { duration: '1h' })).status).toBe(409)
  })

  test('are for users only', async () => {
    const silence = { target: 'all', untilMs: NOW_MS + 60_000, reason: 'SECRET reason' } as const
    const { ask, done } = site([silence])
    expect(await (await ask('/')).text()).not.toMatch(/SECRET|action="\/silence/)
    for (const path of ['/silence', '/unsilence']) expect((await ask(path, { method: 'POST' })).status).toBe(303)
    expect(done).toEqual([])
  })
})

test('who is on an incident is said to users', async () => {
  const incident = { ...INCIDENT, acknowledged: { atMs: NOW_MS, reason: '', who: 'SECRET-anna' } }
  const site = serve([secretive('web')], { past: { incidents: async () => [incident] } })
  expect(await (await site.asUser('/incidents')).text()).toContain(', acknowledged by SECRET-anna')
  expect(await (await site.ask('/incidents')).text()).toContain(', acknowledged<')
})

test('the head of a monitor in an outage says who was told, who was not, and where to read on; to users only', async () => {
  const delivery = { attemptCount: 1, reason: '', status: 'delivered' } as const
  const failed = { ...delivery, alert: 'pager', status: 'failed', reason: 'hunter22 is wrong' } as const
  const of = (id: string, incidentId: string, atMs: number, deliveries: KeptNotification['deliveries']) =>
    ({ id, incidentId, kind: 'down', atMs, alerts: [], deliveries }) as const
  const history = async () => ({
    ...NO_HISTORY,
    // Newest first: the pager was reached at first, and the last incident is none of this one.
    notifications: [
      of('2', 'inc', NOW_MS - 60_000, [{ ...delivery, alert: 'mail' }, failed]),
      of('1', 'inc', NOW_MS - 90_000, [
        { ...delivery, alert: 'pager' },
        { ...delivery, alert: 'chat' },
      ]),
      of('0', 'before', NOW_MS - 99_000, [{ ...delivery, alert: 'fax' }]),
    ],
  })
  const site = serve([secretive('web')], { past: { history }, web: { timezone: 'UTC' } })
  const headIn = (html: string) => /<div id="head".*?<p id="next"/s.exec(html)?.[0].replace(/<[^>]+>/g, '') ?? ''
  const head = headIn(await (await site.asUser('/monitors/web')).text())
  expect(head).toContain('delivered: chat 11:58:30, mail 11:59:00')
  expect(head).toContain('pager could not be delivered: *** is wrong')
  expect(head).toContain('Runbook: https://SECRET.example/runbook')
  expect(head).not.toContain('fax')
  expect(headIn(await (await site.ask('/monitors/web')).text())).not.toMatch(/delivered|Runbook/)
})

test.each([
  '/nope',
  '/monitors/nope',
  '/incidents/nope',
  '/badge/nope.svg',
  '/badge/web/uptime-2h.svg',
  '/assets/nope.js',
])('%s is not found, and says so on a page', async (path) => {
  const answer = await serve([secretive('web')]).asUser(path)
  const text = await answer.text()
  expect([answer.status, answer.headers.get('Content-Type')?.toLowerCase()]).toEqual([404, 'text/html; charset=utf-8'])
  expect(text).toContain('<h1>Not found</h1>')
})
