import {
  type ReloadReport,
  type RunFile,
  removeRunFile,
  runFileOf,
  TOUCH_EVERY_MS,
  touchRunFile,
  writeRunFile,
} from './control/run-file.ts'
import { onEdge } from './core/model/on-edge.ts'
import type { Clock, Log, Runner } from './core/model/ports.ts'
import { createServiceManager } from './engine/service-manager.ts'

/** What other programs of this machine see of the process: its run file, and what systemd is told. */
export interface SignsOfLife {
  /** From now on. */
  show(place: Place): void
  /** The configuration was read again, from the same place or another. */
  reloaded(report: Pick<ReloadReport, 'isOk' | 'report'>, isSamePlace: boolean): void
  /** Begins to go: the run file is gone at once; resolves when systemd knows. */
  stop(): Promise<void>
}

type Place = Pick<RunFile, 'database' | 'health' | 'takesPings' | 'role'>

interface Options {
  readonly configPath: string
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly clock: Clock
  readonly log: Log
  readonly runner: Runner
  readonly nextRunId: () => string
  readonly troubles: () => readonly string[]
  /** Fingerprint of the configuration that applies. */
  readonly configuration: () => string
}

export function createSignsOfLife(options: Options): SignsOfLife {
  const { configPath, clock, log, configuration } = options
  const serviceManager = createServiceManager(options)
  const reportHidden = onEdge(log, {
    begins: (reason: string) => ['warn', `\`minitor reload\` will have no report from this daemon: ${reason}`],
    ends: null,
  })
  let runFile = runFileOf(configPath)
  let reload: ReloadReport = { count: 0, isOk: true, report: '' }
  let shown: Place | null = null
  let cancelTouch = () => {}

  const publish = () => {
    if (shown === null) return
    try {
      writeRunFile(runFile, { reload, configuration: configuration(), ...shown })
      reportHidden(null)
    } catch (error) {
      reportHidden((error as Error).message)
    }
  }
  const keepTouched = () => {
    cancelTouch = clock.setTimer(TOUCH_EVERY_MS, keepTouched)
    if (!touchRunFile(runFile, clock.wallMs())) publish()
  }

  return {
    show(place) {
      const isFirst = shown === null
      shown = place
      if (isFirst) serviceManager.ready()
      publish()
      if (isFirst) keepTouched()
    },
    reloaded(report, isSamePlace) {
      reload = { count: reload.count + 1, ...report }
      if (!isSamePlace) runFile = runFileOf(configPath)
      publish()
    },
    stop() {
      cancelTouch()
      removeRunFile(runFile)
      return serviceManager.stopping()
    },
  }
}
