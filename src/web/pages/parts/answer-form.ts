import type { Context } from 'hono'
import { LONGEST_REASON } from '../../../core/model/mute.ts'
import { readForm } from '../../http/body.ts'
import { type WebEnv, whoIs } from '../../http/viewer.ts'
import type { WebContext } from '../../http/web-context.ts'
import { answerMessage } from './answer-page.tsx'

/** What a form says, and whose it is. */
export interface Sent {
  readonly context: Context<WebEnv>
  /** A missing one is empty. */
  readonly field: (name: string) => string
  readonly who: string
  readonly reason: string
}

interface FormOptions {
  /** The page to go back to, unless `act` has an answer. */
  readonly back: string
  readonly act: (sent: Sent) => Promise<Response | undefined>
}

/** Does what a form asks for and leads back; if that fails, a page says why. */
export async function answerForm(
  context: Context<WebEnv>,
  web: WebContext,
  { back, act }: FormOptions,
): Promise<Response> {
  const field = await readForm(context.req)
  const reason = field('reason').trim()
  // Browsers take no more by themselves.
  if (reason.length > LONGEST_REASON) {
    const message = `A reason has at most ${LONGEST_REASON} characters.`
    return answerMessage(context, web, { status: 400, title: 'Too long', message })
  }
  try {
    const answer = await act({ context, field, who: whoIs(context.get('viewer')), reason })
    return answer ?? context.redirect(back, 303)
  } catch (error) {
    if (!(error instanceof Error)) throw error
    return answerMessage(context, web, { status: 503, title: 'That did not work', message: web.mask(error.message) })
  }
}
