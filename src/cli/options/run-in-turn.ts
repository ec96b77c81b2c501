import type { Runner } from '../../core/model/ports.ts'
import { createRunner } from '../../exec/runner.ts'

/**
 * Runs work for every item with one runner, at most `limit` at a time, and closes it. Results are in the items' order.
 * An interrupt ends all commands before it ends Minitor.
 */
export async function runInTurn<Item, Result>(
  items: readonly Item[],
  limit: number,
  work: (item: Item, runner: Runner) => Promise<Result>,
): Promise<Result[]> {
  const runner = createRunner({ environment: process.env })
  const end = () => runner.close()
  process.once('SIGINT', end)
  process.once('SIGTERM', end)
  const results: Result[] = []
  const queue = items.entries()
  const worker = async () => {
    for (const [index, item] of queue) results[index] = await work(item, runner)
  }
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker))
  await runner.close()
  process.off('SIGINT', end)
  process.off('SIGTERM', end)
  return results
}
