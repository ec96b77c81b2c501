import type { CommandRun } from '../../core/model/ports.ts'

/** Whether an agent may be told to allow this: the absolute path of programs, or a name that is looked up in PATH; `*` within a name. */
export function isPattern(pattern: string): boolean {
  return /^(?:\/.*[^/]|[^/\s]+)$/s.test(pattern) && !hasDots(pattern)
}

/**
 * Why an agent that allows only programs of these patterns does not run a command; null if it does. An environment from the
 * server is refused as well, since variables can make a program load others: `LD_PRELOAD`.
 */
export function refusalOf({ command, env }: CommandRun, patterns: readonly string[]): string | null {
  const [program] = command
  const isCovered = !hasDots(program) && patterns.some((pattern) => toExpression(pattern).test(program))
  if (!isCovered) return `does not allow ${program}`
  const [name] = Object.keys(env).filter((one) => !OWN.has(one))
  return name === undefined ? null : `does not allow a monitor to set variables (${name})`
}

/** What Minitor itself says to every check. */
const OWN = new Set(['MINITOR_MONITOR_NAME'])

/** `/usr/lib/nagios/plugins/../../bin/sh` is no plugin. */
function hasDots(path: string): boolean {
  return path.split('/').some((part) => part === '.' || part === '..')
}

/** `*` is part of a name: it never stands for a slash. */
function toExpression(pattern: string): RegExp {
  const parts = pattern.split('*').map((part) => part.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&'))
  return new RegExp(`^${parts.join('[^/]*')}$`, 's')
}
