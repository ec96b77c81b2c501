/** Fault A22 (docs/faults.md), by hand: `bun bench/soak.ts [CHECKS]` exits with 1 if something has grown after many checks. */
import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { renderFootprint, renderGrowth, takeFootprint } from './footprint.ts'
import { type Minitor, startMinitor } from './minitor.ts'
import { createScratch } from './scratch.ts'

const CHECKS = 200_000
/** In this order, one after the other in the same daemon; a reload changes the limit. */
const AT_ONCE = [8, 32, 64]
/** Enough for all code to be compiled and the heap to find its size. */
const WARM_UP_CHECKS = 20_000
/** Due more often than any machine can run them, so that as many run at once as may. */
const MONITORS = 400
/** Those that run, as many that background processes may hold, and a batch made ahead. */
const MOST_FIFOS = 3 * Math.max(...AT_ONCE)
/** Slower than that, the machine is busy with something else. */
const LEAST_PER_SECOND = 100
const REST_MS = 5000

/** What the monitors run: most of them little, some what leaves traces where cleaning up is forgotten. */
const COMMANDS: readonly { readonly share: number; readonly keys: string }[] = [
  { share: 0.9, keys: 'command: [/bin/true]' },
  { share: 0.04, keys: 'command: [head, -c, 100000, /dev/zero]' },
  { share: 0.03, keys: 'command: [/bin/false]' },
  { share: 0.01, keys: 'command: [/nowhere/to/be/found]' },
  { share: 0.01, keys: 'command: sleep 0.2 & echo left behind' },
  { share: 0.01, keys: 'command: sleep 60, timeout: 1s' },
]

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { minitor: { type: 'string', default: fileURLToPath(new URL('../dist/minitor', import.meta.url)) } },
})
const wanted = Number(positionals[0] ?? CHECKS)
if (!(wanted >= 1)) throw new Error(`"${positionals[0]}" is not a number of checks`)
if (!existsSync(values.minitor)) throw new Error(`there is no ${values.minitor}: run \`npm run build\` first`)

const scratch = createScratch()
const config = join(scratch, 'soak.yml')
process.exit((await soak()) ? 0 : 1)

async function soak(): Promise<boolean> {
  writeSoakConfig({ atOnce: AT_ONCE[0] ?? 1, interval: '100ms' })
  await using minitor = await startMinitor({ minitor: values.minitor, config, directory: scratch, isServing: true })
  await runUntil(minitor, WARM_UP_CHECKS)
  const before = await rest(minitor)
  console.log(`after ${WARM_UP_CHECKS} checks of warming up: ${renderFootprint(before)}`)

  let after = before
  for (const [step, atOnce] of AT_ONCE.entries()) {
    const target = WARM_UP_CHECKS + Math.round((wanted * (step + 1)) / AT_ONCE.length)
    reload(minitor, { atOnce, interval: '100ms' })
    await runUntil(minitor, target)
    after = await rest(minitor)
    console.log(`after ${target} checks, ${atOnce} at a time at last: ${renderFootprint(after)}`)
  }
  const growth = renderGrowth(before, after, MOST_FIFOS)
  const exitCode = await minitor.stop()
  const leftovers = readdirSync(scratch).filter((name) => name.startsWith('minitor-'))
  if (leftovers.length > 0) growth.push(`left in the directory for temporary files: ${leftovers.join(', ')}`)
  if (exitCode !== 0) growth.push(`ended with exit code ${exitCode}`)
  console.log(growth.length === 0 ? 'nothing has grown' : `NOT GOOD\n${growth.join('\n')}`)
  return growth.length === 0
}

async function runUntil(minitor: Minitor, checks: number): Promise<void> {
  await minitor.until(`${checks} checks`, (checks / LEAST_PER_SECOND) * 1000, async () => {
    // A scrape of so few monitors costs milliseconds.
    await Bun.sleep(500)
    return (await minitor.checkCount()) >= checks
  })
}

/** Lets everything end, and then time pass, so that what is measured is what stays. Counts and states survive. */
async function rest(minitor: Minitor) {
  reload(minitor, { atOnce: 1, interval: '1h' })
  await Bun.sleep(REST_MS)
  return takeFootprint(minitor.pid)
}

function reload(minitor: Minitor, settings: { atOnce: number; interval: string }): void {
  writeSoakConfig(settings)
  minitor.signal('SIGHUP')
}

function writeSoakConfig({ atOnce, interval }: { atOnce: number; interval: string }): void {
  const monitors = Array.from({ length: MONITORS }, (_, index) => `  - { name: m${index}, ${keysOf(index)} }`)
  const head = [`check_interval: ${interval}`, `max_concurrent_checks: ${atOnce}`, 'monitors:']
  writeFileSync(config, [...head, ...monitors, ''].join('\n'))
}

function keysOf(index: number): string {
  let end = 0
  for (const { share, keys } of COMMANDS) {
    end += share
    if ((index + 0.5) / MONITORS < end) return keys
  }
  return COMMANDS[0]?.keys ?? ''
}
