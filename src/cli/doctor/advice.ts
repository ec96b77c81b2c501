import { type ListenAddress, listenAddressText } from '../../core/model/address.ts'
import type { Config } from '../../core/model/config.ts'
import { type Finding, findingsAbout, gather } from './finding.ts'

const web = findingsAbout('web')
const watchdog = findingsAbout('watchdog')
const guard = findingsAbout('guard')

/** What a configuration lacks that its owner would miss at night. */
export function adviceFindings(config: Pick<Config, 'web' | 'watchdog' | 'guard' | 'monitors'>): readonly Finding[] {
  const unnoticed = 'nobody would notice if this machine died: there is no watchdog'
  const unguarded = 'a broken uplink would look like an outage of everything: there is no guard'
  return gather([
    config.web !== null && webFinding(config.web),
    config.watchdog === null
      ? watchdog.warning(unnoticed, 'ping a service outside: docs/configuration.md#watchdog')
      : watchdog.fine('a watchdog tells a service outside that Minitor is healthy'),
    config.guard !== null
      ? guard.fine('a guard checks the connection of this machine')
      : config.monitors.length > 1 &&
        guard.warning(unguarded, 'check your own connection: docs/configuration.md#guard'),
  ])
}

function webFinding({ listen, url, trustedProxies }: NonNullable<Config['web']>): Finding {
  if (isOwn(listen)) return web.fine('the pages can be reached from this machine only, or through a proxy on it')
  const address = listenAddressText(listen)
  const place = `web.listen: ${address}`
  if (!url?.startsWith('https://')) {
    const help = 'listen on 127.0.0.1 behind a proxy with HTTPS, and set web.url: docs/web.md'
    const message = 'the pages can be reached from elsewhere without HTTPS: passwords could be read on the way'
    return web.warning(message, help, place)
  }
  if (trustedProxies === null) {
    const help = 'listen on 127.0.0.1, or name the proxy in web.trusted_proxies'
    return web.warning('the pages can be reached beside the proxy, without HTTPS', help, place)
  }
  return web.fine('the pages are behind a proxy with HTTPS')
}

function isOwn({ hostname }: ListenAddress): boolean {
  return /^(?:localhost|127\.\d+\.\d+\.\d+|::1|::ffff:127\.\d+\.\d+\.\d+)$/i.test(hostname)
}
