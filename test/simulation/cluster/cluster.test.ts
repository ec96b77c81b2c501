import { expect, setDefaultTimeout, test } from 'bun:test'
import { join } from 'node:path'
import { TEST_LIMIT_MS } from '../../support/pace.ts'
import { simulateCluster } from './simulate.ts'

setDefaultTimeout(TEST_LIMIT_MS)

/** More seeds, or others, by hand: `npx bun test/simulation/cluster/run.ts --seeds 1000 --from 51`. */
const SEEDS = 50
/** One process each: a world takes half a second of processor time. */
const SHARES = 2

test('I1-I8: whatever happens to servers, agents and their engine, no rule is broken', async () => {
  const share = SEEDS / SHARES
  const runs = Array.from({ length: SHARES }, async (_, index) => {
    const which = ['--seeds', String(share), '--from', String(index * share + 1)]
    const child = Bun.spawn([process.execPath, join(import.meta.dir, 'run.ts'), ...which], { stderr: 'pipe' })
    const [output, errors] = await Promise.all([child.stdout.text(), child.stderr.text()])
    return { exitCode: await child.exited, output, errors }
  })
  for (const { exitCode, output, errors } of await Promise.all(runs)) {
    expect(`${output}${errors}`).toMatch(/^\d+ worlds in [\d.]+ s, 0 of them broken\n$/)
    expect(exitCode).toBe(0)
  }
})

test.each([7, 77])('seed %d replays byte for byte', (seed) => {
  const [one, other] = [simulateCluster(seed), simulateCluster(seed)]
  expect(one.hash).toBe(other.hash)
  expect(one.tellings).toBeGreaterThan(0)
})
