const ROUNDS = 5

/**
 * What work costs at least, in milliseconds of processor time: the least of some rounds, as all else that the machine
 * does only adds to it. Worth something only beside the cost of other work, in the same test.
 */
export function costOf(work: () => void): number {
  const costs = Array.from({ length: ROUNDS }, () => {
    const before = process.cpuUsage()
    work()
    const { user, system } = process.cpuUsage(before)
    return (user + system) / 1000
  })
  return Math.min(...costs)
}
