import type { Context, MiddlewareHandler } from 'hono'
import type { Child } from 'hono/jsx'
import type { WebEnv } from '../../http/viewer.ts'
import type { WebContext } from '../../http/web-context.ts'
import { documentOf, Layout } from './layout.tsx'
import { type Visit, visitOf } from './visit.ts'

type PageStatus = 200 | 400 | 403 | 404 | 409 | 503

export function answerPage(context: Context<WebEnv>, page: Child, visit: Visit, status: PageStatus = 200): Response {
  context.header('Vary', 'Cookie')
  return context.html(documentOf(page, visit), status)
}

interface Refusal {
  readonly status: PageStatus
  readonly title: string
  /** What happened and what to do next. */
  readonly message: string
}

/** A page that says no, and why. */
export function answerError(context: Context<WebEnv>, web: WebContext, { status, title, message }: Refusal): Response {
  const visit = visitOf(context, web)
  return answerPage(context, <ErrorPage title={title} message={message} visit={visit} />, visit, status)
}

export function answerNotFound(context: Context<WebEnv>, web: WebContext): Response {
  return answerError(context, web, {
    status: 404,
    title: 'Not found',
    message: 'This page does not exist. If a monitor was renamed, its page has a new address.',
  })
}

interface ErrorPageProps {
  readonly title: string
  /** What happened and what to do next. */
  readonly message: string
  readonly visit: Visit
}

export function ErrorPage({ title, message, visit }: ErrorPageProps) {
  return (
    <Layout visit={visit} title={title} standing="pending">
      <section class="error">
        <h1>{title}</h1>
        <p>{message}</p>
        {visit.viewer.kind !== 'stranger' && (
          <p>
            <a href="/">To the status page</a>
          </p>
        )}
      </section>
    </Layout>
  )
}

const TITLES: ReadonlyMap<number, string> = new Map([
  [400, 'Not understood'],
  [403, 'Not allowed'],
  [404, 'Not found'],
  [405, 'Not allowed'],
  [413, 'Too large'],
  [415, 'Not understood'],
  [500, 'A bug in Minitor'],
  [503, 'Not now'],
])

/** What a route refuses in a line of text is a page for those who look with a browser. */
export function showRefusals(web: WebContext): MiddlewareHandler<WebEnv> {
  return async (context, next) => {
    await next()
    const { res } = context
    const title = TITLES.get(res.status)
    const isLine = res.headers.get('Content-Type')?.startsWith('text/plain') ?? false
    const isForBrowser = context.req.header('Accept')?.includes('text/html') ?? false
    // Before it is known who asks nothing is shown to anybody.
    if (title === undefined || !isLine || !isForBrowser || context.get('viewer') === undefined) return
    const visit = visitOf(context, web)
    const message = `${(await res.text()).trim().replace(/^./, (first) => first.toUpperCase())}.`
    const page = documentOf(<ErrorPage title={title} message={visit.shown(message)} visit={visit} />, visit)
    const headers = new Headers(res.headers)
    headers.set('Content-Type', 'text/html; charset=utf-8')
    headers.delete('Content-Length')
    context.res = undefined
    context.res = new Response(page, { status: res.status, headers })
  }
}
