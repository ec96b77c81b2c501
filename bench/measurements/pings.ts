import { writeFileSync } from 'node:fs'
import { type Bench, fact, type Measurement } from '../measurement.ts'
import { startMinitor } from '../minitor.ts'
import { createGround } from '../scratch.ts'
import { median, quantile, renderCount, renderMs, renderSpread } from '../statistics.ts'

const GOAL_PER_SECOND = 2000
const SECONDS = 5
/** Jobs that ping at the same moment: they share a wait for the disk. */
const CLIENTS = 64
const HEARTBEATS = 1000

export const pings: Measurement = {
  name: 'pings',
  about: `${CLIENTS} clients that ping heartbeats, each ping saved to the disk before it is answered`,
  async *measure(bench) {
    const rounds: Round[] = []
    for (let round = 0; round < (bench.rounds ?? 3); round++) {
      bench.note(`round ${round + 1}`)
      rounds.push(await pingForAWhile(bench))
    }
    const rates = rounds.map(({ perSecond }) => perSecond)
    yield {
      name: `pings per second, saved, from ${CLIENTS} clients on the same machine`,
      goal: `≥ ${renderCount(GOAL_PER_SECOND)}`,
      reached: renderSpread(rates, renderCount),
      isReached: median(rates) >= GOAL_PER_SECOND,
    }
    const times = (q: number) =>
      renderSpread(
        rounds.map((one) => quantile(one.times, q)),
        renderMs,
      )
    yield fact('… from ping to answer, p50', times(0.5))
    yield fact('… from ping to answer, p99', times(0.99))
  },
}

interface Round {
  readonly perSecond: number
  /** How long each ping took, in milliseconds. */
  readonly times: readonly number[]
}

async function pingForAWhile({ programs, scratch, seconds }: Bench): Promise<Round> {
  using ground = createGround(scratch)
  const { directory, config } = ground
  const monitors = Array.from({ length: HEARTBEATS }, (_, index) => {
    return `  - { name: m${index}, heartbeat: { key: key-${index}, interval: 1d } }`
  })
  writeFileSync(config, ['monitors:', ...monitors, ''].join('\n'))
  await using daemon = await startMinitor({ minitor: programs.minitor, config, directory, isServing: true })
  const times: number[] = []
  let next = 0
  const beganMs = performance.now()
  const endMs = beganMs + (seconds ?? SECONDS) * 1000
  const ping = async () => {
    for (let nowMs = beganMs; nowMs < endMs; ) {
      const response = await fetch(`${daemon.url}/ping/key-${next++ % HEARTBEATS}`, { method: 'POST', body: 'done\n' })
      if ((await response.text()) !== 'OK') throw new Error(`a ping was answered with ${response.status}`)
      const answeredMs = performance.now()
      times.push(answeredMs - nowMs)
      nowMs = answeredMs
    }
  }
  await Promise.all(Array.from({ length: CLIENTS }, ping))
  return { perSecond: (times.length / (performance.now() - beganMs)) * 1000, times }
}
