import { readChildren, readDescriptors, readMemory, threadCount } from './process-usage.ts'
import { renderMb } from './statistics.ts'

/** What a process holds at rest. */
export interface Footprint {
  readonly residentBytes: number
  readonly descriptorCount: number
  readonly fifoCount: number
  readonly threadCount: number
  readonly childCount: number
  readonly zombieCount: number
}

/** Collecting garbage leaves memory to be given back later; this much more or less is no growth. */
const MEMORY_TOLERANCE_BYTES = 16e6

export function takeFootprint(pid: number): Footprint {
  const descriptors = readDescriptors(pid)
  const children = readChildren(pid)
  return {
    residentBytes: readMemory(pid).resident,
    descriptorCount: descriptors.count,
    fifoCount: descriptors.fifoCount,
    threadCount: threadCount(pid),
    childCount: children.count,
    zombieCount: children.zombieCount,
  }
}

export function renderFootprint(one: Footprint): string {
  const { descriptorCount, fifoCount, childCount, zombieCount } = one
  return [
    `${renderMb(one.residentBytes)} resident`,
    `${descriptorCount} descriptors (${fifoCount} FIFOs)`,
    `${one.threadCount} threads`,
    `${childCount} children (${zombieCount} zombies)`,
  ].join(', ')
}

/**
 * What has grown, one sentence each; empty when nothing has. FIFOs stay open for as many commands as ever ran at once,
 * and some for background processes, so descriptors are compared without them and FIFOs with what the pool may hold.
 */
export function renderGrowth(before: Footprint, after: Footprint, mostFifos: number): string[] {
  const others = (one: Footprint) => one.descriptorCount - one.fifoCount
  const grew = (what: string, from: number, to: number, tolerance: number) =>
    to > from + tolerance ? [`${what}: from ${from} to ${to}`] : []
  return [
    ...grew('resident bytes', before.residentBytes, after.residentBytes, MEMORY_TOLERANCE_BYTES),
    ...grew('descriptors other than FIFOs', others(before), others(after), 2),
    ...grew('FIFOs', mostFifos, after.fifoCount, 0),
    ...grew('children', 0, after.childCount, 0),
    ...grew('zombies', 0, after.zombieCount, 0),
  ]
}
