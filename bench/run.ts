/** Measured comparisons: see README.md beside this file. */
import { readFileSync } from 'node:fs'
import { availableParallelism, cpus, loadavg, release, totalmem } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { type Bench, FIGURE_HEADER, type Measurement, renderFigure } from './measurement.ts'
import { agents } from './measurements/agents.ts'
import { dispatch } from './measurements/dispatch.ts'
import { history } from './measurements/history.ts'
import { lateness } from './measurements/lateness.ts'
import { load } from './measurements/load.ts'
import { memory } from './measurements/memory.ts'
import { metrics } from './measurements/metrics.ts'
import { nagios } from './measurements/nagios.ts'
import { overhead } from './measurements/overhead.ts'
import { pings } from './measurements/pings.ts'
import { reminders } from './measurements/reminders.ts'
import { start } from './measurements/start.ts'
import { takeover } from './measurements/takeover.ts'
import { throughput } from './measurements/throughput.ts'
import { web } from './measurements/web.ts'
import { buildPrograms } from './programs.ts'
import { createScratch } from './scratch.ts'

const MEASUREMENTS: readonly Measurement[] = [
  start,
  load,
  memory,
  metrics,
  throughput,
  history,
  reminders,
  pings,
  web,
  lateness,
  nagios,
  dispatch,
  overhead,
  agents,
  takeover,
]

const USAGE = `Usage: bun bench/run.ts [--rounds N] [--seconds N] [--monitors N] [--minitor FILE] [name…]

${MEASUREMENTS.map(({ name, about }) => `  ${name.padEnd(12)}${about}`).join('\n')}

--rounds    how often to repeat (start, load, metrics, throughput, history, pings, agents, takeover)
--seconds   how long to observe (throughput, pings, web, lateness, nagios, dispatch, overhead, agents)
--monitors  how many at full load (lateness, nagios)
--minitor   the executable to measure; without it dist/minitor`

/** Above this many runnable processes the machine is busy with something else. */
const QUIET_LOAD = 0.5

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string' },
    seconds: { type: 'string' },
    monitors: { type: 'string' },
    minitor: { type: 'string', default: fileURLToPath(new URL('../dist/minitor', import.meta.url)) },
    help: { type: 'boolean', short: 'h' },
  },
})
const unknown = positionals.filter((name) => MEASUREMENTS.every((one) => one.name !== name))

if (values.help) {
  console.log(USAGE)
} else if (unknown.length > 0) {
  console.error(`there is no ${unknown.join(', ')}\n\n${USAGE}`)
  process.exitCode = 2
} else {
  await runAll()
  process.exit()
}

async function runAll(): Promise<void> {
  console.log(`${describeMachine()}\n`)
  if (load1m() > QUIET_LOAD) console.error(`the machine is not quiet (load ${load1m()}): figures will be worse`)
  const scratch = createScratch()
  const common = {
    scratch,
    programs: buildPrograms(scratch, values.minitor),
    rounds: numberOf(values.rounds),
    seconds: numberOf(values.seconds),
    monitors: numberOf(values.monitors),
  }
  console.log(FIGURE_HEADER)
  for (const { name, measure } of MEASUREMENTS) {
    if (positionals.length > 0 && !positionals.includes(name)) continue
    const bench: Bench = { ...common, note: (text) => console.error(`${name}: ${text}`) }
    for await (const figure of measure(bench)) console.log(renderFigure(figure))
  }
}

function numberOf(text: string | undefined): number | null {
  if (text === undefined) return null
  const value = Number(text)
  if (!(value > 0)) throw new Error(`"${text}" is not a number above zero`)
  return value
}

function load1m(): number {
  return loadavg()[0] ?? 0
}

function describeMachine(): string {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string
  }
  const gigabytes = Math.round(totalmem() / 1e9)
  return [
    `Minitor ${version}, Bun ${Bun.version}, ${new Date().toISOString().slice(0, 10)}`,
    `${availableParallelism()} processors (${cpus()[0]?.model ?? 'unknown'}), ${gigabytes} GB, Linux ${release()}`,
    `load before: ${load1m().toFixed(2)}`,
  ].join('; ')
}
