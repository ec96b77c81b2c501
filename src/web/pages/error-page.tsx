import { Layout } from './layout.tsx'
import type { Visit } from './visit.ts'

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
