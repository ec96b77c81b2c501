interface LoopResult {
  readonly perSecond: number
  /** CPU time of the loop itself, without its children. */
  readonly ownMs: number
}

interface Loop {
  readonly spawnLoop: string
  readonly seconds: number
  readonly atOnce: number
  readonly command: readonly string[]
}

/** Runs the C loop for so long; rejects when it fails. */
export async function runSpawnLoop({ spawnLoop, seconds, atOnce, command }: Loop): Promise<LoopResult> {
  const child = Bun.spawn([spawnLoop, `${seconds}`, `${atOnce}`, ...command], { timeout: seconds * 1000 + 10_000 })
  const text = await child.stdout.text()
  if ((await child.exited) !== 0) throw new Error('the C loop failed')
  const { runs, seconds: elapsed, ownCpuSeconds } = JSON.parse(text) as Record<string, number>
  if (runs === undefined || elapsed === undefined || ownCpuSeconds === undefined) throw new Error(`what is ${text}?`)
  return { perSecond: runs / elapsed, ownMs: (ownCpuSeconds * 1000) / runs }
}
