import type { HonoRequest, MiddlewareHandler } from 'hono'
import { isRead, refuse } from './refuse.ts'
import type { WebEnv } from './viewer.ts'

/** Forms and commands are short. */
const LIMIT_BYTES = 65_536

const KNOWN_TYPE = /^application\/(?:x-www-form-urlencoded|json)\s*(?:;|$)/i

/** Reads the whole body before the route runs, which then cannot fail to read it: it is there, and it is a form or JSON. */
export const takeBody: MiddlewareHandler<WebEnv> = async (context, next) => {
  if (isRead(context.req)) return next()
  const isAnnounced = Number(context.req.header('Content-Length') ?? 0) > LIMIT_BYTES
  const bytes = isAnnounced ? 'too_large' : await readBytes(context.req.raw.body)
  if (bytes === 'incomplete') return refuse(context, 400, 'the body is incomplete')
  if (bytes === 'too_large') return refuse(context, 413, 'the body is too large')
  if (bytes.length > 0 && !KNOWN_TYPE.test(context.req.header('Content-Type') ?? '')) {
    return refuse(
      context,
      415,
      'the body must be a form (application/x-www-form-urlencoded) or JSON (application/json)',
    )
  }
  // A promise, as an empty text would count as not read.
  Object.assign(context.req.bodyCache, { text: Promise.resolve(bytes.toString()) })
  await next()
}

/** Proxies send on what they get in chunks, without a length: only reading shows how much it is. */
async function readBytes(body: ReadableStream<Uint8Array> | null): Promise<Buffer | 'too_large' | 'incomplete'> {
  const chunks: Uint8Array[] = []
  let length = 0
  try {
    for await (const chunk of body ?? []) {
      length += chunk.length
      if (length > LIMIT_BYTES) return 'too_large'
      chunks.push(chunk)
    }
  } catch {
    return 'incomplete'
  }
  return Buffer.concat(chunks)
}

/** Reads the fields of a form; a missing one is empty. Never fails, as `takeBody` ran before. */
export async function readForm(request: HonoRequest): Promise<(field: string) => string> {
  const fields = new URLSearchParams(await request.text())
  return (field) => fields.get(field) ?? ''
}
