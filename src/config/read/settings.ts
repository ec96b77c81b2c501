import { defaultOf, type Values } from '../schema/field.ts'
import { type monitorShape, policyShape, settingsShape } from '../schema/schema.ts'
import type { Drafting } from './loading.ts'
import type { Entries } from './read-map.ts'

export type MonitorValues = Values<typeof monitorShape>
export type Settings = Values<typeof settingsShape>

/** The top level of all files, with the values of its keys. */
export interface TopLevel extends Drafting {
  readonly own: Settings
}

/** What Minitor itself assumes of a monitor; the schema is the only place that says it. */
export const BUILT_IN = {
  checkIntervalMs: defaultOf(settingsShape.check_interval),
  maxConcurrentChecks: defaultOf(settingsShape.max_concurrent_checks),
  alertAfter: defaultOf(policyShape.alert_after),
  alertEvery: defaultOf(policyShape.alert_every),
  recoverAfter: defaultOf(policyShape.recover_after),
  alertDown: defaultOf(policyShape.alerts),
  alertUp: defaultOf(policyShape.alert_up),
  isEnabled: defaultOf(policyShape.enabled),
  alertRestart: defaultOf(settingsShape.alert_restart),
} as const

/** Keys that say the same thing in different ways: a map's own one stands instead of an inherited other. */
const ALTERNATIVES: readonly (readonly string[])[] = [
  ['command', 'shell_command', 'heartbeat'],
  ['schedule', 'check_interval'],
  ['alerts', 'alert_down'],
]

/** Keys of a monitor that say how its command is run. A heartbeat has none, so it takes none of them over either. */
export const COMMAND_ONLY = [
  'check_interval',
  'schedule',
  'timezone',
  'timeout',
  'retry_interval',
  'warning_exit_codes',
  'env',
  'working_directory',
] as const

/** A map's values over those it inherits. `own` tells which keys the map has, also those whose value was no good. Pure. */
export function inherit(values: MonitorValues, own: Entries, inherited: MonitorValues): MonitorValues {
  const kept: Record<string, unknown> = { ...inherited }
  for (const alternatives of ALTERNATIVES) {
    if (alternatives.some((key) => own.has(key))) for (const key of alternatives) delete kept[key]
  }
  if (own.has('heartbeat')) for (const key of COMMAND_ONLY) delete kept[key]
  for (const [key, value] of Object.entries(values)) if (value !== undefined) kept[key] = value
  return kept
}

/** `default_alert_…` and `check_interval` of the top level, as values of a monitor. Pure. */
export function legacyDefaults(settings: Settings): MonitorValues {
  const pairs = {
    alert_after: settings.default_alert_after,
    alert_every: settings.default_alert_every,
    alert_down: settings.default_alert_down,
    alert_up: settings.default_alert_up,
    check_interval: settings.check_interval,
  }
  return Object.fromEntries(Object.entries(pairs).filter(([, value]) => value !== undefined))
}

/** The pairs of alternatives of which a map has both, in the order in which it has them. Pure. */
export function contradictions(own: Entries): readonly (readonly [first: string, second: string])[] {
  return ALTERNATIVES.flatMap((alternatives) => {
    const [first, ...others] = [...own.keys()].filter((key) => alternatives.includes(key))
    return first === undefined ? [] : others.map((second) => [first, second] as const)
  })
}
