import type { Config } from '../../core/model/config.ts'
import type { AlertTrial } from '../../core/model/ports.ts'
import { localTime } from '../../core/text/time.ts'
import { fingerprintOf } from '../../engine/delivery/trial.ts'
import { quoteForShell } from '../options/places.ts'
import { type Finding, findingsAbout } from './finding.ts'

const { error, warning, unknown, fine } = findingsAbout('alerts')

/** Whether the alerts that would be run have delivered something as they are now defined. `trials`: null if unknown. */
export function alertFindings(
  config: Pick<Config, 'monitors' | 'alerts' | 'alertRestart'>,
  trials: ReadonlyMap<string, AlertTrial> | null,
  nowMs: number,
): readonly Finding[] {
  const used = usedAlerts(config)
  if (used.length === 0) return []
  if (trials === null) return [unknown('whether alerts have been tried is not known without the database', null)]
  return used.map((alert) => {
    const help = `try it: minitor alert ${quoteForShell(alert.name)}`
    const trial = trials.get(alert.name)
    if (trial === undefined) return warning(`alert ${alert.name} has never been tried`, help)
    const when = localTime(trial.atMs, nowMs)
    if (trial.fingerprint !== fingerprintOf(alert)) {
      return warning(`alert ${alert.name} has changed since it was last tried (${when})`, help)
    }
    if (trial.isDelivered) return fine(`alert ${alert.name} delivers (${when})`)
    return error(`alert ${alert.name} failed when it was last tried (${when}): ${trial.reason}`, help)
  })
}

/** Those that a monitor, a restart or another alert names, and that run a command. */
function usedAlerts({ monitors, alerts, alertRestart }: Pick<Config, 'monitors' | 'alerts' | 'alertRestart'>) {
  const named = new Set([
    ...monitors
      .filter(({ isEnabled }) => isEnabled)
      .flatMap(({ policy }) => [...policy.alertDown.map(({ alert }) => alert), ...policy.alertUp]),
    ...alertRestart,
  ])
  // A set grows while it is walked through: fallbacks of fallbacks are found, too.
  for (const name of named) {
    const fallback = alerts.get(name)?.fallback ?? null
    if (fallback !== null) named.add(fallback)
  }
  return [...alerts.values()].filter(({ name, command }) => named.has(name) && command !== 'log')
}
