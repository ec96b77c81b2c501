import { nearest } from '../../core/text/nearest.ts'

/** How others call what has another name here. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  command_shell: 'shell_command',
  cron: 'schedule',
  interval: 'check_interval',
  period: 'interval',
  cwd: 'working_directory',
  environment: 'env',
}

/** The known key that an unknown one was most likely meant to be, or null. Pure. */
export function meantKey(key: string, known: readonly string[]): string | null {
  const elsewhere = Object.hasOwn(ELSEWHERE, key) ? ELSEWHERE[key] : undefined
  return elsewhere !== undefined && known.includes(elsewhere) ? elsewhere : nearest(key, known)
}

/** Whether a map has one of these keys, or an unknown one that is probably meant to be: that mistake is told already. Pure. */
export function hasOrMeans(
  entries: ReadonlyMap<string, unknown>,
  keys: readonly string[],
  known: readonly string[],
): boolean {
  return [...entries.keys()].some(
    (key) => keys.includes(key) || (!known.includes(key) && keys.includes(meantKey(key, known) ?? '')),
  )
}
