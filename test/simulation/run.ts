/** Lives through simulated worlds by hand. A world that fails is printed with how to see it again. */
import { parseArgs } from 'node:util'
import { simulate } from './simulate.ts'

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
const isEndless = Number.isSafeInteger(first) && Number.isSafeInteger(count)
if (!isEndless) throw new Error('seeds are whole numbers')

const failed: number[] = []
const begunMs = performance.now()
for (let seed = first; seed < first + count; seed++) {
  const report = simulate(seed, { keepsLines: values.verbose })
  for (const line of report.lines) console.log(line)
  if (values.seed !== undefined)
    console.log(`seed ${seed}: ${report.seconds} s, ${report.tellings} told, ${report.hash}`)
  if (report.violations.length === 0) continue
  failed.push(seed)
  console.log(`seed ${seed} breaks a rule: ${report.violations[0]}`)
  console.log(`  npx bun test/simulation/run.ts --seed ${seed} --verbose`)
}
const seconds = ((performance.now() - begunMs) / 1000).toFixed(1)
console.log(`${count} worlds in ${seconds} s, ${failed.length} of them broken`)
process.exitCode = failed.length === 0 ? 0 : 1
