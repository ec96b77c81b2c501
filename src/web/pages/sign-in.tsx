import type { Hono } from 'hono'
import { ownPath } from '../auth/sign-in.ts'
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
  /** The only address at which signing in works; null if that is this one. */
  readonly onlyAt: string | null
  readonly visit: Visit
}

function SignInPage({ hasUsers, problem, filledIn, next, onlyAt, visit }: SignInPageProps) {
  return (
    <Layout visit={visit} title="Sign in" standing="up">
      <form class="card sign-in" method="post" action="/sign-in">
        <h1>Sign in</h1>
        {problem !== '' && (
          <p class="problem" role="alert">
            {problem}
          </p>
        )}
        {onlyAt !== null && (
          <p>
            Signing in works only at <a href={onlyAt}>{onlyAt}</a>: the session is for HTTPS.
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

/** Browsers keep the session's cookie for HTTPS only if `url` has it, and this is another host. */
function onlyAt(host: string | undefined, url: string | null): string | null {
  return url?.startsWith('https:') && URL.parse(url)?.host !== host?.toLowerCase() ? url : null
}

/** Shows the form; `auth/sign-in.ts` receives it. A key in the address only fills it in. */
export function addSignInPage(app: Hono<WebEnv>, web: WebContext): void {
  app.get('/sign-in', (context) => {
    const next = ownPath(context.req.query('next') ?? '/')
    const visit = visitOf(context, web)
    // A link in a mail leads here, as browsers send no cookie with what another site asks for; so does going back.
    if (visit.isUser) return context.redirect(next, 303)
    const hasUsers = web.present.web.users.size > 0
    const page = (
      <SignInPage
        hasUsers={hasUsers}
        problem={problemOf(context.req.query('refused') ?? '', hasUsers)}
        filledIn={context.req.query('key') ?? ''}
        next={next}
        onlyAt={onlyAt(context.req.header('Host'), web.present.web.url)}
        visit={visit}
      />
    )
    return answerPage(context, page, visit)
  })
}
