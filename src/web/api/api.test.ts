import { describe, expect, test } from 'bun:test'
import { Validator } from '@seriousme/openapi-schema-validator'
import type { z } from 'zod'
import {
  aBoardMonitor,
  aCheck,
  aCluster,
  aNode,
  aPast,
  aState,
  fakeWeb,
  NOW_MS,
} from '../../../test/support/web-fakes.ts'
import { serveWeb, type WebServer } from '../../../test/support/web-server.ts'
import { actionOf } from '../../core/model/action.ts'
import { LONGEST_REASON } from '../../core/model/mute.ts'
import type { PlaceAnswer } from '../../core/model/types.ts'
import type { KeptIncident, KeptNotification } from '../../core/past/kept.ts'
import { type ActionsQuery, NO_HISTORY, type Past, PastUnavailable } from '../../core/past/past.ts'
import { createWebApp } from '../app.ts'
import { apiOperations } from './api.ts'
import { API_PATH, openApiDocument } from './openapi.ts'

const SECRET = 'hunter22'
const PRIVATE = `private ${SECRET}`

const PLACES = [
  { place: 'node:private', node: 'private', outcome: 'failed', exitCode: 7, durationMs: 1.23456 },
  { place: 'tag:private', node: null, outcome: 'void', exitCode: null, durationMs: 0 },
].map((one) => ({ ...one, reason: PRIVATE, summary: PRIVATE }) as PlaceAnswer)

const incident: KeptIncident = {
  id: 'i-1',
  monitor: 'db',
  startedAtMs: NOW_MS - 60_000,
  openedAtMs: NOW_MS - 50_000.4,
  endedAtMs: null,
  ending: null,
  failureCount: 3,
  firstReason: PRIVATE,
  firstOutput: PRIVATE,
  lastReason: PRIVATE,
  lastOutput: PRIVATE,
  acknowledged: { atMs: NOW_MS - 10_000, reason: PRIVATE },
  plannedUntilMs: null,
  notificationCount: 1,
}
const notification: KeptNotification = {
  id: 'n-1',
  incidentId: 'i-1',
  kind: 'down',
  atMs: NOW_MS - 50_000,
  alerts: ['private alert'],
  deliveries: [{ alert: 'private alert', status: 'failed', attemptCount: 2, reason: PRIVATE }],
}
const past: Partial<Past> = {
  history: async () => ({
    ...NO_HISTORY,
    past: aPast(),
    checks: [
      {
        fromMs: NOW_MS - 60_000,
        toMs: NOW_MS - 10_000,
        count: 3,
        outcome: 'failed',
        isPlanned: false,
        exitCode: 7,
        reason: PRIVATE,
        output: PRIVATE,
        longestMs: 1.23456,
        places: PLACES,
        quiet: new Map([[PRIVATE, { why: PRIVATE, fromMs: NOW_MS, count: 2 }]]),
      },
    ],
    notifications: [notification],
    incidents: [incident],
    pings: [{ atMs: NOW_MS - 1000, kind: 'success', exitCode: 0, rid: null, durationMs: 12.5, body: 'done' }],
    unwatched: [{ fromMs: NOW_MS - 90_000, toMs: NOW_MS - 80_000 }],
  }),
  durations: async () => ({
    stepMs: 300_000,
    points: [{ atMs: NOW_MS, p50Ms: 1.23456, p95Ms: null, longestMs: 2, checkCount: 3, failedCount: 1 }],
  }),
  measured: async () => [
    { label: PRIVATE, unit: 's', stepMs: 300_000, points: [{ atMs: NOW_MS, mean: 0.5, most: null }] },
  ],
  incidents: async () => [incident],
  incident: async (id) => (id === 'i-1' ? { incident, notifications: [notification] } : null),
  actions: async () => [
    actionOf({ kind: 'silenced', atMs: NOW_MS, who: 'anna', target: { tag: 'eu' }, untilMs: NOW_MS, reason: PRIVATE }),
    actionOf({ kind: 'silenced', atMs: NOW_MS, who: 'anna', target: 'all', untilMs: NOW_MS }),
    actionOf({ kind: 'sign_in_failed', atMs: NOW_MS, who: 'root', address: '192.0.2.7', count: 3 }),
  ],
}
const web = aBoardMonitor({ name: 'web', group: 'Shop', tags: ['eu'] })
const db = aBoardMonitor(
  {
    name: 'db',
    command: ['sh', '-c', PRIVATE],
    env: { PRIVATE },
    description: PRIVATE,
    runbook: PRIVATE,
    tags: ['private'],
    dependsOn: ['web'],
    runOn: {
      places: [
        { kind: 'node', node: 'private' },
        { kind: 'tag', tag: 'private' },
      ],
      quorum: 2,
    },
  },
  {
    state: aState({ status: 'down', failureCount: 3, alertCount: 1, incidentId: 'i-1', lastSuccessAtMs: null }),
    lastCheck: aCheck({
      outcome: 'failed',
      exitCode: 7,
      reason: PRIVATE,
      output: PRIVATE,
      quiet: PRIVATE,
      places: PLACES,
    }),
    mute: { by: 'acknowledgement', atMs: NOW_MS - 10_000, reason: PRIVATE },
  },
)
const fresh = aBoardMonitor(
  { name: 'new', isEnabled: false },
  { state: aState({ status: 'paused', lastCheckAtMs: null }), lastCheck: null, past: null, nextCheckAtMs: null },
)
const world = {
  monitors: [web, db, fresh],
  past,
  silences: [{ target: { tag: 'eu' }, untilMs: NOW_MS + 60_000, reason: PRIVATE }],
  web: { isPublic: true },
  context: { cluster: aCluster([aNode({ hostname: PRIVATE, isThere: false })], PRIVATE) },
}
const operations = apiOperations(fakeWeb(world).context)

/** What an operation answers; fails where that is not what the document says. */
async function answerOf(id: string, response: Response): Promise<unknown> {
  const operation = operations.find((one) => one.id === id)
  if (operation === undefined) throw new Error(`there is no operation ${id}`)
  expect(response.status).toBe(operation.status)
  expect(response.headers.get('Content-Type')).toBe(operation.contentType)
  const answer = await response.json()
  // What a schema does not know, it leaves out.
  expect((operation.answer as z.ZodType).parse(answer)).toEqual(answer)
  return answer
}

const READS = [
  { id: 'getSummary', path: '/summary' },
  { id: 'listMonitors', path: '/monitors' },
  { id: 'getMonitor', path: '/monitors/db' },
  { id: 'getMonitor', path: '/monitors/new' },
  { id: 'getHistory', path: '/monitors/db/history' },
  { id: 'getDurations', path: '/monitors/db/durations' },
  { id: 'getMeasured', path: '/monitors/db/measured?window=7d' },
  { id: 'listIncidents', path: '/incidents' },
  { id: 'getIncident', path: '/incidents/i-1' },
  { id: 'listSilences', path: '/silences' },
  { id: 'listActions', path: '/actions' },
  { id: 'listNodes', path: '/nodes' },
  { id: 'getDocument', path: '/openapi.json' },
]
const FOR_USERS = ['getDurations', 'getMeasured', 'listSilences', 'listActions', 'listNodes']

describe('the document', () => {
  test('is valid OpenAPI 3.1', async () => {
    await using server = serveWeb(world)
    const document = await answerOf('getDocument', await server.askAsUser(`${API_PATH}/openapi.json`))
    const { valid, errors } = await new Validator().validate(document as Record<string, unknown>)
    expect(errors).toBeUndefined()
    expect(valid).toBe(true)
  })

  test('names every route, and no other', async () => {
    await using server = serveWeb(world)
    const document = (await (await server.askAsUser(`${API_PATH}/openapi.json`)).json()) as {
      paths: Record<string, Record<string, unknown>>
    }
    const named = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${API_PATH}${path.replace(/\{(\w+)\}/g, ':$1')}`),
    )
    const served = createWebApp(server.context)
      .routes.filter(({ path, method }) => path.startsWith('/api/') && method !== 'ALL')
      .map(({ method, path }) => `${method} ${path}`)
    expect(named.toSorted()).toEqual(served.toSorted())
    expect(named.length).toBeGreaterThan(10)
  })

  test('leads everywhere it points to, and says all that it has', () => {
    const document = openApiDocument(operations, { version: '1', prefix: '' })
    const { schemas } = document.components as { schemas: object }
    const text = JSON.stringify(document)
    const named = [...text.matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name ?? '')
    expect([...new Set(named)].toSorted()).toEqual(Object.keys(schemas).toSorted())
    expect(text).not.toContain('"$id"')
  })
})

describe('reading', () => {
  test.each(READS)('$path is what the document says, for a user', async ({ id, path }) => {
    await using server = serveWeb(world)
    const answer = JSON.stringify(await answerOf(id, await server.askAsUser(API_PATH + path)))
    expect(answer).not.toContain(SECRET)
  })

  test.each(READS)('G10: $path shows the public nothing of commands, output and reasons', async ({ id, path }) => {
    await using server = serveWeb(world)
    const response = await server.ask(API_PATH + path)
    if (FOR_USERS.includes(id)) return expect(response.status).toBe(401)
    const text = JSON.stringify(await answerOf(id, response))
    expect(text).not.toMatch(/private|hunter|exit_code": ?7/i)
    // How long an outage lasted may be known; how long a check took, and who was told how often, may not.
    expect(text).not.toMatch(/"duration_ms":1[.2]|"alert_count":\d|"notifications":[\d[]|1\.2\.3/)
  })

  test.each(READS)('$path is not for strangers', async ({ path }) => {
    await using server = serveWeb({ ...world, web: { isPublic: false } })
    const response = await server.ask(API_PATH + path)
    expect([response.status, response.headers.get('WWW-Authenticate')]).toEqual([401, 'Bearer'])
    expect(await response.json()).toMatchObject({ error: { code: 'unauthorized' } })
  })

  test.each<{ query: string; found: string[]; total?: number }>([
    { query: '', found: ['web', 'db', 'new'] },
    { query: '?status=down', found: ['db'] },
    { query: '?group=Shop', found: ['web'] },
    { query: '?tag=eu', found: ['web'] },
    { query: '?q=SHO', found: ['web'] },
    { query: '?q=e', found: ['web', 'new'] },
    { query: '?limit=1&offset=1', found: ['db'], total: 3 },
    { query: '?offset=9', found: [], total: 3 },
  ])('monitors$query', async ({ query, found, total = found.length }) => {
    await using server = serveWeb(world)
    const answer = await answerOf('listMonitors', await server.askAsUser(`${API_PATH}/monitors${query}`))
    const { monitors, ...rest } = answer as { total: number; monitors: { name: string }[] }
    expect([monitors.map(({ name }) => name), rest.total]).toEqual([found, total])
  })

  test('the public cannot search what it cannot see', async () => {
    await using server = serveWeb(world)
    expect(await (await server.ask(`${API_PATH}/monitors?tag=eu`)).json()).toEqual({ total: 0, monitors: [] })
  })

  test('one monitor, with all that a user may see', async () => {
    await using server = serveWeb(world)
    expect(await (await server.askAsUser(`${API_PATH}/monitors/db`)).json()).toMatchObject({
      name: 'db',
      status: 'down',
      since: '2026-03-01T11:00:00.000Z',
      outcome: 'failed',
      exit_code: 7,
      duration_ms: 12.35,
      reason: 'private ***',
      output: 'private ***',
      command: ['sh', '-c', 'private ***'],
      incident_id: 'i-1',
      muted: { by: 'acknowledgement', reason: 'acknowledged at 2026-03-01T11:59:50.000Z: private ***' },
      uptime: { '24h': 1 },
    })
  })

  test('a history with too much output leaves out that of the oldest', async () => {
    const run = {
      fromMs: NOW_MS,
      toMs: NOW_MS,
      count: 1,
      outcome: 'failed',
      isPlanned: false,
      exitCode: 1,
      reason: 'x',
    } as const
    const checks = Array.from({ length: 30 }, () => ({
      ...run,
      output: 'x'.repeat(60_000),
      longestMs: 1,
      quiet: new Map(),
    }))
    const history = async () => ({ ...NO_HISTORY, checks })
    await using server = serveWeb({ ...world, past: { history } })
    const answer = await answerOf('getHistory', await server.askAsUser(`${API_PATH}/monitors/db/history`))
    const { checks: shown } = answer as { checks: { output?: string }[] }
    expect(shown.map(({ output }) => output?.length)).toEqual([...Array(16).fill(60_000), ...Array(14).fill(undefined)])
  })

  test('the uptime of a monitor is the same in both answers', async () => {
    // Read later, it has gone on.
    const history = async () => ({ ...NO_HISTORY, past: aPast({ uptime: { ...aPast().uptime, '24h': 0.5 } }) })
    await using server = serveWeb({ ...world, past: { history } })
    const uptimes = []
    for (const path of ['/monitors/db', '/monitors/db/history']) {
      uptimes.push(((await (await server.askAsUser(`${API_PATH}${path}`)).json()) as { uptime: unknown }).uptime)
    }
    expect(uptimes[0]).toEqual(uptimes[1])
  })

  test('HEAD is like GET, without a body', async () => {
    await using server = serveWeb(world)
    const response = await server.askAsUser(`${API_PATH}/summary`, { method: 'HEAD' })
    expect([response.status, await response.text()]).toEqual([200, ''])
  })

  test('long answers are compressed for who wants that', async () => {
    await using server = serveWeb(world)
    const ask = (encoding: string) =>
      server.askAsUser(`${API_PATH}/monitors`, { headers: { 'Accept-Encoding': encoding } })
    const [plain, small] = [await ask('identity'), await ask('gzip')]
    expect([plain.headers.get('Content-Encoding'), small.headers.get('Content-Encoding')]).toEqual([null, 'gzip'])
    expect(small.headers.get('Vary')).toBe('Accept-Encoding')
    expect(await small.json()).toEqual(await plain.json())
  })
})

describe('refusals', () => {
  const refusalOf = async (server: WebServer, path: string, init?: RequestInit) => {
    const response = await server.askAsUser(API_PATH + path, init)
    return { status: response.status, ...((await response.json()) as { error: { code: string; message: string } }) }
  }

  test.each([
    { path: '/monitors/nobody', code: 'not_found' },
    { path: '/monitors/nobody/history', code: 'not_found' },
    { path: '/monitors/%00', code: 'not_found' },
    { path: '/monitors/%zz', code: 'not_found' },
    { path: '/incidents/none', code: 'not_found' },
    { path: '/nowhere', code: 'not_found' },
    { path: '/monitors?limit=0', code: 'bad_request' },
    { path: '/monitors?limit=1e9', code: 'bad_request' },
    { path: '/monitors?limit=', code: 'bad_request' },
    { path: '/monitors?stauts=up', code: 'bad_request' },
    { path: '/monitors/db/history?since=yesterday', code: 'bad_request' },
    { path: '/monitors/db/history?since=2026-03-01T12:00:00', code: 'bad_request' },
    { path: '/monitors/db/durations?window=2h', code: 'bad_request' },
  ])('$path: $code', async ({ path, code }) => {
    await using server = serveWeb(world)
    expect((await refusalOf(server, path)).error.code).toBe(code)
  })

  test('all mistakes at once', async () => {
    await using server = serveWeb(world)
    const { status, error } = await refusalOf(server, '/monitors?limit=x&status=broken&offset=-1')
    expect([status, (error as { problems?: string[] }).problems?.length]).toEqual([400, 3])
    expect(error.message).toContain('status: ')
  })

  test('another method is told which there are', async () => {
    await using server = serveWeb(world)
    const response = await server.askAsUser(`${API_PATH}/silences`, { method: 'PUT' })
    expect([response.status, response.headers.get('Allow')]).toEqual([405, 'GET, HEAD, POST, DELETE'])
    expect(await response.json()).toMatchObject({ error: { code: 'method_not_allowed' } })
  })

  test('a past that cannot be read is 503, and the cause stays here', async () => {
    const failing = async () => {
      throw new PastUnavailable('/secret/path is locked')
    }
    await using server = serveWeb({ ...world, past: { history: failing, incidents: failing } })
    for (const path of ['/monitors/db/history', '/incidents']) {
      const { status, error } = await refusalOf(server, path)
      expect([status, error.code]).toEqual([503, 'unavailable'])
      expect(error.message).not.toContain('secret')
    }
  })
})

describe('who did what', () => {
  const asked: ActionsQuery[] = []
  const asking: Partial<Past> = {
    ...past,
    async actions(query) {
      asked.push(query)
      return (await past.actions?.(query)) ?? []
    },
  }

  test('what it was about, until when, why and from where', async () => {
    await using server = serveWeb(world)
    const { actions } = (await (await server.askAsUser(`${API_PATH}/actions`)).json()) as { actions: unknown[] }
    const at = new Date(NOW_MS).toISOString()
    const nothing = { monitor: null, tag: null, group: null, until: null, reason: '', address: '', count: 1 }
    expect(actions).toEqual([
      { ...nothing, at, kind: 'silenced', who: 'anna', tag: 'eu', until: at, reason: expect.any(String) },
      { ...nothing, at, kind: 'silenced', who: 'anna', until: at },
      { ...nothing, at, kind: 'sign_in_failed', who: 'root', address: '192.0.2.7', count: 3 },
    ])
  })

  const days = (count: number) => NOW_MS - count * 86_400_000
  test.each([
    { query: '', is: { about: null, sinceMs: days(30), beforeMs: null, limit: 100 } },
    { query: '?since=7d&before=1d&limit=5', is: { about: null, sinceMs: days(7), beforeMs: days(1), limit: 5 } },
    { query: '?monitor=web', is: { about: { name: 'web', tags: ['eu'], group: 'Shop' } } },
    { query: '?monitor=gone', is: { about: { name: 'gone', tags: [], group: '' } } },
  ])('$query asks for them', async ({ query, is }) => {
    await using server = serveWeb({ ...world, past: asking })
    expect((await server.askAsUser(`${API_PATH}/actions${query}`)).status).toBe(200)
    expect(asked.at(-1)).toMatchObject(is)
  })
})

describe('commands', () => {
  const send = (server: WebServer, path: string, body?: unknown, method = 'POST') =>
    server.askAsUser(API_PATH + path, {
      method,
      ...(body !== undefined && { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } }),
    })

  test('check now answers with the outcome', async () => {
    await using server = serveWeb(world)
    const answer = await answerOf('checkNow', await send(server, '/monitors/db/check'))
    expect(answer).toMatchObject({ monitor: 'db', outcome: 'failed', exit_code: 7, status: 'down' })
    expect(server.done).toEqual(['checkNow db'])
    expect((await send(server, '/monitors/new/check')).status).toBe(409)
  })

  test('acknowledge', async () => {
    await using server = serveWeb(world)
    const answer = await answerOf('acknowledge', await send(server, '/monitors/db/acknowledge', { reason: 'mine' }))
    expect(answer).toEqual({
      monitor: 'db',
      incident_id: 'i-1',
      acknowledged_at: '2026-03-01T12:00:00.000Z',
      reason: 'mine',
    })
    expect(server.done).toEqual(['acknowledge db mine by api token'])
    expect((await send(server, '/monitors/web/acknowledge')).status).toBe(409)
  })

  test('a test of an alert', async () => {
    await using server = serveWeb(world)
    const test = async (slug: string, alert: string) => await send(server, `/monitors/${slug}/test-alert`, { alert })
    expect(await answerOf('testAlert', await test('db', 'broken'))).toEqual({
      alert: 'broken',
      delivered: false,
      exit_code: 1,
      reason: 'exit code 1',
      output: '*** <b>',
    })
    expect(server.done).toEqual(['testAlert broken db by api token'])
    expect([(await test('db', 'gone')).status, (await test('nobody', 'mail')).status]).toEqual([404, 404])
  })

  test.each(['/monitors/db/acknowledge', '/monitors/db/pause', '/silences'])(
    '%s refuses a reason that is too long, and drops the spaces around one',
    async (path) => {
      await using server = serveWeb(world)
      const about = path === '/silences' ? { all: true, duration: '2h' } : {}
      const give = async (reason: string) => (await send(server, path, { ...about, reason })).status
      expect([await give('r'.repeat(LONGEST_REASON + 1)), server.done]).toEqual([400, []])
      const reason = 'r'.repeat(LONGEST_REASON)
      expect([(await give(`  ${reason}  `)) < 300, server.done.length]).toEqual([true, 1])
      expect(server.done.join().includes(reason)).toBe(true)
      expect(server.done.join()).not.toContain('  ')
    },
  )

  test('unacknowledge', async () => {
    await using server = serveWeb(world)
    const end = (slug: string) => send(server, `/monitors/${slug}/acknowledge`, undefined, 'DELETE')
    expect([(await end('db')).status, server.done]).toEqual([204, ['unacknowledge db']])
    expect([(await end('web')).status, (await end('nobody')).status]).toEqual([409, 404])
  })

  test.each([
    {
      body: { monitor: 'db', duration: '2h' },
      target: { monitor: 'db' },
      fields: { monitor: 'db', tag: null, group: null },
    },
    {
      body: { monitor: 'DB', duration: '2h' },
      target: { monitor: 'db' },
      fields: { monitor: 'db', tag: null, group: null },
    },
    { body: { tag: 'eu', duration: '2h' }, target: { tag: 'eu' }, fields: { monitor: null, tag: 'eu', group: null } },
    {
      body: { group: 'Shop', duration: '2h' },
      target: { group: 'Shop' },
      fields: { monitor: null, tag: null, group: 'Shop' },
    },
    { body: { all: true, duration: '2h' }, target: 'all', fields: { monitor: null, tag: null, group: null } },
  ])('silence $body', async ({ body, target, fields }) => {
    await using server = serveWeb(world)
    const answer = await answerOf('createSilence', await send(server, '/silences', { ...body, reason: 'why' }))
    expect(answer).toEqual({ ...fields, until: '2026-03-01T14:00:00.000Z', reason: 'why', who: 'api token' })
    expect(server.done).toEqual([
      `silence ${JSON.stringify({ target, untilMs: NOW_MS + 7_200_000, reason: 'why', who: 'api token' })}`,
    ])
  })

  test.each([
    { body: {}, status: 400 },
    { body: { monitor: 'db', tag: 'eu', duration: '2h' }, status: 400 },
    { body: { monitor: 'db', duration: 'long' }, status: 400 },
    { body: { monitor: 'db', duration: '99y' }, status: 400 },
    { body: { monitor: 'db', duration: '0s' }, status: 400 },
    { body: { monitor: 'db', duration: '2h', raeson: 'x' }, status: 400 },
    { body: [], status: 400 },
    { body: { monitor: 'nobody', duration: '2h' }, status: 404 },
    { body: { tag: 'nothing', duration: '2h' }, status: 404 },
  ])('no silence for $body', async ({ body, status }) => {
    await using server = serveWeb(world)
    expect((await send(server, '/silences', body)).status).toBe(status)
    expect(server.done).toEqual([])
  })

  test('the body must be JSON', async () => {
    await using server = serveWeb(world)
    const headers = { 'Content-Type': 'application/json' }
    const broken = await server.askAsUser(`${API_PATH}/silences`, { method: 'POST', body: '{', headers })
    expect(broken.status).toBe(400)
    const form = new URLSearchParams({ all: 'true', duration: '2h' })
    expect((await server.askAsUser(`${API_PATH}/silences`, { method: 'POST', body: form })).status).toBe(415)
    expect(server.done).toEqual([])
  })

  test('ending a silence', async () => {
    await using server = serveWeb(world)
    const ended = await send(server, '/silences?tag=eu', undefined, 'DELETE')
    expect([ended.status, await ended.text()]).toEqual([204, ''])
    expect(server.done).toEqual(['unsilence {"tag":"eu"}'])
    expect((await send(server, '/silences?all=true', undefined, 'DELETE')).status).toBe(404)
    expect((await send(server, '/silences', undefined, 'DELETE')).status).toBe(400)
  })

  test('what could not be kept is told', async () => {
    const failing = async () => {
      throw new Error('the database is locked')
    }
    const { actions } = fakeWeb().context
    await using server = serveWeb({ ...world, context: { actions: { ...actions, silence: failing } } })
    const response = await send(server, '/silences', { all: true, duration: '2h' })
    expect([response.status, await response.json()]).toEqual([
      503,
      { error: { code: 'unavailable', message: 'the database is locked' } },
    ])
  })

  test.each(['/monitors/db/check', '/monitors/db/acknowledge', '/monitors/db/test-alert', '/silences'])(
    '%s is for users',
    async (path) => {
      await using server = serveWeb(world)
      expect((await server.ask(API_PATH + path, { method: 'POST' })).status).toBe(401)
      expect(server.done).toEqual([])
    },
  )
})
