import type { HonoRequest } from 'hono'

/** Whether it only looks: those change nothing. */
export function isRead({ method }: Pick<HonoRequest, 'method'>): boolean {
  return method === 'GET' || method === 'HEAD'
}

/** Whether it is a heartbeat's ping, which comes from anywhere, with a body of any kind; its key is its right. */
export function isPing({ path }: Pick<HonoRequest, 'path'>): boolean {
  return path.startsWith('/ping/') || path.startsWith('/api/push/')
}
