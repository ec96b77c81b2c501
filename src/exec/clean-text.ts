import type { Command } from '../core/model/types.ts'
import { utf8EdgeBefore } from './output-window.ts'

// Linux refuses a single argument or variable of 32 pages or more, its closing NUL counted.
const MAX_BYTES = 32 * 4096 - 1

// A UTF-16 unit never needs more than three bytes of UTF-8, so short text needs no counting.
const MAX_BYTES_PER_UNIT = 3

function fit(text: string, maxBytes: number): string {
  const clean = text.includes('\0') ? text.replaceAll('\0', '') : text
  if (clean.length * MAX_BYTES_PER_UNIT <= maxBytes) return clean
  const bytes = Buffer.from(clean)
  return bytes.length <= maxBytes ? clean : bytes.toString('utf8', 0, utf8EdgeBefore(bytes, Math.max(0, maxBytes)))
}

/** Arguments as the system takes them: without NUL bytes, each below 128 KiB and cut between characters. Pure. */
export function cleanArguments(command: Command): string[] {
  const result: string[] = []
  for (const argument of command) result.push(fit(argument, MAX_BYTES))
  return result
}

/** Minitor's own way into its cluster, with passwords: no command needs it. */
const OWN_VARIABLE = /^MINITOR_CLUSTER/

/** The same for variables, where name and value count together. A name the system cannot hold is left out. Pure. */
export function cleanEnvironment(environment: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const result: Record<string, string> = {}
  for (const name in environment) {
    const value = environment[name]
    if (value === undefined || name === '' || name.includes('=') || name.includes('\0') || OWN_VARIABLE.test(name))
      continue
    const valueBytes = MAX_BYTES - 1 - Buffer.byteLength(name)
    if (valueBytes >= 0) result[name] = fit(value, valueBytes)
  }
  return result
}
