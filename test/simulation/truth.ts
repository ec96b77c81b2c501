import type { CommandRun } from '../../src/core/model/ports.ts'
import type { Ending } from '../../src/core/model/types.ts'
import type { Random } from '../support/random.ts'
import { SECOND } from '../support/time.ts'

/** How one run of a command goes. */
export interface Play {
  readonly takesMs: number
  readonly ending: Ending
  readonly output: string
}

type Failing = 'exits' | 'is killed' | 'hangs' | 'is missing' | 'warns'
type Mood = 'works' | 'fails' | 'hangs' | 'is slow' | 'is missing' | 'cannot be started' | 'is fickle'

interface Service {
  isUp: boolean
  failing: Failing
  isSlow: boolean
}

/** The real state of a world, whatever Minitor makes of it. */
export interface Truth {
  /** While it is down, the guard fails and so does everything else. */
  isNetworkUp: boolean
  /** The machine has no processes or descriptors left for checks. */
  isShort: boolean
  flip(service: string): string
  setMood(alert: string): string
  play(run: CommandRun): Play
  /** All faults stop. */
  heal(): void
}

const GRACE_MS = 5 * SECOND

export function createTruth(random: Random): Truth {
  const services = new Map<string, Service>()
  const moods = new Map<string, Mood>()

  let isHealed = false

  const serviceOf = (name: string): Service => {
    const service = services.get(name) ?? { isUp: true, failing: 'exits', isSlow: false }
    services.set(name, service)
    return service
  }

  const exit = (exitCode: number, takesMs: number, output: string): Play => ({
    takesMs,
    ending: { kind: 'exited', exitCode },
    output,
  })
  const missing = (): Play => ({ takesMs: 1, ending: { kind: 'not_started', reason: 'command not found' }, output: '' })
  const exhausted = (): Play => ({
    takesMs: 1,
    ending: { kind: 'void', reason: 'too many open files', isExhausted: true },
    output: '',
  })
  const hang = ({ timeoutMs }: CommandRun): Play => ({
    takesMs: timeoutMs + (random.chance(0.2) ? GRACE_MS : 1),
    ending: { kind: 'timed_out', timeoutMs },
    output: 'waiting\n',
  })
  const quickly = () => (random.chance(0.8) ? random.int(2, 80) : random.int(80, 900))

  /** Network checks wait for an answer before they give up. */
  const afterWaiting = ({ timeoutMs }: CommandRun) =>
    random.chance(0.5) ? quickly() : random.int(500, Math.max(1000, Math.min(timeoutMs - 1, 8 * SECOND)))

  const fail = (failing: Failing, run: CommandRun): Play => {
    switch (failing) {
      case 'exits':
        return exit(random.int(2, 3), afterWaiting(run), 'refused | time=0.1s\n')
      case 'warns':
        return exit(1, quickly(), 'slow\n')
      case 'is killed':
        return { takesMs: quickly(), ending: { kind: 'signaled', signal: 'SIGSEGV' }, output: 'oh\u0007\n' }
      case 'hangs':
        return hang(run)
      case 'is missing':
        return missing()
    }
  }

  const playCheck = (run: CommandRun): Play => {
    const { isUp, failing, isSlow } = serviceOf(run.command[1] ?? '')
    if (truth.isShort && random.chance(0.7)) return exhausted()
    if (random.chance(0.003)) {
      return { takesMs: 1, ending: { kind: 'void', reason: 'text file busy', isExhausted: false }, output: '' }
    }
    if (!truth.isNetworkUp || !isUp) return fail(truth.isNetworkUp ? failing : 'exits', run)
    const takesMs = isSlow ? random.int(100, 40 * SECOND) : quickly()
    return takesMs >= run.timeoutMs ? hang(run) : exit(0, takesMs, 'fine\n')
  }

  const playAlert = (run: CommandRun, mood: Mood): Play => {
    switch (mood) {
      case 'works':
        return exit(0, random.int(20, 2 * SECOND), 'sent\n')
      case 'fails':
        return exit(1, random.int(20, 2 * SECOND), 'no such user\n')
      case 'is slow':
        return exit(0, Math.min(run.timeoutMs - 1, random.int(4, 25) * SECOND), 'sent\n')
      case 'hangs':
        return hang(run)
      case 'is missing':
        return missing()
      case 'cannot be started':
        return exhausted()
      case 'is fickle':
        return playAlert(run, random.chance(0.5) ? 'works' : 'fails')
    }
  }

  const truth: Truth = {
    isNetworkUp: true,
    isShort: false,
    flip(name) {
      if (isHealed) return 'nothing'
      const service = serviceOf(name)
      service.isUp = !service.isUp
      service.failing = random.pick(['exits', 'exits', 'is killed', 'hangs', 'is missing', 'warns'])
      service.isSlow = random.chance(0.15)
      return `${name} ${service.isUp ? `works${service.isSlow ? ', slowly' : ''}` : service.failing}`
    },
    setMood(alert) {
      const mood = random.pick<Mood>([
        'works',
        'works',
        'fails',
        'fails',
        'hangs',
        'is slow',
        'is missing',
        'cannot be started',
        'is fickle',
      ])
      moods.set(alert, mood)
      return `${alert} ${mood}`
    },
    play(run) {
      const [program] = run.command
      if (program === 'check') return playCheck(run)
      if (program === 'guard')
        return exit(truth.isNetworkUp ? 0 : 1, random.chance(0.7) ? random.int(5, 500) : random.int(500, 4000), '')
      return playAlert(run, moods.get(program.replace('alert-', '')) ?? 'works')
    },
    heal() {
      isHealed = true
      services.clear()
      moods.clear()
      truth.isNetworkUp = true
      truth.isShort = false
    },
  }
  return truth
}
