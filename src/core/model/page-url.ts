import { slugsOf } from '../text/identity.ts'
import { listenAddressText } from './address.ts'
import type { Config, WebConfig } from './config.ts'

/** The address of a monitor's page, by its name; empty if there are no pages, or no such monitor. */
export function pageUrls({ web, monitors }: Pick<Config, 'web' | 'monitors'>): (monitor: string) => string {
  if (web === null) return () => ''
  const base = baseUrl(web)
  let slugs: ReadonlyMap<string, string> | undefined
  return (monitor) => {
    slugs ??= slugsOf(monitors.map(({ name }) => name))
    const slug = slugs.get(monitor)
    return slug === undefined ? '' : `${base}/monitors/${encodeURIComponent(slug)}`
  }
}

/** Without a `url`, the address that the server listens on: right on this machine, better than none on others. */
export function baseUrl({ url, listen: { hostname, port } }: Pick<WebConfig, 'url' | 'listen'>): string {
  if (url !== null) return url
  const host = hostname === '::' || hostname === '0.0.0.0' ? 'localhost' : hostname
  return `http://${listenAddressText({ hostname: host, port })}`
}
