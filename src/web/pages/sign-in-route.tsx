import type { Hono } from 'hono'
import type { WebEnv } from '../http/viewer.ts'
import type { WebContext } from '../http/web-context.ts'
import { answerPage } from './answer-page.tsx'
import { SignInPage } from './sign-in.tsx'
import { visitOf } from './visit.ts'

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
