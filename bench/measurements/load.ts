import { statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadConfig } from '../../src/config/read/load.ts'
import { wallMsOf } from '../child.ts'
import { below, fact, type Measurement } from '../measurement.ts'
import { renderMb, renderMs, renderSpread } from '../statistics.ts'

const COUNT = 10_000
const GOAL_MS = 1000

export const load: Measurement = {
  name: 'load',
  about: '10,000 monitors read from YAML and validated',
  async *measure({ programs, scratch, rounds, note }) {
    const config = join(scratch, 'load.yml')
    writeRealisticConfig(config)
    const validating: number[] = []
    const starting: number[] = []
    for (let round = 0; round < (rounds ?? 5); round++) {
      note(`round ${round + 1}`)
      validating.push(await wallMsOf([programs.minitor, 'validate', '-c', config]))
      starting.push(await wallMsOf([programs.minitor, '--version']))
    }
    const net = validating.map((ms, round) => ms - (starting[round] ?? 0))
    yield below(
      GOAL_MS,
      `\`validate\` of 10,000 monitors (${renderMb(statSync(config).size)} of YAML), less \`--version\``,
      net,
    )
    yield fact('… the whole process', renderSpread(validating, renderMs))
    yield fact('… loaded again and again in one process: the first time; then', timeInProcess(config, rounds ?? 5))
  },
}

/** Block style, as people write it: six keys a monitor, an anchor, and two alerts. */
function writeRealisticConfig(path: string): void {
  const monitors = Array.from({ length: COUNT }, (_, index) => {
    return [
      `  - name: Shop ${index}`,
      `    command: [curl, -sSf, -o, /dev/null, 'https://shop-${index}.example/health']`,
      `    description: The shop of customer ${index} answers.`,
      '    check_interval: 1m30s',
      '    alert_after: 3',
      '    alert_down: [log, mail]',
      '    tags: [shop, *region]',
    ].join('\n')
  })
  const head = ['x-region: &region europe', 'alerts:', '  mail:', '    command: echo {alert_message}', 'monitors:']
  writeFileSync(path, [...head, ...monitors, ''].join('\n'))
}

function timeInProcess(path: string, rounds: number): string {
  const times = Array.from({ length: rounds + 1 }, () => {
    const beganMs = performance.now()
    const loaded = loadConfig({ path, environment: {} })
    if (!loaded.ok) throw new Error(`the configuration is wrong: ${loaded.mistakes[0]?.message}`)
    return performance.now() - beganMs
  })
  return `${renderMs(times[0] ?? Number.NaN)}; ${renderSpread(times.slice(1), renderMs)}`
}
