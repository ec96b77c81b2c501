import type { Command } from './types.ts'

/** The script of a command that is nothing but one for the shell, as a configuration's text is; else null. Pure. */
export function scriptOf(command: Command): string | null {
  const [program, flag, script] = command
  return program === 'sh' && flag === '-c' && command.length === 3 ? (script ?? null) : null
}
