import type { MiddlewareHandler } from 'hono'
import type { WebEnv } from '../http/viewer.ts'
import type { WebContext } from '../http/web-context.ts'
import { ErrorPage } from './parts/answer-page.tsx'
import { documentOf } from './parts/layout.tsx'
import { visitOf } from './parts/visit.ts'

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
