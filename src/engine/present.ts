import type { Config, WebConfig } from '../core/model/config.ts'
import { isAnnounced } from '../core/model/mute.ts'
import type { Clock, Log } from '../core/model/ports.ts'
import type { Actions, Present, PresentMonitor } from '../core/model/present.ts'
import { testNotification } from '../core/tell/notification.ts'
import { slugsOf } from '../core/text/identity.ts'
import type { Checks } from './checks/open.ts'
import type { DeliveryLoop } from './delivery/loop.ts'

interface Options {
  readonly clock: Clock
  readonly checks: Pick<Checks, 'look' | 'mutes' | 'maintenance' | 'changeMutes' | 'checkNow' | 'onChange'>
  readonly troubles: () => readonly string[]
  readonly tryOnce: DeliveryLoop['tryOnce']
  readonly log: Log
  readonly hostname: string
}

export interface PresentAndActions {
  readonly present: Present
  readonly actions: Actions
  /** Shows this configuration from now on. */
  apply(config: Config): void
}

/** The `Present` and `Actions` ports: live state for pages, API and feeds, and what people can do to it. */
export function createPresent({ clock, checks, troubles, tryOnce, log, hostname }: Options): PresentAndActions {
  let web: WebConfig | null = null
  let slugs = new Map<string, string>()
  let names = new Map<string, string>()

  const find = (name: string, slug: string): PresentMonitor | undefined => {
    const seen = checks.look(name)
    return seen === undefined ? undefined : { ...seen, slug }
  }

  const announcements = () => checks.mutes().announcements.filter((one) => isAnnounced(one, clock.wallMs()))
  const acknowledgementOf = (incident: string) =>
    checks.mutes().acknowledgements.find(({ incidentId }) => incidentId === incident)

  return {
    present: {
      get web() {
        if (web === null) throw new Error('nothing is shown before a configuration was applied')
        return web
      },
      *monitors() {
        for (const [name, slug] of slugs) {
          const monitor = find(name, slug)
          if (monitor !== undefined) yield monitor
        }
      },
      bySlug(slug) {
        const known = names.has(slug) ? slug : slug.normalize('NFKC').toLowerCase()
        const name = names.get(known)
        return name === undefined ? undefined : find(name, known)
      },
      nextMaintenance: (monitor, count) => checks.maintenance().next(monitor, clock.wallMs(), count),
      silences: () => checks.mutes().silences.filter(({ untilMs }) => untilMs > clock.wallMs()),
      announcements,
      troubles,
      onChange: checks.onChange,
    },
    actions: {
      checkNow: (monitor) => checks.checkNow(monitor),
      silence: (silence) => checks.changeMutes({ kind: 'silence', silence, atMs: clock.wallMs() }),
      unsilence: (target, who) => checks.changeMutes({ kind: 'unsilence', target, atMs: clock.wallMs(), who }),
      async acknowledge(monitor, { reason, who }) {
        const incidentId = checks.look(monitor)?.state.incidentId ?? null
        if (incidentId === null) return null
        const acknowledgement = { incidentId, atMs: clock.wallMs(), reason, who }
        const saved = checks.changeMutes({ kind: 'acknowledge', acknowledgement })
        const merged = acknowledgementOf(incidentId) ?? acknowledgement
        await saved
        return merged
      },
      async unacknowledge(monitor, who) {
        const incidentId = checks.look(monitor)?.state.incidentId ?? null
        if (incidentId === null || acknowledgementOf(incidentId) === undefined) return false
        await checks.changeMutes({ kind: 'unacknowledge', incidentId, atMs: clock.wallMs(), who })
        return true
      },
      async pause(monitor, { reason, who }) {
        if (!checks.look(monitor)?.monitor.isEnabled) return false
        await checks.changeMutes({ kind: 'pause', pause: { monitor, sinceMs: clock.wallMs(), reason, who } })
        return true
      },
      async resume(monitor, who) {
        if (checks.look(monitor)?.monitor.paused === undefined) return false
        await checks.changeMutes({ kind: 'resume', monitor, atMs: clock.wallMs(), who })
        return true
      },
      async testAlert(alert, { monitor, who }) {
        const atMs = clock.wallMs()
        const id = `test-${crypto.randomUUID()}`
        const result = await tryOnce(testNotification({ id, monitor, atMs, alerts: [alert], hostname }), alert)
        if (result === null) return null
        const reason = result.isDelivered ? '' : result.reason
        const said = result.isDelivered ? 'delivered' : `failed: ${reason}`
        log.write(result.isDelivered ? 'info' : 'warn', `alert ${alert} tested by ${who}: ${said}`, { alert })
        return { ...result, reason }
      },
      async announce(about) {
        const announcement = { ...about, id: crypto.randomUUID(), atMs: clock.wallMs() }
        await checks.changeMutes({ kind: 'announce', announcement })
        return announcement
      },
      async retract(id, who) {
        if (!announcements().some((one) => one.id === id)) return false
        await checks.changeMutes({ kind: 'retract', id, atMs: clock.wallMs(), who })
        return true
      },
    },
    apply(config) {
      // Without `web` the last one stays: a server that was opened at the start stays open to the end.
      web = config.web ?? web
      slugs = slugsOf(config.monitors.map(({ name }) => name))
      names = new Map([...slugs].map(([name, slug]) => [slug, name]))
    },
  }
}
