import type { CommandRun } from '../../../src/core/model/ports.ts'
import type { Random } from '../../support/random.ts'
import { SECOND } from '../../support/time.ts'
import type { Timeline } from '../timeline.ts'
import type { Play } from '../truth.ts'

interface Service {
  readonly name: string
  outage: number | null
  /** Since when it is as it is. */
  sinceMs: number
  hangs: boolean
}

/** The services of a world as they really are: everybody sees the same of them. */
export interface Services {
  /** Null while it works; else which outage of the world this is. */
  outageOf(name: string): number | null
  sinceMs(name: string): number
  check(run: CommandRun): Play
  /** All work from now on. */
  heal(): void
}

interface Options {
  readonly names: readonly string[]
  readonly timeline: Timeline
  readonly random: Random
  /** Called before a service changes. */
  readonly onChange: (name: string) => void
  readonly note: (line: string) => void
}

/** They go down and come back by themselves. */
export function createServices({ names, timeline, random, onChange, note }: Options): Services {
  const services = new Map(
    names.map((name): [string, Service] => [name, { name, outage: null, sinceMs: 0, hangs: false }]),
  )
  let outages = 0
  let runs = 0
  let isHealed = false

  const nextMs = ({ outage }: Service) =>
    outage === null
      ? random.int(20, 200) * SECOND
      : random.weighed([
          [2, random.int(1, 10) * SECOND],
          [5, random.int(10, 60) * SECOND],
          [5, random.int(60, 240) * SECOND],
        ])

  const set = (service: Service, isUp: boolean) => {
    onChange(service.name)
    service.outage = isUp ? null : ++outages
    service.sinceMs = timeline.nowMs
    service.hangs = random.chance(0.2)
    note(`world: ${service.name} ${isUp ? 'works' : `has outage ${service.outage}`}`)
  }
  const flipLater = (service: Service) => {
    timeline.after(nextMs(service), null, () => {
      if (isHealed) return
      set(service, service.outage !== null)
      flipLater(service)
    })
  }
  for (const service of services.values()) flipLater(service)

  const serviceOf = (name: string): Service => {
    const service = services.get(name)
    if (service === undefined) throw new Error(`no service ${name}`)
    return service
  }
  return {
    outageOf: (name) => serviceOf(name).outage,
    sinceMs: (name) => serviceOf(name).sinceMs,
    check({ command, timeoutMs }) {
      const { outage, hangs } = serviceOf(command[1] ?? '')
      const marker = `run#${++runs}`
      const takesMs = random.chance(0.8) ? random.int(2, 80) : random.int(80, 3000)
      if (outage === null) return { takesMs, ending: { kind: 'exited', exitCode: 0 }, output: `${marker} fine\n` }
      const output = `${marker} outage#${outage}\n`
      if (hangs) return { takesMs: timeoutMs, ending: { kind: 'timed_out', timeoutMs }, output }
      return { takesMs, ending: { kind: 'exited', exitCode: 2 }, output }
    },
    heal() {
      isHealed = true
      for (const service of services.values()) if (service.outage !== null) set(service, true)
    },
  }
}
