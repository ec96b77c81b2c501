import type { Context } from 'hono'

/** A bug ends the process like any other, but the caller gets an answer first. */
export function answerBug(error: Error, context: Context): Response {
  queueMicrotask(() => {
    throw error
  })
  return context.text('internal error\n', 500)
}
