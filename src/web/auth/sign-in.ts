import type { Context, Hono } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import { actionOf } from '../../core/model/action.ts'
import { excerpt } from '../../core/text/cut.ts'
import { printable } from '../../core/text/printable.ts'
import { readForm } from '../http/body.ts'
import { neighbourhoodOf, networkOf } from '../http/client-address.ts'
import { prefixOf } from '../http/path.ts'
import type { WebEnv } from '../http/viewer.ts'
import type { WebContext } from '../http/web-context.ts'
import { SESSION_COOKIE } from './access.ts'
import { createPasswordCheck, type PasswordVerdict } from './password-check.ts'
import { credentialOf, isOneOf, KEY_USER, SESSION_MS, type Sessions, signInKeys, userText } from './session.ts'

/** Characters of a name in the log. */
const LONGEST_NAME = 60

/**
 * Receives the forms for signing in (user and password, or key; next) and out. After a failure the page is shown again, as
 * `/sign-in?refused=wrong`, `slow` or `busy`.
 */
export function addSignIn(
  app: Hono<WebEnv>,
  { present, clock, secret, log, noteAction }: WebContext,
  sessions: Sessions,
): void {
  const checkPassword = createPasswordCheck(() => performance.now())
  const cookieOptions = () => ({
    path: prefixOf(present.web.url) || '/',
    httpOnly: true,
    // Strict would ask those to sign in who come by a link in a mail. Commands of other sites are refused anyway.
    sameSite: 'Lax' as const,
    secure: present.web.url?.startsWith('https:') ?? false,
  })

  const verdictOn = async (context: Context<WebEnv>, field: (name: string) => string): Promise<PasswordVerdict> => {
    const { users } = present.web
    if (users.size === 0) return isOneOf(field('key'), signInKeys(present.web, secret())) ? 'right' : 'wrong'
    const address = context.env.clientAddress()
    const from = { client: networkOf(address), neighbourhood: neighbourhoodOf(address) }
    return await checkPassword({ user: field('user'), password: field('password'), ...from }, users)
  }

  app.post('/sign-in', async (context) => {
    const field = await readForm(context.req)
    const next = ownPath(field('next'))
    const verdict = await verdictOn(context, field)
    const user = present.web.users.size === 0 ? KEY_USER : field('user')
    const client = context.env.clientAddress()
    // The address first: whoever reads the log for it must not read one out of a name.
    const who = `from ${client}: "${printable(excerpt(user, LONGEST_NAME), { newlines: 'escape' })}"`
    const by = { atMs: clock(), who: excerpt(userText(user, present.web), LONGEST_NAME) }
    // Read after the verdict: a reload may have changed it meanwhile.
    const credential = credentialOf(user, present.web, secret())
    if (verdict !== 'right' || credential === null) {
      const refused = verdict === 'right' ? 'wrong' : verdict
      log.write('warn', `sign-in refused (${refused}) ${who}`, { client })
      if (refused !== 'busy') noteAction(actionOf({ ...by, kind: 'sign_in_failed', address: networkOf(client) }))
      return context.redirect(`/sign-in?${new URLSearchParams({ refused, next })}`, 303)
    }
    log.write('info', `signed in ${who}`, { client })
    noteAction(actionOf({ ...by, kind: 'signed_in', address: client }))
    const untilMs = clock() + SESSION_MS
    setCookie(context, SESSION_COOKIE, sessions.seal(user, untilMs, credential), {
      ...cookieOptions(),
      maxAge: SESSION_MS / 1000,
    })
    return context.redirect(next, 303)
  })

  app.post('/sign-out', async (context) => {
    // If it cannot be saved for now, it has ended all the same, until the store saves it or Minitor ends.
    const session = getCookie(context, SESSION_COOKIE) ?? ''
    const user = sessions.open(session, clock())
    if (user !== null) {
      const by = { atMs: clock(), who: userText(user, present.web), address: context.env.clientAddress() }
      noteAction(actionOf({ ...by, kind: 'signed_out' }))
    }
    await sessions.end(session, clock()).catch(() => {})
    deleteCookie(context, SESSION_COOKIE, cookieOptions())
    return context.redirect('/', 303)
  })
}

/** A path on this server, else `/`. Browsers take `//example.org` and `/\example.org` for another one. */
export function ownPath(next: string): string {
  return /^\/(?![/\\])[\x21-\x7e]*$/.test(next) ? next : '/'
}
