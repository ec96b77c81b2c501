import type { Context, MiddlewareHandler } from 'hono'
import type { Child } from 'hono/jsx'
import { PastUnavailable } from '../../../core/past/past.ts'
import type { WebEnv } from '../../http/viewer.ts'
import type { WebContext } from '../../http/web-context.ts'
import { documentOf, Layout } from './layout.tsx'
import { Output } from './output.tsx'
import { type Visit, visitOf } from './visit.ts'

type PageStatus = 200 | 400 | 403 | 404 | 409 | 503

export function answerPage(context: Context<WebEnv>, page: Child, visit: Visit, status: PageStatus = 200): Response {
  context.header('Vary', 'Cookie')
  return context.html(documentOf(page, visit), status)
}

interface MessagePageProps {
  readonly title: string
  /** What happened and what to do next. */
  readonly message: string
  /** What a command printed. */
  readonly output?: string
  /** Where to go from here; the status page without one. */
  readonly back?: { readonly address: string; readonly name: string }
  readonly visit: Visit
}

interface MessageAnswer extends Omit<MessagePageProps, 'visit'> {
  readonly status: PageStatus
}

export function answerMessage(context: Context<WebEnv>, web: WebContext, { status, ...page }: MessageAnswer): Response {
  const visit = visitOf(context, web)
  return answerPage(context, <MessagePage {...page} visit={visit} />, visit, status)
}

export function answerNotFound(context: Context<WebEnv>, web: WebContext): Response {
  return answerMessage(context, web, {
    status: 404,
    title: 'Not found',
    message: 'This page does not exist. If a monitor was renamed, its page has a new address.',
  })
}

function MessagePage({ title, message, output = '', back, visit }: MessagePageProps) {
  const { address, name } = back ?? { address: '/', name: 'Status page' }
  return (
    <Layout visit={visit} title={title} standing="pending">
      <section class="error">
        <h1>{title}</h1>
        <p>{visit.shown(message)}</p>
        <Output text={output} id="output" isOpen visit={visit} />
        {visit.viewer.kind !== 'stranger' && (
          <p>
            <a href={address}>{visit.shown(name)}</a>
          </p>
        )}
      </section>
    </Layout>
  )
}

const TITLES: ReadonlyMap<number, string> = new Map([
  [400, 'Bad request'],
  [403, 'Not allowed'],
  [404, 'Not found'],
  [405, 'Method not allowed'],
  [413, 'Too large'],
  [415, 'Unsupported type'],
  [500, 'A bug in Minitor'],
  [503, 'Not available'],
])

/** Makes a page of a refusal that is one line of text, for browsers. */
export function showRefusals(web: WebContext): MiddlewareHandler<WebEnv> {
  return async (context, next) => {
    await next()
    const { res } = context
    const title = TITLES.get(res.status)
    const isLine = res.headers.get('Content-Type')?.startsWith('text/plain') ?? false
    const isForBrowser = context.req.header('Accept')?.includes('text/html') ?? false
    // Until the viewer is known, nothing is shown.
    if (title === undefined || !isLine || !isForBrowser || context.get('viewer') === undefined) return
    const visit = visitOf(context, web)
    const line = (await res.text()).trim()
    const message =
      line === 'not found' ? 'This page does not exist.' : `${line.charAt(0).toUpperCase()}${line.slice(1)}.`
    const page = documentOf(<MessagePage title={title} message={message} visit={visit} />, visit)
    const headers = new Headers(res.headers)
    headers.set('Content-Type', 'text/html; charset=utf-8')
    headers.delete('Content-Length')
    context.res = undefined
    context.res = new Response(page, { status: res.status, headers })
  }
}

/** Answers from the past; where that cannot be read for now, says so. */
export async function withPast(
  context: Context<WebEnv>,
  web: WebContext,
  answer: () => Promise<Response>,
): Promise<Response> {
  try {
    return await answer()
  } catch (error) {
    if (!(error instanceof PastUnavailable)) throw error
    const message = `${error.message} The status page still shows the present.`
    return answerMessage(context, web, { status: 503, title: 'Not available', message })
  }
}
