/**
 * Kills Minitor as many times as asked, and prints the result: `npx bun test/crash-loop/run.ts 1000 [--seed N]`.
 * MINITOR_EXECUTABLE names the executable; the default is the one that `npm run build` makes.
 */
import { parseArgs } from 'node:util'
import { runCrashLoop } from './crash-loop.ts'

const { values, positionals } = parseArgs({ allowPositionals: true, options: { seed: { type: 'string' } } })
const rounds = Number(positionals[0] ?? 100)
const seed = Number(values.seed ?? Date.now() % 1_000_000)
const startMs = performance.now()

const { violations, summary, directory } = await runCrashLoop({
  rounds,
  seed,
  keepsEvidence: true,
  onRound(done) {
    if (done % 10 === 0)
      console.log(`${done} of ${rounds} rounds, ${Math.round((performance.now() - startMs) / 1000)} s`)
  },
})

for (const violation of violations) console.log(`WRONG: ${violation}`)
console.log(
  `${summary.rounds} kills (${summary.killedInStart} in the start, ${summary.killedAtCommit} right after a write, ` +
    `${summary.killedInDelivery} while alerts ran), ${summary.outages} outages, ${summary.incidents} incidents, ` +
    `${summary.told} deliveries, ${summary.repeats} of them repeated; ${violations.length} violations; seed ${seed}`,
)
if (violations.length > 0) {
  console.log(`the same plan: npx bun test/crash-loop/run.ts ${rounds} --seed ${seed}; what is left is in ${directory}`)
  process.exitCode = 1
}
