import axe from 'axe-core'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { EVENT_LIMIT_MS } from '../support/pace.ts'

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** A page of a real browser, with all that has gone wrong on it. Disposing of it closes it. */
export interface Tab extends AsyncDisposable {
  readonly page: Page
  /** Errors of scripts and on the console, and requests to other hosts, in words. */
  readonly mistakes: readonly string[]
}

export async function openBrowser(): Promise<Browser> {
  return await chromium.launch({ executablePath: '/usr/bin/chromium', args: FLAGS, timeout: EVENT_LIMIT_MS })
}

export async function openTab(browser: Browser, baseURL: string, options: BrowserContextOptions = {}): Promise<Tab> {
  const context = await browser.newContext({ ...(baseURL === '' ? {} : { baseURL }), ...options })
  context.setDefaultTimeout(EVENT_LIMIT_MS)
  const page = await context.newPage()
  const mistakes: string[] = []
  page.on('pageerror', ({ message }) => mistakes.push(`script: ${message}`))
  page.on('dialog', (dialog) => {
    mistakes.push(`dialog: ${dialog.message()}`)
    void dialog.dismiss()
  })
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') mistakes.push(`console: ${message.text()}`)
  })
  page.on('request', (request) => {
    if (!request.url().startsWith(baseURL)) mistakes.push(`request to another host: ${request.url()}`)
  })
  return { page, mistakes, [Symbol.asyncDispose]: () => context.close() }
}

/** What axe-core has against a page, in words; empty where it has nothing. */
export async function complaintsAbout(page: Page): Promise<string[]> {
  await page.evaluate(axe.source)
  const { violations } = await page.evaluate<{ violations: { id: string; nodes: { html: string }[] }[] }>(
    'axe.run(document, { resultTypes: ["violations"] })',
  )
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 160)}`))
}
