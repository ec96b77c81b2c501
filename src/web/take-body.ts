import type { MiddlewareHandler } from 'hono'
import { refuse } from './refuse.ts'
import { isPing, isRead } from './request-kind.ts'
import type { WebEnv } from './viewer.ts'

/** Forms and commands are short. */
const LIMIT_CHARACTERS = 65_536

const KNOWN_TYPE = /^application\/(?:x-www-form-urlencoded|json)\s*(?:;|$)/i

/**
 * Takes in all that a request brings before its route runs, so that reading it there cannot fail: the text is there,
 * and it is a form or JSON. Pings are read by their own routes.
 */
export const takeBody: MiddlewareHandler<WebEnv> = async (context, next) => {
  if (isRead(context.req) || isPing(context.req)) return next()
  const { req } = context
  // The server itself takes more, for the sake of pings: what is too large, or does not say how large it is, is not read.
  if (req.header('Transfer-Encoding') !== undefined || Number(req.header('Content-Length')) > LIMIT_CHARACTERS) {
    return refuse(context, 413, 'the body is too large, or does not say how large it is')
  }
  let text: string
  try {
    text = await context.req.text()
  } catch {
    return refuse(context, 400, 'the body has not arrived whole')
  }
  if (text.length > LIMIT_CHARACTERS) return refuse(context, 413, 'the body is too large')
  if (text !== '' && !KNOWN_TYPE.test(context.req.header('Content-Type') ?? '')) {
    return refuse(
      context,
      415,
      'the body must be a form (application/x-www-form-urlencoded) or JSON (application/json)',
    )
  }
  await next()
}
