import { VARIABLE_NAMES, type VariableName } from '../model/types.ts'

/** Variables whose values are digits, fixed words or identifiers of Minitor's own making: no shell can read code in them. */
const PLAIN: ReadonlySet<VariableName> = new Set<VariableName>([
  'alert_count',
  'failure_count',
  'attempt',
  'is_up',
  'kind',
  'status',
  'exit_code',
  'incident_id',
  'notification_id',
])

const NAMES: ReadonlySet<string> = new Set(VARIABLE_NAMES)

export function isVariableName(name: string): name is VariableName {
  return NAMES.has(name)
}

/** Whether a value of this variable is harmless even where text is read as code. */
export function isPlain(name: VariableName): boolean {
  return PLAIN.has(name)
}

/** The environment variable that carries it: `MINITOR_LAST_OUTPUT`. */
export function environmentName(name: VariableName): string {
  return `MINITOR_${name.toUpperCase()}`
}
