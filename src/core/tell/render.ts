import { type Command, type CommandTemplate, VARIABLE_NAMES, type VariableName } from '../model/types.ts'
import { environmentName } from '../shell/placeholder.ts'
import { cleanValue } from '../text/cut.ts'

export type VariableValues = Readonly<Record<VariableName, string>>

/**
 * Fills the arguments of an alert's command. A value is cleaned, stays inside its argument, and is never searched for
 * variables itself. Pure.
 */
export function renderCommand(template: CommandTemplate, values: VariableValues): Command {
  const [program = '', ...rest] = template.map((argument) =>
    argument.map((part) => (typeof part === 'string' ? part : cleanValue(values[part.variable]))).join(''),
  )
  return [program, ...rest]
}

/** The same values as a compiled script names them: `MINITOR_LAST_OUTPUT` and so on, one per variable, cleaned. Pure. */
export function variableEnvironment(values: VariableValues): Record<string, string> {
  return Object.fromEntries(VARIABLE_NAMES.map((name) => [environmentName(name), cleanValue(values[name])]))
}
