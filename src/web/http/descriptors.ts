import { readdirSync, readFileSync, statSync } from 'node:fs'

/** How many descriptors this process has open. NaN where there are none left to find out with. */
export function openDescriptors(): number {
  try {
    // Linux 6.2 and later give the number as the size; before that it is 0.
    const { size } = statSync('/proc/self/fd')
    // Less the one that reads the directory.
    return size > 0 ? size : readdirSync('/proc/self/fd').length - 1
  } catch {
    return Number.NaN
  }
}

/** How many it may open. NaN where there is no limit. */
export function mostDescriptors(): number {
  try {
    const soft = /^Max open files\s+(\S+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1]
    return Number(soft)
  } catch {
    return Number.NaN
  }
}

const SHARE_FOR_CHECKS = 0.25
const LEAST_FOR_CHECKS = 256
/** More people than that do not look at one Minitor. */
export const MOST_CONNECTIONS = 4_096

/**
 * How many connections may be open where `most` descriptors are allowed and `used` are taken by other things: checks keep a
 * quarter, at least 256. Where there are hardly as many, connections get a quarter.
 */
export function connectionsFor(most: number, used: number): number {
  if (Number.isNaN(most)) return MOST_CONNECTIONS
  const forChecks = Math.max(most * SHARE_FOR_CHECKS, LEAST_FOR_CHECKS)
  const rest = most - (Number.isNaN(used) ? 0 : used) - forChecks
  return Math.floor(Math.min(MOST_CONNECTIONS, Math.max(rest, most * SHARE_FOR_CHECKS)))
}
