import type { Command } from '../../core/model/types.ts'

/** The two keys that give a command; at most one of them is set where there was no mistake. */
export interface CommandValues {
  readonly command?: string | readonly string[] | undefined
  readonly shell_command?: string | undefined
}

/** What to execute; null where neither key has a value. Pure. */
export function toCommand({ command, shell_command: script }: CommandValues): Command | null {
  const given = command ?? script
  if (typeof given === 'string') return ['sh', '-c', given]
  const [program, ...rest] = given ?? []
  return program === undefined ? null : [program, ...rest]
}
