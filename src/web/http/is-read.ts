import type { HonoRequest } from 'hono'

/** Whether it only looks: those change nothing. */
export function isRead({ method }: Pick<HonoRequest, 'method'>): boolean {
  return method === 'GET' || method === 'HEAD'
}
