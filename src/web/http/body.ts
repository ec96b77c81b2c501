import type { HonoRequest, MiddlewareHandler } from 'hono'
import { isRead, refuse } from './refuse.ts'
import type { WebEnv } from './viewer.ts'

/** Forms and commands are short. */
const LIMIT_BYTES = 65_536

const KNOWN_TYPE = /^application\/(?:x-www-form-urlencoded|json)\s*(?:;|$)/i

/** Reads the whole body before the route runs, which then cannot fail to read it: it is there, and it is a form or JSON. */
export const takeBody: MiddlewareHandler<WebEnv> = async (context, next) => {
  if (isRead(context.req)) return next()
  // Without a length, it would be found too large only after it has been read.
  if (context.req.header('Transfer-Encoding') !== undefined)
    return refuse(context, 411, 'the request needs a Content-Length')
  const bytes = Number(context.req.header('Content-Length') ?? 0)
  if (bytes > LIMIT_BYTES) return refuse(context, 413, 'the body is too large')
  if (bytes > 0 && !KNOWN_TYPE.test(context.req.header('Content-Type') ?? '')) {
    return refuse(
      context,
      415,
      'the body must be a form (application/x-www-form-urlencoded) or JSON (application/json)',
    )
  }
  try {
    await context.req.text()
  } catch {
    return refuse(context, 400, 'the body is incomplete')
  }
  await next()
}

/** Reads the fields of a form; a missing one is empty. Never fails, as `takeBody` ran before. */
export async function readForm(request: HonoRequest): Promise<(field: string) => string> {
  const fields = new URLSearchParams(await request.text())
  return (field) => fields.get(field) ?? ''
}
