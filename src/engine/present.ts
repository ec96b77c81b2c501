import type { Config, WebConfig } from '../core/model/config.ts'
import type { Clock } from '../core/model/ports.ts'
import type { Actions, Present, PresentMonitor } from '../core/model/present.ts'
import { slugsOf } from '../core/text/identity.ts'
import type { CheckLoop } from './checks/check-loop.ts'

interface Options {
  readonly clock: Clock
  readonly checkLoop: Pick<CheckLoop, 'look' | 'mutes' | 'changeMutes' | 'checkNow' | 'onChange'>
  readonly troubles: () => readonly string[]
}

export interface PresentAndActions {
  readonly present: Present
  readonly actions: Actions
  /** From now on this is what the configuration says. */
  apply(config: Config): void
}

/** Shows people what the check loop knows, and does there what they ask for. */
export function createPresent({ clock, checkLoop, troubles }: Options): PresentAndActions {
  let web: WebConfig | null = null
  let slugs = new Map<string, string>()
  let names = new Map<string, string>()

  const find = (name: string, slug: string): PresentMonitor | undefined => {
    const seen = checkLoop.look(name)
    return seen === undefined ? undefined : { ...seen, slug }
  }

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
        const name = names.get(slug)
        return name === undefined ? undefined : find(name, slug)
      },
      silences: () => checkLoop.mutes().silences.filter(({ untilMs }) => untilMs > clock.wallMs()),
      troubles,
      onChange: (listener) => checkLoop.onChange(listener),
    },
    actions: {
      checkNow: (monitor) => checkLoop.checkNow(monitor),
      silence: (silence) => checkLoop.changeMutes({ kind: 'silence', silence, atMs: clock.wallMs() }),
      unsilence: (target) => checkLoop.changeMutes({ kind: 'unsilence', target, atMs: clock.wallMs() }),
      async acknowledge(monitor, reason) {
        const incidentId = checkLoop.look(monitor)?.state.incidentId ?? null
        if (incidentId === null) return false
        const acknowledgement = { incidentId, atMs: clock.wallMs(), reason }
        await checkLoop.changeMutes({ kind: 'acknowledge', acknowledgement })
        return true
      },
    },
    apply(config) {
      // Without `web` the last one stays: who listens at the start listens to the end.
      web = config.web ?? web
      slugs = slugsOf(config.monitors.map(({ name }) => name))
      names = new Map([...slugs].map(([name, slug]) => [slug, name]))
    },
  }
}
