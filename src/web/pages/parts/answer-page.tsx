import type { Context } from 'hono'
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
