import { expect, setDefaultTimeout, test } from 'bun:test'
import { join } from 'node:path'
import { TEST_LIMIT_MS } from '../support/pace.ts'
import { simulate } from './simulate.ts'

setDefaultTimeout(TEST_LIMIT_MS)

/** More seeds, or others, by hand: `npx bun test/simulation/run.ts --seeds 1000 --from 201`. */
const SEEDS = 200
/** One process each: a world takes a fifth of a second of processor time. */
const SHARES = 2

test('whatever happens, no rule is broken, and in the end everything is told', async () => {
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

test.each([7, 77, 777])('seed %d replays byte for byte', (seed) => {
  const [one, other] = [simulate(seed), simulate(seed)]
  expect(one.hash).toBe(other.hash)
  expect(one.tellings).toBeGreaterThan(0)
})
