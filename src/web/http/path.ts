import { getPath } from 'hono/utils/url'

/** Path and query of an address that the listener has found sound; neither is decoded. Never throws. */
export function targetOf(url: string): string {
  const start = url.indexOf('/', url.indexOf('//') + 2)
  return start < 0 ? '/' : url.slice(start)
}

/** The scheme and host of such an address. */
export function originOf(url: string): string {
  const start = url.indexOf('/', url.indexOf('//') + 2)
  return start < 0 ? url : url.slice(0, start)
}

/** The path of a public address, without a slash at the end: empty for `https://example.org`, `/status` with one. */
export function prefixOf(url: string | null): string {
  return url === null ? '' : targetOf(url).replace(/\/+$/, '')
}

/** Clients join their address of a ping carelessly, as `//ping/KEY` and `/ping//KEY`. */
const PING = /^\/+(?:ping|api\/+push)\//

/**
 * Makes the function by which an app finds the path of a request. A proxy may pass the prefix of the public address on or
 * strip it: both mean the same page.
 */
export function pathFinder(prefix: () => string): (request: Request) => string {
  return (request) => {
    const path = withoutPrefix(getPath(request), prefix())
    return PING.test(path) ? path.replace(/\/{2,}/g, '/') : path
  }
}

/** A path or target as it is for `prefix`-less routes. */
export function withoutPrefix(path: string, prefix: string): string {
  if (prefix === '' || !path.startsWith(prefix)) return path
  const rest = path.slice(prefix.length)
  if (rest === '' || rest.startsWith('?')) return `/${rest}`
  return rest.startsWith('/') ? rest : path
}
