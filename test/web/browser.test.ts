import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import type { Browser } from 'playwright-core'
import { type DaemonProcess, startDaemon } from '../support/daemon-process.ts'
import { requireDebianPackage } from '../support/debian.ts'
import { eventually } from '../support/eventually.ts'
import { complaintsAbout, openBrowser, openTab, type Tab } from './browser.ts'

const hasBrowser = requireDebianPackage('chromium', '/usr/bin/chromium')

const EVIL = '<img src=x onerror=alert(1)>'
const TOKEN = '0123456789abcdef0123'

const CONFIG = `
check_interval: 250ms
web:
  listen: 127.0.0.1:0
  title: Under test
  auth: {tokens: [${TOKEN}]}
alerts:
  note: {command: ['true']}
monitors:
  - name: Break me
    group: Mine
    description: One to break.
    runbook: https://wiki.example/break-me
    command: test ! -e broken || { cat broken; exit 7; }
    alert_after: 2
    alert_down: [note]
    alert_up: [note]
  - name: Fine
    group: Others
    alert_down: [note]
    tags: [calm]
    command: printf '%s\\n' 'all is well | size=12MB;;;; load=0.5' '${EVIL}'
  - name: Beat
    group: Others
    heartbeat: {interval: 1h, grace: 5m, key: the-key-of-a-heartbeat}
  - name: Paused
    group: Others
    enabled: false
    command: 'true'
`

describe.skipIf(!hasBrowser)('in a browser', () => {
  let daemon: DaemonProcess
  let browser: Browser
  let url: string
  const signedIn = { extraHTTPHeaders: { Authorization: `Bearer ${TOKEN}` } }

  beforeAll(async () => {
    daemon = startDaemon({ config: CONFIG, env: { TZ: 'UTC' } })
    const [{ msg }, opened] = await Promise.all([daemon.line(({ msg }) => msg.includes('pages are at')), openBrowser()])
    url = /http:\/\/[\d.:]+/.exec(msg)?.[0] ?? ''
    browser = opened
  })
  afterAll(async () => {
    await browser?.close()
    await daemon?.[Symbol.asyncDispose]()
  })

  const open = (options = {}) => openTab(browser, url, { ...signedIn, ...options })
  const breakIt = () => daemon.write('broken', `it is broken\n${EVIL}\n`)
  const mendIt = () => Bun.$`rm -f ${daemon.directory}/broken`.quiet()

  /** The row of a monitor on the status page that stands like that. */
  const rowOf = ({ page }: Tab, slug: string, standing: string) => page.locator(`#m-${slug} .is.${standing}`)

  test('a row turns while one looks at it, without a reload, and back again', async () => {
    await using tab = await open()
    const { page } = tab
    await page.goto('/')
    await rowOf(tab, 'break-me', 'up').waitFor()
    await page.locator('#live:not(.lost)').waitFor()
    await page.evaluate('window.isTheSamePage = true')
    breakIt()
    await rowOf(tab, 'break-me', 'down').waitFor()
    expect(await page.locator('#m-break-me time').textContent()).toMatch(/^\d+s$/)
    expect(await page.locator('#overall h1').textContent()).toBe('1 of 3 down')
    expect(await page.title()).toBe('1 of 3 down · Under test')
    expect(await page.locator('#favicon').getAttribute('href')).toContain('/assets/down.')
    expect(await page.locator('#attention li').textContent()).toContain('it is broken (exit code 7)')
    await mendIt()
    await rowOf(tab, 'break-me', 'up').waitFor()
    await page.locator('#attention').waitFor({ state: 'hidden' })
    expect(await page.title()).toBe('Under test')
    expect(await page.evaluate('window.isTheSamePage')).toBe(true)
    expect(tab.mistakes).toEqual([])
  })

  test('what a check prints is text; an outage is seen, acknowledged, silenced, checked and read of', async () => {
    await using tab = await open()
    const { page } = tab
    breakIt()
    await page.goto('/monitors/break-me')
    await page.locator('#head.down').waitFor()
    await page.locator('#acknowledge summary').click()
    await page.locator('#acknowledge input').fill('on it')
    await page.locator('#acknowledge button').click()
    await page.locator('.badge', { hasText: 'acknowledged' }).waitFor()

    await page.locator('#silence summary').click()
    await page.locator('#silence input[name=custom]').fill('soon')
    await page.locator('#silence button').click()
    expect(await page.locator('#silence-problem').textContent()).toContain('“soon” is not a time')
    await page.locator('#silence input[name=custom]').fill('1h30m')
    await page.locator('#silence input[name=reason]').fill('being mended')
    await page.locator('#silence button').click()
    await page.locator('.badge', { hasText: 'silenced' }).waitFor()
    expect(await page.locator('#head .told').first().textContent()).toContain('being mended')

    await page.locator('#checks details summary').first().click()
    expect(await page.locator('#checks pre').first().textContent()).toContain(EVIL)
    expect(await page.locator('img').count()).toBe(0)
    expect(await page.locator('#notifications').textContent()).toContain('note delivered')

    await mendIt()
    await page.getByRole('button', { name: 'Check now' }).click()
    await page.locator('#head.up').waitFor()
    await page.getByRole('button', { name: 'End silence' }).click()
    await page.locator('.badge', { hasText: 'silenced' }).waitFor({ state: 'detached' })

    await page.goto('/incidents')
    await page.locator('.incidents a').first().click()
    const story = (await page.locator('#timeline').textContent()) ?? ''
    for (const word of ['first failure', 'exit code 7', 'notification: down', 'acknowledged', 'on it', 'recovered']) {
      expect(story).toContain(word)
    }
    // The browser itself says of the form that was refused.
    expect(tab.mistakes.filter((one) => !one.includes('status of 400'))).toEqual([])
  })

  test('a button answers in place, and none moves away under the pointer', async () => {
    await using tab = await open()
    const { page } = tab
    await page.goto('/monitors/fine')
    const top = async () => (await page.locator('.columns').boundingBox())?.y
    const topBefore = await top()
    await page.getByRole('button', { name: 'Check now' }).click()
    await page.locator('#checked', { hasText: /^Passed in \d+ ms\.$/ }).waitFor()
    expect(await top()).toBe(topBefore)
    expect(page.url()).toEndWith('/monitors/fine')
    await page.locator('#test-alert summary').click()
    await page.locator('#test-alert button').click()
    await page.locator('#checked', { hasText: 'note delivered.' }).waitFor()
    expect(await top()).toBe(topBefore)
    expect(await page.locator('#test-alert').getAttribute('open')).toBe(null)
    expect(page.url()).toEndWith('/monitors/fine')
    const summary = page.locator('#silence summary')
    const card = page.locator('.columns')
    const places = async () => [await summary.boundingBox(), await card.boundingBox()]
    const before = await places()
    await summary.click()
    expect(await places()).toEqual(before)
    const chosen = page.locator('#silence input[name=duration]:checked')
    await page.locator('#silence input[name=custom]').fill('2h')
    expect(await chosen.count()).toBe(0)
    await page.locator('#silence input[name=custom]').fill('')
    expect(await chosen.count()).toBe(1)
    expect(tab.mistakes).toEqual([])
  })

  test.each([true, false])('a monitor is paused and resumed (scripts: %p)', async (javaScriptEnabled) => {
    await using tab = await open({ javaScriptEnabled })
    const { page } = tab
    await page.goto('/monitors/fine')
    await page.locator('#pause summary').click()
    await page.locator('#pause input[name=reason]').fill('being moved')
    await page.locator('#pause button').click()
    await page.locator('#head.paused', { hasText: 'paused by api token: being moved' }).waitFor()
    await page.getByRole('button', { name: 'Resume' }).click()
    await page.locator('#pause').waitFor()
    expect(tab.mistakes).toEqual([])
  })

  test('without scripts a test of an alert is answered with a page', async () => {
    await using tab = await open({ javaScriptEnabled: false })
    const { page } = tab
    await page.goto('/monitors/fine')
    await page.locator('#test-alert summary').click()
    await page.locator('#test-alert button').click()
    await page.getByText('note delivered.').waitFor()
    await page.getByRole('link', { name: 'Fine' }).click()
    await page.locator('#head').waitFor()
  })

  test('what is typed, opened and focused stays while the page changes', async () => {
    await using tab = await open()
    const { page } = tab
    await page.goto('/monitors/break-me')
    await page.locator('#head.up').waitFor()
    await page.locator('#silence summary').click()
    const reason = page.locator('#silence input[name=reason]')
    await reason.fill('half a sen')
    breakIt()
    // The actions change, as there is something to acknowledge now.
    await page.locator('#acknowledge').waitFor()
    await page.keyboard.type('tence')
    expect(await reason.inputValue()).toBe('half a sentence')
    await mendIt()
    await page.locator('#head.up').waitFor()
    expect(tab.mistakes).toEqual([])
  })

  test('the pointer and the arrow keys tell of single checks and days', async () => {
    await using tab = await open()
    const { page } = tab
    const tip = page.locator('.tip')
    await page.goto('/')
    await rowOf(tab, 'break-me', 'up').waitFor()
    const strip = page.locator('#c-fine')
    await eventually(
      'there are checks',
      async () => (await strip.locator('svg').getAttribute('aria-label')) !== 'no checks yet',
    )
    await strip.hover({ position: { x: 178, y: 10 } })
    await tip.waitFor()
    expect(await tip.textContent()).toMatch(/^(?:\d{4}-\d\d-\d\d )?\d\d:\d\d:\d\d passed, \d+ ms$/)
    await page.mouse.move(0, 0)
    await tip.waitFor({ state: 'hidden' })

    breakIt()
    await page.goto('/monitors/break-me')
    await page.locator('#head.down').waitFor()
    const hasFailed = async () => ((await tip.textContent()) ?? '').includes('failed')
    await page.locator('#c-break-me').focus()
    await page.keyboard.press('ArrowLeft')
    await eventually('a failure is told of', hasFailed)
    await page.keyboard.press('Escape')
    await tip.waitFor({ state: 'hidden' })
    // The file learns of it a little later.
    await page.locator('#uptime svg[data-days$=" 0"]').waitFor({ state: 'detached' })
    await page.locator('#d-break-me').focus()
    await page.keyboard.press('Home')
    expect(await tip.textContent()).toMatch(/^\d{4}-\d\d-\d\d: not watched$/)
    await page.keyboard.press('End')
    expect(await tip.textContent()).toMatch(/^\d{4}-\d\d-\d\d: down for \d+[smh]$/)
    await page.keyboard.press('Enter')
    await page.waitForURL(/\/incidents\?monitor=Break\+me&day=\d{4}-\d\d-\d\d$/)
    expect(await page.locator('.incidents li').count()).toBeGreaterThan(0)
    await mendIt()
    expect(tab.mistakes).toEqual([])
  })

  test('a touch tells of a day, and the next one leads to it', async () => {
    breakIt()
    await using tab = await open({ hasTouch: true, viewport: { width: 360, height: 700 } })
    const { page } = tab
    await page.goto('/monitors/break-me')
    await page.locator('#uptime svg[data-days$=" 0"]').waitFor({ state: 'detached' })
    const touch = async () => {
      // In one go, as the page may replace the bar at any time.
      const [x, y] = await page.evaluate<[number, number]>(`(() => {
        const bar = document.getElementById('d-break-me')
        bar.scrollIntoView({ block: 'center' })
        const { right, top } = bar.getBoundingClientRect()
        return [right - 1, top + 5]
      })()`)
      await page.touchscreen.tap(x, y)
    }
    await touch()
    await page.locator('.tip', { hasText: 'down for' }).waitFor()
    expect(page.url()).toEndWith('/monitors/break-me')
    await touch()
    await page.waitForURL(/\/incidents\?monitor=Break\+me&day=/)
    await mendIt()
  })

  test('times are on the clock of who looks at them, and its zone is named once', async () => {
    await using tab = await open({ timezoneId: 'Asia/Kathmandu' })
    const { page } = tab
    await page.goto('/monitors/fine')
    await page.locator('#head.up').waitFor()
    expect(await page.locator('footer').textContent()).toContain('All times are in Asia/Kat')
    const since = page.locator('#head time:not([data-age])')
    const atMs = Date.parse((await since.getAttribute('datetime')) ?? '')
    const clock = new Intl.DateTimeFormat('en-GB', { timeStyle: 'short', timeZone: 'Asia/Kathmandu' }).format(atMs)
    expect(await since.textContent()).toContain(clock)
  })

  test('a page that says the same again is left as it is, but for its ages', async () => {
    await using tab = await open()
    const { page } = tab
    await page.goto('/monitors/fine')
    expect(await page.locator('#head .why').textContent()).toBe('all is well')
    await page.locator('#live:not(.lost)').waitFor()
    await page.evaluate(`window.changes = []
      new MutationObserver((all) => changes.push(...all.map(({ target }) => target.localName)))
        .observe(document.getElementById('head'), { childList: true, subtree: true })`)
    const next = page.locator('#next')
    const before = await next.innerHTML()
    await eventually('the page is brought up to date', async () => (await next.innerHTML()) !== before)
    const changed = await eventually('an age counts on', async () => {
      const all = await page.evaluate<string[]>('[...new Set(changes)]')
      return all.length > 0 && all
    })
    expect(changed).toEqual(['time'])
    expect(tab.mistakes).toEqual([])
  })

  test('the keyboard is enough to find a monitor and to silence it', async () => {
    await using tab = await open()
    const { page } = tab
    await page.goto('/')
    const focused = () => page.evaluate<string>('document.activeElement.textContent.trim()')
    const tabTo = async (text: string) => {
      for (let count = 0; (await focused()) !== text; count++) {
        if (count > 60) throw new Error(`no way to ${text}`)
        await page.keyboard.press('Tab')
      }
      await page.keyboard.press('Enter')
    }
    await page.keyboard.press('Tab')
    expect(await focused()).toBe('Skip to content')
    await tabTo('Fine')
    await page.waitForURL('**/monitors/fine')
    await tabTo('Silence')
    // Past what is to be silenced, to for how long.
    await page.keyboard.press('Tab')
    await page.keyboard.press('Tab')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Tab')
    await page.keyboard.type('by keyboard')
    await page.keyboard.press('Enter')
    await page.locator('.badge', { hasText: 'silenced' }).waitFor()
    expect(await page.locator('#head .told').textContent()).toMatch(/silenced until .*: by keyboard/)
    await tabTo('End silence')
    await page.locator('.badge', { hasText: 'silenced' }).waitFor({ state: 'detached' })
    expect(tab.mistakes).toEqual([])
  })

  test('a heartbeat shows what it has heard', async () => {
    await using tab = await open()
    const { page } = tab
    await page.goto('/monitors/beat')
    await page.locator('#head.pending').waitFor()
    const answer = await fetch(`${url}/ping/the-key-of-a-heartbeat`, { method: 'POST', body: `done\n${EVIL}` })
    expect(answer.status).toBe(200)
    await page.locator('#head.up').waitFor()
    await page.locator('#pings summary').click()
    expect(await page.locator('#pings pre').textContent()).toBe(`done\n${EVIL}`)
    expect(await page.locator('#facts').textContent()).toContain(
      `curl -fsS -m 10 --retry 5 ${url}/ping/the-key-of-a-heartbeat`,
    )
    expect(await page.locator('#next').textContent()).toMatch(/ping due .*, grace 5m/)
    expect(tab.mistakes).toEqual([])
  })

  test('without scripts the pages are complete', async () => {
    await using tab = await open({ javaScriptEnabled: false })
    const { page } = tab
    await page.goto('/?q=fi')
    expect(await page.locator('.monitors tbody tr').count()).toBe(1)
    await page.getByRole('link', { name: 'Fine' }).click()
    await page.locator('#chart-durations svg').waitFor()
    expect(await page.locator('.charts h3').allTextContents()).toEqual(['size', 'load'])
    await page.getByRole('link', { name: '7d', exact: true }).click()
    await page.getByRole('button', { name: 'Check now' }).click()
    await page.waitForURL('**/monitors/fine')
    expect(tab.mistakes).toEqual([])
  })

  test('one signs in with a token as a key, and out', async () => {
    await using tab = await openTab(browser, url)
    const { page } = tab
    await page.goto('/monitors/fine?window=7d')
    await page.locator('input[name=key]').fill('not the key')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('alert').waitFor()
    await page.locator('input[name=key]').fill(TOKEN)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.waitForURL('**/monitors/fine?window=7d')
    await page.locator('#chart-durations .uplot').waitFor()
    // The answer to the button comes after the page has been refused what it asks for by itself.
    const refused = page.waitForResponse('**/sign-in?next=*')
    await page.route('**/sign-out', async (route) => {
      const response = await route.fetch({ maxRedirects: 0 })
      await refused
      await route.fulfill({ response })
    })
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.waitForURL('**/sign-in')
    expect(tab.mistakes).toEqual([])
  })

  test('the link of the log leads in, and a page says that Minitor has gone', async () => {
    await using own = startDaemon({
      config: 'web: {listen: "127.0.0.1:0"}\nmonitors: [{name: web, command: [true]}]\n',
    })
    const { msg } = await own.line(({ msg }) => msg.includes('sign in at'))
    await using tab = await openTab(browser, '', {})
    const { page } = tab
    await page.goto(/http:\S+key=\S+/.exec(msg)?.[0] ?? '')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.locator('#live:not(.lost)').waitFor()
    own.signal('SIGKILL')
    await page.locator('#live.lost').waitFor()
    expect(await page.locator('#live').textContent()).toMatch(
      /^No connection\. This is how it was at \d\d:\d\d:\d\d\.$/,
    )
  })

  describe('behind a proxy', () => {
    /** Passes everything on, unless told to answer the stream, or pages too, in its own way. */
    const startProxy = () => {
      const state: { stream: 'on' | 502 | 503 | 'signed out' } = { stream: 'on' }
      let ends: (() => void)[] = []
      const breakable = (body: ReadableStream<Uint8Array>) => {
        const reader = body.getReader()
        return new ReadableStream({
          start(controller) {
            ends.push(() => {
              controller.close()
              void reader.cancel()
            })
          },
          async pull(controller) {
            const { value } = await reader.read()
            if (value !== undefined) controller.enqueue(value)
          },
          cancel: () => reader.cancel(),
        })
      }
      const server = Bun.serve({
        hostname: '127.0.0.1',
        port: 0,
        idleTimeout: 0,
        async fetch(request) {
          const { pathname, search } = new URL(request.url)
          const isStream = pathname === '/api/v1/stream'
          if (isStream && typeof state.stream === 'number') {
            return new Response('<html><title>Bad Gateway</title></html>', {
              status: state.stream,
              headers: { 'Content-Type': 'text/html' },
            })
          }
          const headers = new Headers(request.headers)
          if (state.stream === 'signed out') headers.delete('Authorization')
          const answer = await fetch(url + pathname + search, { headers, redirect: 'manual' })
          const answered = new Headers(answer.headers)
          answered.delete('Content-Encoding')
          answered.delete('Content-Length')
          const body = isStream && answer.ok ? breakable(answer.body as ReadableStream<Uint8Array>) : answer.body
          return new Response(body, { status: answer.status, headers: answered })
        },
        error: () => new Response('gone', { status: 502 }),
      })
      const breakStreams = (stream: (typeof state)['stream']) => {
        state.stream = stream
        for (const end of ends) end()
        ends = []
      }
      return {
        url: server.url.origin,
        breakStreams,
        mend: () => {
          state.stream = 'on'
        },
        [Symbol.asyncDispose]: () => server.stop(true),
      }
    }

    test.each([502, 503] as const)(
      'J16: a page goes live again after a %d, and stops counting meanwhile',
      async (status) => {
        await using proxy = startProxy()
        await using tab = await openTab(browser, proxy.url, signedIn)
        const { page } = tab
        await page.goto('/monitors/fine')
        await page.locator('#live:not(.lost)').waitFor()
        proxy.breakStreams(status)
        await page.locator('#live.lost').waitFor()
        const ages = () => page.locator('#head time').allTextContents()
        // What was asked for before it broke may still come.
        await page.waitForTimeout(2_500)
        const before = await ages()
        await page.waitForTimeout(2_500)
        expect(await ages()).toEqual(before)
        expect(await page.title()).toContain('Fine')
        proxy.mend()
        await page.locator('#live:not(.lost)').waitFor()
        await eventually('ages count on', async () => (await ages()).join() !== before.join())
      },
    )

    test('J16: a page whose session has ended shows the sign-in form', async () => {
      await using proxy = startProxy()
      await using tab = await openTab(browser, proxy.url, signedIn)
      const { page } = tab
      await page.goto('/')
      await page.locator('#live:not(.lost)').waitFor()
      proxy.breakStreams('signed out')
      await page.locator('input[name=key]').waitFor()
    })
  })

  test('the feed is XML', async () => {
    await using tab = await open()
    const { page } = tab
    await page.goto('/')
    const found = await page.evaluate<{ root: string; entryCount: number; hasError: boolean }>(`(async () => {
      const feed = new DOMParser().parseFromString(await (await fetch('/feed.atom')).text(), 'application/xml')
      return {
        root: feed.documentElement.localName,
        entryCount: feed.querySelectorAll('entry > id').length,
        hasError: feed.querySelector('parsererror') !== null,
      }
    })()`)
    expect(found).toEqual({ root: 'feed', entryCount: expect.any(Number), hasError: false })
    expect(found.entryCount).toBeGreaterThan(0)
  })

  const PATHS = ['/', '/?status=down', '/monitors/break-me', '/monitors/fine', '/incidents', '/actions', '/nope']

  test.each(['light', 'dark'] as const)('axe-core has nothing against any page (%s)', async (colorScheme) => {
    await using tab = await open({ colorScheme, reducedMotion: 'reduce' })
    const { page } = tab
    await page.goto('/')
    breakIt()
    await rowOf(tab, 'break-me', 'down').waitFor()
    await mendIt()
    await rowOf(tab, 'break-me', 'up').waitFor()
    for (const path of PATHS) {
      await page.goto(path)
      for (const summary of await page.locator('summary').all()) await summary.click()
      expect({ path, complaints: await complaintsAbout(page) }).toEqual({ path, complaints: [] })
    }
    await page.goto('/incidents')
    await page.locator('.incidents a').first().click()
    await page.locator('#timeline').waitFor()
    expect(await complaintsAbout(page)).toEqual([])
    await using stranger = await openTab(browser, url, { colorScheme })
    await stranger.page.goto('/')
    expect(await complaintsAbout(stranger.page)).toEqual([])
  })

  const LONG_CAUSE =
    'curl: (28) Failed to connect to databases-01.example.org port 5432 after 30001 ms: Connection timed out; tried ' +
    '2001:db8:1234:5678::1, 2001:db8:1234:5678::2 and 192.0.2.17 in turn, the last error was EHOSTUNREACH'
  const NAMES = ['databases-01.example.org', 'backup_of_the_mail_server_of_the_company@berlin-01', 'x'.repeat(70)]
  const AT_NIGHT = JSON.stringify({
    check_interval: '500ms',
    web: { listen: '127.0.0.1:0', auth: { tokens: [TOKEN] } },
    defaults: { alert_after: 1, alert_every: 0, alert_down: ['mail', 'pager-of-the-on-call-team', 'chat'] },
    alerts: {
      mail: { command: ['true'] },
      chat: { command: ['true'] },
      'pager-of-the-on-call-team': { command: 'echo HTTP 503 from the gateway; exit 1', retry_for: 0 },
    },
    monitors: NAMES.map((name) => ({
      name,
      group: 'Databases-of-the-shop',
      runbook: 'https://wiki.example/databases',
      command: ['sh', '-c', 'echo "$0"; exit 7', LONG_CAUSE],
    })),
  })

  test('at night a phone shows the cause, since when, who was told and what to press, without scrolling', async () => {
    await using night = startDaemon({ config: AT_NIGHT })
    const { msg } = await night.line(({ msg }) => msg.includes('pages are at'))
    const base = /http:\/\/[\d.:]+/.exec(msg)?.[0] ?? ''
    const tell = async (path: string, body: unknown) => {
      const headers = { ...signedIn.extraHTTPHeaders, 'Content-Type': 'application/json' }
      const answer = await fetch(`${base}/api/v1${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
      expect(answer.ok).toBe(true)
    }
    const phone = {
      viewport: { width: 360, height: 740 },
      colorScheme: 'dark',
      isMobile: true,
      hasTouch: true,
    } as const
    await using tab = await openTab(browser, base, { ...signedIn, ...phone })
    const { page } = tab
    const address = '/monitors/databases-01-example-org'
    const expectInSight = async (...buttons: string[]) => {
      await page.goto(address)
      await page.locator('#head .told.bad', { hasText: 'pager-of-the-on-call-team could not be delivered' }).waitFor()
      const parts = ['#head .is.down', '#head time', '#head .why', '#head .told >> nth=-1', '#head .runbook a']
      for (const part of [...parts, ...buttons.map((name) => `#actions :text-is("${name}")`)]) {
        // It has no box for a moment while the page brings itself up to date.
        const box = await eventually(
          `${part} is there`,
          async () => (await page.locator(part).first().boundingBox()) ?? undefined,
        )
        expect({ part, isInSight: box.y >= 0 && box.y + box.height <= 740 }).toEqual({ part, isInSight: true })
      }
      expect(await page.evaluate('document.documentElement.scrollWidth > innerWidth')).toBe(false)
      // The cause is cut to four lines, the last of which is the exit code.
      const lineCount = `(() => {
        const { top, bottom } = document.querySelector('#head .why').getBoundingClientRect()
        const code = document.querySelector('#head .why > :last-child').getBoundingClientRect()
        return code.bottom <= bottom ? Math.round((bottom - top) / code.height) : 'cut'
      })()`
      expect(await page.evaluate(lineCount)).toBe(4)
    }
    await expectInSight('Acknowledge', 'Check now', 'Silence', 'Pause', 'Test alert')
    const text = 'Moving to a new router at 22:00. Expect short interruptions of all services in Berlin until midnight.'
    await tell('/announcements', { text, duration: '6h' })
    await expectInSight('Acknowledge', 'Check now', 'Silence')
    await tell('/silences', { tag: undefined, group: 'Databases-of-the-shop', duration: '2h', reason: 'router swap' })
    await expectInSight('Acknowledge', 'Check now')
    await tell(`${address}/acknowledge`, { reason: 'on it, driving to the data centre' })
    await expectInSight('Check now', 'End acknowledgement')
    expect(tab.mistakes).toEqual([])
  })

  test.each([360, 768, 1100, 1280])(
    'names break between their parts, and nothing is too wide, at %d px',
    async (width) => {
      await using night = startDaemon({ config: AT_NIGHT })
      const { msg } = await night.line(({ msg }) => msg.includes('pages are at'))
      await using tab = await openTab(browser, /http:\/\/[\d.:]+/.exec(msg)?.[0] ?? '', {
        ...signedIn,
        viewport: { width, height: 740 },
      })
      const { page } = tab
      await page.goto('/')
      await page
        .locator('.attention li')
        .nth(NAMES.length - 1)
        .waitFor()
      for (const path of ['/', '/incidents', '/monitors/databases-01-example-org']) {
        await page.goto(path)
        const broken = await page.evaluate(`[...document.querySelectorAll('wbr')].flatMap((place) =>
        [place.previousSibling, place.nextSibling].filter((part) => {
          const range = document.createRange()
          range.selectNodeContents(part)
          return range.getClientRects().length > 1
        }).map((part) => part.data))`)
        const unbreakable = await page.evaluate(`[...document.querySelectorAll('a, h1')].filter((one) =>
          one.textContent === '${NAMES[0]}' && one.querySelector('wbr') === null).length`)
        const isTooWide = await page.evaluate('document.documentElement.scrollWidth > innerWidth')
        expect({ path, broken, unbreakable, isTooWide }).toEqual({ path, broken: [], unbreakable: 0, isTooWide: false })
      }
    },
  )

  test('the list says what a monitor said where there is room, in rows that are as high without it', async () => {
    await using tab = await open({ viewport: { width: 1100, height: 740 } })
    const { page } = tab
    await page.goto('/')
    await rowOf(tab, 'fine', 'up').waitFor()
    const said = page.locator('#m-fine .why')
    expect(await said.textContent()).toBe('all is well')
    const heights = async () =>
      await page.evaluate<number[]>(
        `['fine', 'beat', 'paused'].map((slug) => document.getElementById('m-' + slug).getBoundingClientRect().height)`,
      )
    expect(new Set(await heights()).size).toBe(1)
    await page.setViewportSize({ width: 768, height: 740 })
    expect(await said.isVisible()).toBe(false)
    await page.goto('/monitors/fine')
    expect(await page.locator('#head .why').textContent()).toBe('all is well')
    expect(tab.mistakes).toEqual([])
  })

  test('the list silences a tag, and ends that', async () => {
    for (const javaScriptEnabled of [true, false]) {
      await using tab = await open({ javaScriptEnabled })
      const { page } = tab
      await page.goto('/?tag=calm')
      await page.locator('#silence summary').click()
      await page.locator('#silence input[name=reason]').fill('router swap')
      await page.locator('#silence input[name=reason]').press('Enter')
      await page.locator('#m-fine .badge', { hasText: 'silenced until' }).waitFor()
      expect(page.url()).toEndWith('/?tag=calm')
      await page.locator('#silence summary', { hasText: 'Silences (1)' }).click()
      expect(await page.locator('.silent').textContent()).toContain('by api token: router swap')
      await page.getByRole('button', { name: 'End' }).click()
      await page.locator('#m-fine .badge').waitFor({ state: 'detached' })
      expect(tab.mistakes).toEqual([])
    }
  })

  test('nothing is wider than a small phone', async () => {
    await using tab = await open({ viewport: { width: 360, height: 700 } })
    for (const path of PATHS) {
      await tab.page.goto(path)
      for (const summary of await tab.page.locator('summary').all()) await summary.click()
      const isTooWide = await tab.page.evaluate('document.documentElement.scrollWidth > innerWidth')
      expect({ path, isTooWide }).toEqual({ path, isTooWide: false })
    }
  })
})
