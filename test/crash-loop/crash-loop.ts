import { SLOWNESS } from '../support/pace.ts'
import { createRandom } from '../support/random.ts'
import { type Life, openSite, type Site, uptimeMs } from '../support/site.ts'
import { type Evidence, gatherEvidence, type Instant, type Lived } from './evidence.ts'
import { alertsUnderWay, planRound, type Round, untilCalm, untilMoment } from './moments.ts'
import { CONFIG, flipServices, SERVICES } from './services.ts'
import { violationsOf } from './verify.ts'

export interface CrashLoopOptions {
  readonly rounds: number
  /** Fixes the plan: when services flip and when daemons are killed. The timing of the processes stays free. */
  readonly seed: number
  readonly onRound?: (done: number) => void
  /** Keeps the directory when something is wrong. */
  readonly keepsEvidence?: boolean
}

export interface CrashLoopResult {
  /** Empty when Minitor kept its word. */
  readonly violations: readonly string[]
  readonly summary: Summary
  readonly directory: string
}

export interface Summary {
  readonly rounds: number
  /** Outages of the services, and those that were reported. */
  readonly outages: number
  readonly incidents: number
  /** Lines that alerts wrote, and how many of them repeat an earlier line. */
  readonly told: number
  readonly repeats: number
  /** Kills before the daemon watched, right after a write into the database's log, and while alerts ran. */
  readonly killedInStart: number
  readonly killedAtCommit: number
  readonly killedInDelivery: number
}

type Hits = Pick<Summary, 'killedInStart' | 'killedAtCommit' | 'killedInDelivery'>

/** Kills one daemon after another while services flip, lets the last one finish, and judges the notifications. */
export async function runCrashLoop(options: CrashLoopOptions): Promise<CrashLoopResult> {
  const { rounds, seed, onRound = () => {}, keepsEvidence = false } = options
  const random = createRandom(seed)
  await using site = openSite({ 'config.yml': CONFIG, trouble: '' })
  const flipping = flipServices(site, createRandom(random.between(0, 2 ** 32)))
  const lives: Lived[] = []
  const mishaps: string[] = []
  const hits = { killedInStart: 0, killedAtCommit: 0, killedInDelivery: 0 }
  try {
    for (let done = 0; done < rounds; done++) {
      const round = planRound(random)
      const { life, lived } = await killOnce(site, round, hits)
      lives.push(lived)
      mishaps.push(...mishapsOf(life))
      onRound(done + 1)
      await Bun.sleep(round.deadMs)
    }
  } catch (error) {
    mishaps.push(String(error))
  }
  const outages = flipping.stop()
  site.remove('trouble')
  try {
    const { life, lived } = await finish(site)
    lives.push(lived)
    mishaps.push(...mishapsOf(life))
  } catch (error) {
    mishaps.push(String(error))
  }
  const evidence = gatherEvidence(site, lives, outages)
  const violations = [...mishaps, ...violationsOf(evidence, SERVICES, SLOWNESS)]
  if (keepsEvidence && violations.length > 0) site.keep()
  return {
    violations,
    summary: { rounds: lives.length - 1, ...countsOf(evidence), ...hits },
    directory: site.directory,
  }
}

/** One round: a daemon is started, and killed at the planned moment. */
async function killOnce(site: Site, round: Round, hits: Hits & { -readonly [Name in keyof Hits]: number }) {
  site.remove('alerting')
  const started = now()
  const life = site.start()
  let watching: Instant | null = null
  await untilMoment(site, life, round, () => {
    watching = now()
  })
  if (life.isOver()) throw new Error(`the daemon has ended by itself:\n${life.rawLog()}\n${life.stderr()}`)
  if (alertsUnderWay(site) > 0) hits.killedInDelivery++
  await life.kill()
  if (watching === null) hits.killedInStart++
  if (round.moment.kind === 'commit') hits.killedAtCommit++
  return { life, lived: { pid: life.pid, started, watching, ended: now() } }
}

/** The last daemon is not killed: it delivers what is owed, and ends as it should. */
async function finish(site: Site) {
  const started = now()
  const life = site.start()
  await life.watches()
  const watching = now()
  await untilCalm(site, life)
  life.signal('SIGTERM')
  const exitCode = await life.exitCode()
  if (exitCode !== 0) throw new Error(`the last daemon ended with ${exitCode}`)
  return { life, lived: { pid: life.pid, started, watching, ended: now() } }
}

/** A daemon that finds everything in order logs no error and prints nothing else. */
function mishapsOf(life: Life): string[] {
  const errors = life.lines.filter(({ level }) => level === 'error').map(({ msg }) => `logged: ${msg}`)
  return life.stderr() === '' ? errors : [...errors, `printed: ${life.stderr()}`]
}

function countsOf({ outages, incidents, told }: Evidence) {
  const different = new Set(told.map(({ alert, id }) => `${id} ${alert}`))
  return {
    outages: outages.length,
    incidents: incidents.length,
    told: told.length,
    repeats: told.length - different.size,
  }
}

function now(): Instant {
  return { upMs: uptimeMs(), wallMs: Date.now() }
}
