/** Runs simulated worlds of a cluster by hand. For a world that fails it prints how to see it again. */
import { parseArgs } from 'node:util'
import { simulateCluster } from './simulate.ts'

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '200' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    verbose: { type: 'boolean', default: false },
  },
})

const first = Number(values.seed ?? values.from)
const count = values.seed === undefined ? Number(values.seeds) : 1
if (!Number.isSafeInteger(first) || !Number.isSafeInteger(count)) throw new Error('seeds are whole numbers')

/** Errors that nobody caught; the runtime reports them only between two worlds. */
let uncaught: unknown[] = []
process.on('unhandledRejection', (error) => uncaught.push(error instanceof Error ? error.stack : error))

let brokenCount = 0
const begunMs = performance.now()
for (let seed = first; seed < first + count; seed++) {
  const report = simulateCluster(seed, { keepsLines: values.verbose })
  await Bun.sleep(0)
  for (const line of report.lines) console.log(line)
  if (values.seed !== undefined) {
    console.log(
      `seed ${seed}: ${report.seconds} s, ${report.tellings} told, ${report.judged} times judged, ${report.hash}`,
    )
  }
  const [violation] = [...report.violations, ...uncaught.map((error) => `nothing is thrown: ${error}`)]
  uncaught = []
  if (violation === undefined) continue
  brokenCount++
  console.log(`seed ${seed} breaks a rule: ${violation}`)
  console.log(`  npx bun test/simulation/cluster/run.ts --seed ${seed} --verbose`)
}
const seconds = ((performance.now() - begunMs) / 1000).toFixed(1)
console.log(`${count} worlds in ${seconds} s, ${brokenCount} of them broken`)
process.exitCode = brokenCount === 0 ? 0 : 1
