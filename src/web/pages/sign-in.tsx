import { Layout } from './layout.tsx'
import type { Visit } from './visit.ts'

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
