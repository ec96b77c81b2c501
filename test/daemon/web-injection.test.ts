import { expect, test } from 'bun:test'
import { readMetrics } from '../fixtures/metrics-text.ts'
import { startDaemon } from '../support/daemon-process.ts'
import { eventually } from '../support/eventually.ts'
import { freePort } from './scrape.ts'

const TOKEN = 'a-token-of-20-letters'
const PAYLOAD = `<img src=x onerror=alert(1)>"'><script>alert(2)</script>]]>--></title></textarea></svg>&lt;\u202e\u2028 \\" }\\n`
/** A field shows to who typed it what was typed. */
const QUERY = PAYLOAD.replace(/[\u202e\u2028]/g, '')
const NAME = `evil ${PAYLOAD}`

const configAt = (port: number, isPublic: boolean) =>
  JSON.stringify({
    web: {
      listen: `127.0.0.1:${port}`,
      title: PAYLOAD.replaceAll('\\', ''),
      public: isPublic,
      auth: { tokens: [TOKEN] },
    },
    monitors: [
      {
        name: NAME.replaceAll('$', ''),
        command: ['sh', '-c', 'printf "%s | load=7 \'%s\'=8" "$PRIVATE" "$PRIVATE"; exit 3'],
        env: { PRIVATE: `private ${PAYLOAD}` },
        description: `private ${PAYLOAD}`,
        runbook: 'https://private.example/',
        tags: ['private'],
        check_interval: '200ms',
        alert_after: 1,
        alerts: ['private-alert'],
      },
      { name: 'plain', command: ['sh', '-c', 'echo private'], check_interval: '200ms' },
    ],
    alerts: { 'private-alert': { command: ['sh', '-c', 'echo private; exit 1'], retry_for: '1h' } },
  })

const headers = { Authorization: `Bearer ${TOKEN}`, Accept: 'text/html,*/*' }

/** Everything that can be read, for a monitor and an incident. */
const pathsOf = (slug: string, incident: string) => [
  '/',
  `/?q=${encodeURIComponent(QUERY)}`,
  `/monitors/${slug}`,
  '/incidents',
  `/incidents/${incident}`,
  '/feed.atom',
  `/badge/${slug}.svg`,
  `/badge/${slug}.json`,
  `/badge/${slug}/uptime-24h.svg`,
  `/actions?monitor=${encodeURIComponent(QUERY)}`,
  '/actions',
  `/sign-in?next=${encodeURIComponent(QUERY)}&key=${encodeURIComponent(QUERY)}`,
  '/metrics',
  '/healthz',
  '/api/v1/summary',
  '/api/v1/monitors',
  `/api/v1/monitors?q=${encodeURIComponent(QUERY)}`,
  `/api/v1/monitors/${slug}`,
  `/api/v1/monitors/${slug}/history`,
  `/api/v1/monitors/${slug}/durations`,
  '/api/v1/incidents',
  `/api/v1/incidents/${incident}`,
  '/api/v1/actions',
]

async function startEvil(isPublic: boolean) {
  const port = await freePort()
  const daemon = startDaemon({ config: configAt(port, isPublic) })
  await daemon.line(({ msg }) => msg.startsWith('pages are at'))
  const ask = (path: string, as: Record<string, string> = headers, body?: URLSearchParams) =>
    fetch(`http://127.0.0.1:${port}${path}`, { headers: as, redirect: 'manual', ...(body && { method: 'POST', body }) })
  const { slug, incident_id } = await eventually('it is down', async () => {
    const { monitors } = (await (await ask('/api/v1/monitors?status=down')).json()) as {
      monitors: { slug: string; incident_id: string }[]
    }
    return monitors[0]
  })
  const reason = `private ${PAYLOAD}`
  await ask('/sign-in', {}, new URLSearchParams({ user: reason, password: 'wrong' }))
  await ask(`/monitors/${slug}/silence`, headers, new URLSearchParams({ of: 'all', duration: '1h', reason }))
  await ask(`/monitors/${slug}/acknowledge`, headers, new URLSearchParams({ reason }))
  await eventually('all of it is kept', async () => {
    const kept = await (await ask('/api/v1/actions')).text()
    return ['silenced', 'acknowledged', 'sign_in_failed'].every((kind) => kept.includes(`"kind":"${kind}"`))
  })
  return { daemon, ask, slug, paths: pathsOf(encodeURIComponent(slug), encodeURIComponent(incident_id)) }
}

/** Names of the elements and attributes of a document that would run something. */
function dangersIn(html: string): string[] {
  const dangers: string[] = []
  new HTMLRewriter()
    .on('*', {
      element(element) {
        if (element.tagName === 'script' && element.getAttribute('src') === null) dangers.push('inline script')
        if (element.tagName === 'img' && element.getAttribute('src') === 'x') dangers.push('img')
        for (const [name, value] of element.attributes) {
          if (name.startsWith('on') || name === 'style' || /^\s*javascript:/i.test(value)) dangers.push(name)
        }
      },
    })
    .transform(html)
  return dangers
}

test('F7: whatever checks print and people write, it stays text wherever it is shown', async () => {
  const { daemon, ask, slug, paths } = await startEvil(false)
  await using _ = daemon
  const kinds = new Set<string>()
  for (const path of paths) {
    // Who is signed in is sent on by the form.
    const response = await ask(path, path.startsWith('/sign-in') ? {} : headers)
    const text = await response.text()
    const type = response.headers.get('Content-Type')?.split(';')[0] ?? ''
    kinds.add(type)
    expect([path, response.status]).toEqual([path, path === '/healthz' ? response.status : 200])
    expect(response.headers.get('X-Content-Type-Options')).toBe('nosniff')
    expect(response.headers.get('Content-Security-Policy')).toContain("default-src 'none'")
    if (type === 'application/json') JSON.parse(text)
    else if (type !== 'text/plain') {
      expect(text).not.toMatch(/<img src=x|<script>alert/)
      // What a form sends back is what it was; all that is seen is written out.
      expect(text.replace(/ value="[^"]*"/g, '')).not.toMatch(/\u202e|\u2028/)
      expect([path, dangersIn(text)]).toEqual([path, []])
    }
  }
  expect([...kinds].toSorted()).toEqual([
    'application/atom+xml',
    'application/json',
    'image/svg+xml',
    'text/html',
    'text/plain',
  ])

  const shown = (await (await ask(`/api/v1/monitors/${slug}`)).json()) as { name: string; output: string }
  expect(shown.name).toBe(NAME)
  expect(shown.output).toStartWith(`private ${PAYLOAD}`)
  const samples = readMetrics(await (await ask('/metrics')).text())
  expect(
    samples.find(({ name, labels }) => name === 'minitor_monitor_up_count' && labels.monitor === NAME)?.value,
  ).toBe(0)
})

test('G10: what the public sees has no command, output, reason, description, tag or alert in it', async () => {
  const { daemon, ask, paths } = await startEvil(true)
  await using _ = daemon
  for (const path of paths) {
    const response = await ask(path, { Accept: 'text/html,*/*' })
    // How long checks take, and who did what, is for those who sign in.
    const expected = /\/durations$|v1\/actions/.test(path) ? 401 : path.startsWith('/actions') ? 303 : 200
    expect([path, response.status]).toEqual([path, path === '/healthz' ? response.status : expected])
    const text = await response.text()
    expect([path, text.match(/.{0,80}(?:private|printf|load=|exit code|"load"|exit_code).{0,80}/i)?.[0]]).toEqual([
      path,
      undefined,
    ])
  }
})

test('a stranger sees nothing', async () => {
  const { daemon, ask, paths } = await startEvil(false)
  await using _ = daemon
  for (const path of paths) {
    if (path === '/healthz' || path.startsWith('/sign-in')) continue
    const [program, browser] = [await ask(path, { Accept: '*/*' }), await ask(path, { Accept: 'text/html' })]
    expect([path, program.status, browser.status]).toEqual([path, 401, 303])
    expect((await program.text()) + (await browser.text())).not.toMatch(/evil|plain|private/)
  }
})
