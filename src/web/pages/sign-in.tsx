import type { Hono } from 'hono'
import type { WebEnv } from '../http/viewer.ts'
import type { WebContext } from '../http/web-context.ts'
import { answerPage } from './parts/answer-page.tsx'
import { Layout } from './parts/layout.tsx'
import { type Visit, visitOf } from './parts/visit.ts'

interface SignInPageProps {
  /** Whether there are users; else one signs in with the key that the log says. */
  readonly hasUsers: boolean
  /** Why it did not go well before, as a sentence; else empty. */
  readonly problem: string
  readonly filledIn: string
  /** The page to go to afterwards. */
  readonly next: string
  readonly visit: Visit
}

export function SignInPage({ hasUsers, problem, filledIn, next, visit }: SignInPageProps) {
  return (
    <Layout visit={visit} title="Sign in" standing="up">
      <form class="card sign-in" method="post" action="/sign-in">
        <h1>Sign in</h1>
        {problem !== '' && (
          <p class="problem" role="alert">
            {problem}
          </p>
        )}
        <input type="hidden" name="next" value={next} />
        {hasUsers ? (
          <>
            <label>
              Name
              <input type="text" name="user" autocomplete="username" autocapitalize="none" required autofocus />
            </label>
            <label>
              Password
              <input type="password" name="password" autocomplete="current-password" required />
            </label>
          </>
        ) : (
          <label>
            Key
            <input
              type="password"
              name="key"
              autocomplete="off"
              value={filledIn}
              required
              autofocus={filledIn === ''}
            />
            <span class="hint">Minitor says it in its log when it starts.</span>
          </label>
        )}
        <button class="main" type="submit">
          Sign in
        </button>
      </form>
    </Layout>
  )
}

const PROBLEMS: ReadonlyMap<string, string> = new Map([
  ['wrong', 'That was not right. Try again.'],
  ['slow', 'That was wrong too often. Wait a little, then try again.'],
  ['busy', 'Too many are signing in at once. Try again.'],
])

/** The form; what it is sent to stands elsewhere. A key in the address fills it in, and does no more. */
export function addSignInPage(app: Hono<WebEnv>, web: WebContext): void {
  app.get('/sign-in', (context) => {
    const page = (
      <SignInPage
        hasUsers={web.present.web.users.size > 0}
        problem={PROBLEMS.get(context.req.query('refused') ?? '') ?? ''}
        filledIn={context.req.query('key') ?? ''}
        next={context.req.query('next') ?? '/'}
        visit={visitOf(context, web)}
      />
    )
    return answerPage(context, page)
  })
}
