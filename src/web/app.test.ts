import { describe, expect, test } from 'bun:test'
import { tallyOf, telemetryOf } from '../../test/fixtures/telemetry.ts'
import { aBoardMonitor } from '../../test/support/web-fakes.ts'
import { serveWeb, TOKEN } from '../../test/support/web-server.ts'

describe('G4: what another site makes a browser send', () => {
  const body = new URLSearchParams({ key: 'x' })
  test.each([
    { name: 'nothing, as a program', headers: {}, isRefused: false },
    { name: 'the same origin', headers: { 'Sec-Fetch-Site': 'same-origin', Origin: 'null' }, isRefused: false },
    { name: 'a person', headers: { 'Sec-Fetch-Site': 'none' }, isRefused: false },
    { name: 'another site', headers: { 'Sec-Fetch-Site': 'cross-site' }, isRefused: true },
    { name: 'a neighbour', headers: { 'Sec-Fetch-Site': 'same-site' }, isRefused: true },
    { name: 'its own host', headers: { Host: 'a.example:80', Origin: 'http://a.example:80' }, isRefused: true },
    { name: 'its own host, by a proxy', headers: { Host: 'a.example', Origin: 'https://a.example' }, isRefused: false },
    { name: 'its own url', headers: { Origin: 'https://status.example.org' }, isRefused: false },
    { name: 'another origin', headers: { Origin: 'https://evil.example' }, isRefused: true },
    { name: 'a hidden origin', headers: { Origin: 'null' }, isRefused: true },
    { name: 'an origin that is none', headers: { Origin: '' }, isRefused: true },
  ])('$name', async ({ headers, isRefused }) => {
    await using server = serveWeb({ web: { url: 'https://status.example.org' } })
    const response = await server.ask('/sign-in', { method: 'POST', body, headers: headers as Record<string, string> })
    expect(response.status).toBe(isRefused ? 403 : 303)
  })
})

describe('access', () => {
  const page = { headers: { Accept: 'text/html,*/*;q=0.8' } }

  test('a stranger may not look; a browser is led to sign in and back', async () => {
    await using server = serveWeb()
    const asked = await server.ask('/monitors/a?x=1&y', page)
    expect([asked.status, asked.headers.get('Location')]).toEqual([303, '/sign-in?next=%2Fmonitors%2Fa%3Fx%3D1%26y'])
    const refused = await server.ask('/metrics')
    expect([refused.status, refused.headers.get('WWW-Authenticate')]).toEqual([401, 'Bearer'])
  })

  test('what a stranger sends to be done is not done', async () => {
    await using server = serveWeb({ web: { isPublic: true } })
    const sent = await server.ask('/monitors/a/check', { method: 'POST', ...page })
    expect([sent.status, sent.headers.get('Location')]).toEqual([303, '/sign-in'])
    expect((await server.ask('/monitors/a/check', { method: 'POST' })).status).toBe(401)
  })

  test.each([
    { name: 'no token', header: undefined, isPublic: true, status: 404 },
    { name: 'the token', header: `Bearer ${TOKEN}`, isPublic: false, status: 404 },
    { name: 'the token, in other letters', header: `bearer  ${TOKEN}`, isPublic: false, status: 404 },
    { name: 'a wrong token, also where all may look', header: 'Bearer wrong', isPublic: true, status: 401 },
    { name: 'part of the token', header: `Bearer ${TOKEN.slice(0, -1)}`, isPublic: true, status: 401 },
    { name: 'what is for a proxy in front', header: 'Basic d2ViOnB3', isPublic: true, status: 404 },
    { name: 'another scheme', header: 'Digest username="a"', isPublic: true, status: 404 },
    {
      name: 'what is for a proxy in front, where nobody may look',
      header: 'Basic d2ViOnB3',
      isPublic: false,
      status: 401,
    },
    { name: 'the token as a password', header: `Basic ${btoa(`feed:${TOKEN}`)}`, isPublic: false, status: 404 },
    { name: 'nothing', header: 'Bearer ', isPublic: true, status: 401 },
  ])('$name', async ({ header, isPublic, status }) => {
    await using server = serveWeb({ web: { isPublic } })
    const headers: Record<string, string> = header === undefined ? {} : { Authorization: header }
    expect((await server.ask('/nowhere', { headers })).status).toBe(status)
  })

  test('/healthz answers anybody, and says why only to users', async () => {
    const telemetry = telemetryOf({ troubles: () => ['the disk with hunter22 is full'] })
    await using server = serveWeb({ context: { telemetry }, web: { isPublic: true } })
    const anybody = await server.ask('/healthz')
    expect([anybody.status, await anybody.text()]).toEqual([503, 'not healthy; sign in to see why\n'])
    const user = await server.askAsUser('/healthz')
    expect([user.status, await user.text()]).toEqual([503, 'the disk with *** is full\n'])
  })

  test('/livez is 200 meanwhile, also to strangers', async () => {
    const telemetry = telemetryOf({ troubles: () => ['no delivery of "mail" has worked'] })
    await using server = serveWeb({ context: { telemetry }, web: { isPublic: false } })
    expect((await server.ask('/livez')).status).toBe(200)
  })
})

describe('answers', () => {
  test('have strict headers, whatever they are', async () => {
    await using server = serveWeb()
    for (const response of [await server.ask('/healthz'), await server.ask('/x'), await server.askAsUser('/x')]) {
      expect(response.headers.get('Content-Security-Policy')).toStartWith("default-src 'none'; script-src 'self'; ")
      expect(response.headers.get('X-Content-Type-Options')).toBe('nosniff')
      expect(response.headers.get('Referrer-Policy')).toBe('same-origin')
      expect(response.headers.get('Cache-Control')).toBe('no-store')
    }
  })

  test('a wrong method is refused with the right ones', async () => {
    await using server = serveWeb()
    const response = await server.askAsUser('/healthz', { method: 'DELETE' })
    expect([response.status, response.headers.get('Allow')]).toEqual([405, 'GET, HEAD'])
    expect(await response.text()).toBe('only GET and HEAD are allowed here\n')
    expect(await (await server.askAsUser('/sign-out')).text()).toBe('only POST is allowed here\n')
  })

  test.each([
    { name: 'is too large', body: 'a'.repeat(65_537), type: 'application/json', status: 413 },
    {
      name: 'is too large, in chunks',
      body: inPieces('a'.repeat(65_537), 10_000),
      type: 'application/json',
      status: 413,
    },
    { name: 'is of another type, in chunks', body: inPieces('aaa'), type: 'text/plain', status: 415 },
    { name: 'is of another type', body: 'a', type: 'multipart/form-data; boundary=x', status: 415 },
    { name: 'has no type', body: new Uint8Array([1]), type: '', status: 415 },
  ])('a body that $name is refused', async ({ body, type, status }) => {
    await using server = serveWeb()
    const headers: Record<string, string> = type === '' ? {} : { 'Content-Type': type }
    expect((await server.ask('/sign-in', { method: 'POST', body, headers })).status).toBe(status)
  })
})

describe('J16: a body in chunks, as proxies send it', () => {
  test('signs in', async () => {
    await using server = serveWeb()
    const body = inPieces(`key=${TOKEN}&next=/monitors/a`)
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded' }
    const response = await server.ask('/sign-in', { method: 'POST', body, headers })
    expect([response.status, response.headers.get('Location')]).toEqual([303, '/monitors/a'])
  })

  test('may be empty', async () => {
    await using server = serveWeb({ monitors: [aBoardMonitor({ name: 'a' })] })
    const response = await server.askAsUser('/api/v1/monitors/a/check', { method: 'POST', body: inPieces('') })
    expect(response.status).toBe(200)
  })

  test('is read by the API', async () => {
    await using server = serveWeb()
    const response = await server.askAsUser('/api/v1/silences', {
      method: 'POST',
      body: inPieces('{"all": true, "duration": "2h"}', 5),
      headers: { 'Content-Type': 'application/json' },
    })
    expect(response.status).toBe(201)
  })
})

describe('J16: a path in web.url', () => {
  const url = 'https://example.org/status'
  const page = { headers: { Accept: 'text/html', Authorization: `Bearer ${TOKEN}` } }
  const monitors = [aBoardMonitor({ name: 'a', group: 'mine', tags: ['x'], runbook: '/somewhere' })]

  test.each(['/', '/monitors/a', '/incidents', '/nowhere', '/?q=none', '/incidents/none'])(
    'all addresses of %s begin with it, whether a proxy strips it or not',
    async (path) => {
      await using server = serveWeb({ web: { url }, monitors })
      const texts = []
      for (const asked of [path, `/status${path}`]) {
        const text = await (await server.ask(asked, page)).text()
        const addresses = [...text.matchAll(/(?:href|src|action)="(\/[^"]*)"/g)].map(([, address = '']) => address)
        expect(addresses.length).toBeGreaterThan(3)
        expect(addresses.filter((address) => !/^\/status(?:\/|$)/.test(address))).toEqual([])
        texts.push(text)
      }
      expect(texts[0]).toBe(texts[1] ?? '')
    },
  )

  test('so do redirects, the cookie and the API', async () => {
    await using server = serveWeb({ web: { url }, monitors })
    const to = async (path: string, init: RequestInit = {}) => (await server.ask(path, init)).headers.get('Location')
    const stranger = { headers: { Accept: 'text/html' } }
    expect(await to('/status/monitors/a?x', stranger)).toBe('/status/sign-in?next=%2Fstatus%2Fmonitors%2Fa%3Fx')
    expect(await to('/monitors/a', stranger)).toBe('/status/sign-in?next=%2Fmonitors%2Fa')
    expect(await to('/status', stranger)).toBe('/status/sign-in')
    const signIn = (next: string) =>
      server.ask('/status/sign-in', { method: 'POST', body: new URLSearchParams({ key: TOKEN, next }) })
    for (const next of ['/monitors/a', '/status/monitors/a']) {
      const response = await signIn(next)
      expect(response.headers.get('Location')).toBe('/status/monitors/a')
      expect(response.headers.get('Set-Cookie')).toContain('; Path=/status; ')
    }
    expect((await server.askAsUser('/status/monitors/a/check', { method: 'POST' })).headers.get('Location')).toBe(
      '/status/monitors/a',
    )
    const document = await (await server.askAsUser('/status/api/v1/openapi.json')).json()
    expect(document).toMatchObject({ servers: [{ url: '/status/api/v1' }] })
    expect((await server.askAsUser('/statusx')).status).toBe(404)
    const feed = await (await server.askAsUser('/status/feed.atom')).text()
    expect(feed).toContain('href="https://example.org/status/incidents"')
  })
})

describe('who came from elsewhere', () => {
  test('a link to the sign-in page leads on when somebody is signed in', async () => {
    await using server = serveWeb()
    const signedIn = await server.ask('/sign-in', { method: 'POST', body: new URLSearchParams({ key: TOKEN }) })
    const Cookie = signedIn.headers.get('Set-Cookie')?.split(';')[0] ?? ''
    const again = await server.ask('/sign-in?next=/monitors/a', { headers: { Cookie } })
    expect([again.status, again.headers.get('Location')]).toEqual([303, '/monitors/a'])
    const elsewhere = await server.ask('/sign-in?next=//evil.example', { headers: { Cookie } })
    expect(elsewhere.headers.get('Location')).toBe('/')
  })

  test('where the cookie is for https only, another address says where to sign in', async () => {
    await using server = serveWeb({ web: { url: 'https://status.example.org' } })
    const textAt = async (host: string) => (await server.ask('/sign-in', { headers: { Host: host } })).text()
    expect(await textAt('192.0.2.2:8080')).toContain(
      'works only at <a href="https://status.example.org">https://status.example.org</a>',
    )
    expect(await textAt('status.example.org')).not.toContain('works only at')
  })

  test.each([
    { url: null, advice: 'set web.url to the address that the browser shows' },
    { url: 'https://status.example.org', advice: 'web.url says that this one is https://status.example.org' },
  ])('what a proxy has made look like another site is refused with advice; web.url: $url', async ({ url, advice }) => {
    await using server = serveWeb({ web: { url } })
    const headers = { Host: 'nas.lan', Origin: 'http://nas.lan:8088' }
    const response = await server.ask('/sign-in', {
      method: 'POST',
      body: new URLSearchParams({ key: TOKEN }),
      headers,
    })
    expect([response.status, (await response.text()).includes(advice)]).toEqual([403, true])
  })
})

/** A body that is sent in chunks, as nobody knows its length at its begin. */
function inPieces(text: string, pieceLength = 1): ReadableStream {
  return new ReadableStream({
    async start(controller) {
      for (let from = 0; from < text.length; from += pieceLength) {
        controller.enqueue(Buffer.from(text.slice(from, from + pieceLength)))
        await new Promise((resolve) => setImmediate(resolve))
      }
      controller.close()
    },
  })
}

describe('/metrics', () => {
  const telemetry = telemetryOf({ monitors: () => [tallyOf({ lastOutput: 'OK | xyzzy=7' })] })

  test.each([
    { name: 'a user sees what was measured', isPublic: false, token: TOKEN, status: 200, isMeasured: true },
    { name: 'the public does not', isPublic: true, token: null, status: 200, isMeasured: false },
    { name: 'a stranger sees nothing', isPublic: false, token: null, status: 401, isMeasured: false },
  ])('$name', async ({ isPublic, token, status, isMeasured }) => {
    await using server = serveWeb({ context: { telemetry }, web: { isPublic } })
    const response = await (token === null ? server.ask('/metrics') : server.askAsUser('/metrics'))
    expect(response.status).toBe(status)
    const text = await response.text()
    expect([text.includes('minitor_monitor_up_count{'), text.includes('xyzzy')]).toEqual([status === 200, isMeasured])
  })
})
