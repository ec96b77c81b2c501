import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** Linux reports CPU times in hundredths of a second, on every machine. */
const TICKS_PER_SECOND = 100

interface Stat {
  readonly name: string
  readonly state: string
  readonly parent: number
  readonly userTicks: number
  readonly systemTicks: number
}

function readStat(pid: number | string): Stat | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name stands in parentheses and may hold anything; the fields begin behind the last one.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    const name = text.slice(text.indexOf('(') + 1, text.lastIndexOf(')'))
    const number = (index: number) => Number(fields[index])
    return { name, state: fields[0] ?? '', parent: number(1), userTicks: number(11), systemTicks: number(12) }
  } catch {
    return null
  }
}

/** CPU time that a process has used so far, all threads together, its children left out. */
export function cpuSeconds(pid: number): number {
  const stat = readStat(pid)
  return stat === null ? Number.NaN : (stat.userTicks + stat.systemTicks) / TICKS_PER_SECOND
}

/** CPU time of each thread so far. A thread that was started without a name is called like its process, or `Worker`. */
export function threadSeconds(
  pid: number,
): readonly { readonly id: number; readonly name: string; readonly seconds: number }[] {
  return readdirSync(`/proc/${pid}/task`).flatMap((id) => {
    const stat = readStat(`${pid}/task/${id}`)
    if (stat === null) return []
    return { id: Number(id), name: stat.name, seconds: (stat.userTicks + stat.systemTicks) / TICKS_PER_SECOND }
  })
}

/** In bytes. `resident` counts the touched pages of the executable, too; `anonymous` is what the program itself made. */
export interface Memory {
  readonly resident: number
  /** Like `resident`, but memory shared with other processes is divided among them. */
  readonly proportional: number
  readonly anonymous: number
}

export function readMemory(pid: number): Memory {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')
  const field = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1]) * 1024
  return { resident: field('Rss'), proportional: field('Pss'), anonymous: field('Anonymous') }
}

/** Open descriptors, and how many of them are the FIFOs that commands print into. */
export function readDescriptors(pid: number): { readonly count: number; readonly fifoCount: number } {
  const names = readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/${pid}/fd/${fd}`)]
    } catch {
      return []
    }
  })
  return { count: names.length, fifoCount: names.filter(isUnlinkedFifo).length }
}

/** Minitor's pipes were made in a directory of their own and are nameless since. */
function isUnlinkedFifo(name: string): boolean {
  return /\/minitor-[^/]+\/\d+ \(deleted\)$/.test(name)
}

/** Children of a process, and those of them that have ended but were not reaped. */
export function readChildren(pid: number): { readonly count: number; readonly zombieCount: number } {
  const children = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readStat(name) ?? [])
    .filter(({ parent }) => parent === pid)
  return { count: children.length, zombieCount: children.filter(({ state }) => state === 'Z').length }
}

export function threadCount(pid: number): number {
  return readdirSync(`/proc/${pid}/task`).length
}
