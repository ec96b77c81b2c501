/**
 * Kills, freezes or cuts off the server that leads as many times as asked, and prints the result:
 * `npx bun test/failover/run.ts 100 [--seed N]`. It needs root and `nats-server`. MINITOR_EXECUTABLE names the executable;
 * the default is the one that `npm run build` makes.
 */
import { parseArgs } from 'node:util'
import { runFailover } from './failover.ts'

const { values, positionals } = parseArgs({ allowPositionals: true, options: { seed: { type: 'string' } } })
const rounds = Number(positionals[0] ?? 100)
const seed = Number(values.seed ?? Date.now() % 1_000_000)
const startMs = performance.now()

const { violations, summary, directory } = await runFailover({
  rounds,
  seed,
  keepsEvidence: true,
  onRound(done, { kind, node, fromMs, toMs }) {
    const seconds = Math.round((performance.now() - startMs) / 1000)
    console.log(`${done} of ${rounds} rounds, ${seconds} s: ${node} was ${kind} for ${Math.round(toMs - fromMs)} ms`)
  },
})

for (const violation of violations) console.log(`WRONG: ${violation}`)
const kinds = Object.entries(summary.byKind).map(([kind, count]) => `${count} ${kind}`)
console.log(
  `${summary.rounds} faults of leaders (${kinds.join(', ')}), ${summary.leaders} processes led; ` +
    `${summary.outages} outages, ${summary.longOutages} of them long, ${summary.incidents} incidents, ` +
    `${summary.told} notifications, ${summary.repeats} of them repeated; ${violations.length} violations; seed ${seed}`,
)
if (violations.length > 0) {
  console.log(`kept: ${directory}`)
  process.exitCode = 1
}
