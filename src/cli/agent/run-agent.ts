import { hostname } from 'node:os'
import { type Agent, CARD_GOOD_FOR_MS, startAgent } from '../../cluster/agent.ts'
import { openEngine } from '../../cluster/nats/open-engine.ts'
import { runSlotsFile } from '../../control/run-file.ts'
import type { EngineAccess } from '../../core/model/cluster-config.ts'
import { secretOf } from '../../core/model/engine-address.ts'
import type { LogSettings } from '../../core/model/log-settings.ts'
import type { Log } from '../../core/model/ports.ts'
import { createMask } from '../../core/text/mask.ts'
import { plural } from '../../core/text/plural.ts'
import { systemClock } from '../../engine/system-clock.ts'
import { endLeftovers } from '../../exec/end-leftovers.ts'
import { openRunSlots, type RunSlots } from '../../exec/run-slots.ts'
import { createRunner } from '../../exec/runner.ts'
import { VERSION } from '../../version.ts'
import { openLog } from '../terminal/open-log.ts'
import { EXIT, INTERRUPTED, UsageError } from '../terminal/outcome.ts'
import { receiveSignals, type Signal } from '../terminal/signals.ts'

export interface AgentSettings {
  readonly access: EngineAccess
  readonly node: string
  readonly tags: readonly string[]
  /** Patterns of programs; null allows all. */
  readonly allow: readonly string[] | null
  readonly slots: number
  readonly log: LogSettings
}

/** When everything is closed, the process ends, or is ended after this. */
const END_LIMIT_MS = 500

const MAKE_FIT = 'install mkfifo (coreutils, busybox), and let TMPDIR name a directory that Minitor may write to'

/** Runs an agent until a signal ends it; resolves to the exit code. Throws UsageError if it cannot start. */
export async function runAgent(settings: AgentSettings): Promise<number> {
  const { access, node, tags, allow, slots } = settings
  const onSignal = receiveSignals()
  const secret = secretOf(access.login)
  const log = openLog(settings.log, createMask(secret === null ? [] : [secret]))
  const runSlots = openRunSlots(slotsFile(settings, log))
  const runner = createRunner({ environment: process.env, slots: runSlots })
  const refuse = async (reason: string, hint: string): Promise<never> => {
    await runner.close()
    runSlots.close()
    await log.close()
    throw new UsageError(reason, hint)
  }
  const unfit = runner.prepare()
  if (unfit !== null) return refuse(`no command can be run here: ${unfit}`, MAKE_FIT)
  const where = [node, ...tags.map((tag) => `the tag ${tag}`)].join(', ')
  log.write('info', `Minitor ${VERSION} runs checks for cluster ${access.name} as ${where}: ${plural(slots, 'slot')}`)
  const opened = await openEngine(access, { node, kind: 'agent', takeoverMs: CARD_GOOD_FOR_MS }, log)
  if (opened.kind === 'refused') return refuse(opened.reason, opened.hint)
  if (runSlots.left.length > 0) void clearUp(runSlots, log)
  let runCount = 0
  const runPrefix = `${Date.now().toString(36)}-${process.pid.toString(36)}`
  const agent = startAgent({
    engine: opened.engine,
    runner,
    clock: systemClock,
    log,
    nextRunId: () => `${runPrefix}-${(++runCount).toString(36)}`,
    about: { name: node, version: VERSION, hostname: hostname(), tags, slots },
    allow,
  })
  const exitCode = await untilStopped(agent, log, onSignal)
  runSlots.close()
  log.write('info', 'Minitor has stopped')
  await log.close()
  // Only a connection that hangs still keeps the runtime from ending.
  setTimeout(() => process.exit(exitCode), END_LIMIT_MS).unref()
  return exitCode
}

/** What would be left running after a kill is ended by the next start. */
function slotsFile({ access, node }: AgentSettings, log: Log): string | null {
  try {
    return runSlotsFile(`agent ${node} of ${access.name} at ${access.servers.join(',')}`)
  } catch (error) {
    log.write('debug', `the next start will not end what a kill leaves running: ${(error as Error).message}`)
    return null
  }
}

async function clearUp(slots: RunSlots, log: Log): Promise<void> {
  const count = await endLeftovers(new Set(slots.left))
  slots.forget()
  if (count > 0)
    log.write('warn', `${plural(count, 'process', 'processes')} of the last agent still ran and were ended`)
}

/** Resolves to the exit code when the agent has stopped. */
function untilStopped(agent: Agent, log: Log, onSignal: ReturnType<typeof receiveSignals>): Promise<number> {
  let exitCode: number | null = null
  const stop = async (signal: Signal) => {
    log.write('info', `${signal}: stopping`)
    exitCode = EXIT.fine
    await agent.stop()
    return exitCode
  }
  return new Promise((resolve) => {
    onSignal((signal) => {
      if (exitCode === null) {
        if (signal === 'SIGHUP') log.write('info', 'SIGHUP: an agent has no configuration to reload')
        else void stop(signal).then(resolve)
      } else if (signal === 'SIGINT') {
        exitCode = INTERRUPTED
        agent.hurry()
      }
    })
  })
}
