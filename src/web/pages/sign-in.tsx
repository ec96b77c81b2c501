import type { Hono } from 'hono'
import type { WebEnv } from '../http/viewer.ts'
import type { WebContext } from '../http/web-context.ts'
import { answerPage } from './parts/answer-page.tsx'
import { Layout } from './parts/layout.tsx'
import { type Visit, visitOf } from './parts/visit.ts'

interface SignInPageProps {
  /** Whether people sign in with a name and a password; else with the key from the log. */
  readonly hasUsers: boolean
  /** Why the last attempt failed, as a sentence; empty if there was none. */
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
            <span class="hint">Minitor prints the key in its log at startup.</span>
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
  ['wrong', 'Wrong name or password.'],
  ['slow', 'Too many failed attempts. Wait a little, then try again.'],
  ['busy', 'Too many people are signing in at once. Try again.'],
])

function problemOf(refused: string, hasUsers: boolean): string {
  return refused === 'wrong' && !hasUsers ? 'Wrong key.' : (PROBLEMS.get(refused) ?? '')
}

/** Shows the form; `auth/sign-in.ts` receives it. A key in the address only fills it in. */
export function addSignInPage(app: Hono<WebEnv>, web: WebContext): void {
  app.get('/sign-in', (context) => {
    const hasUsers = web.present.web.users.size > 0
    const page = (
      <SignInPage
        hasUsers={hasUsers}
        problem={problemOf(context.req.query('refused') ?? '', hasUsers)}
        filledIn={context.req.query('key') ?? ''}
        next={context.req.query('next') ?? '/'}
        visit={visitOf(context, web)}
      />
    )
    return answerPage(context, page)
  })
}
