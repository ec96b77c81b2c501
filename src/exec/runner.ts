import { closeSync, constants, openSync } from 'node:fs'
import type { CommandRun, Runner } from '../core/model/ports.ts'
import type { Ending, Run } from '../core/model/types.ts'
import { cleanEnvironment } from './clean-text.ts'
import { errnoCode } from './errno-code.ts'
import { type Fifo, FifoPool } from './fifo-pool.ts'
import { LiveRun, SHUTTING_DOWN } from './live-run.ts'
import { endingOfRefusal, type Refusal } from './not-started.ts'
import { openInput } from './private-directory.ts'
import { spawnCommand } from './spawn-command.ts'
import { Stragglers } from './stragglers.ts'
import { Sweep } from './sweep.ts'

export interface RunnerOptions {
  /** What every command inherits; usually `process.env`. */
  readonly environment: Readonly<Record<string, string | undefined>>
}

// Between SIGTERM and SIGKILL while closing.
const CLOSE_GRACE_MS = 2000

// A script that is being rewritten is normally whole again by then.
const BUSY_RETRY_MS = 100

/**
 * Runs commands on this machine. Each leads its own session and group; both of its outputs are one FIFO.
 * Keeps some descriptors open from the first run until `close`.
 */
export function createRunner({ environment }: RunnerOptions): Runner {
  const inherited = cleanEnvironment(environment)
  const pool = new FifoPool()
  const stragglers = new Stragglers()
  const live = new Sweep<LiveRun>((run, nowMs) => run.visit(nowMs))
  const context = { stragglers, onDone }
  let closing: Promise<void> | null = null
  let onIdle = (): void => {}

  function onDone(run: LiveRun, isHeld: boolean): void {
    pool.giveBack(run.fifo, isHeld)
    live.delete(run)
    if (live.size === 0) onIdle()
  }

  function start(request: CommandRun, resolve: (run: Run) => void): Refusal | null {
    let fifo: Fifo | null = null
    let writeFd: number | null = null
    let inputFd: number | null = null
    try {
      fifo = pool.take()
      const outputFd = openSync(fifo.writerPath, constants.O_WRONLY)
      writeFd = outputFd
      if (request.input !== null) inputFd = openInput(request.input)
      const spawn = (onEnd: (ending: Ending) => void) => spawnCommand(request, inherited, { inputFd, outputFd }, onEnd)
      const run = new LiveRun(context, { request, fifo, spawn, resolve })
      // A process can be gone so soon that Bun reports its exit before it has returned.
      if (!run.isDone) live.add(run)
      return null
    } catch (error) {
      if (fifo !== null) pool.giveBack(fifo, false)
      return { error, hasPipe: writeFd !== null }
    } finally {
      if (writeFd !== null) closeSync(writeFd)
      if (inputFd !== null) closeSync(inputFd)
    }
  }

  function attempt(request: CommandRun, resolve: (run: Run) => void, isRetry: boolean): void {
    if (closing !== null) {
      resolve(unstarted(SHUTTING_DOWN))
      return
    }
    const refusal = start(request, resolve)
    if (refusal === null) return
    if (errnoCode(refusal.error) === 'ETXTBSY' && !isRetry) {
      setTimeout(attempt, BUSY_RETRY_MS, request, resolve, true)
      return
    }
    const ending = endingOfRefusal(refusal, request, inherited.PATH ?? '')
    if (ending.kind === 'void') pool.relieve()
    resolve(unstarted(ending))
  }

  function endAll(graceMs: number): void {
    for (const run of live.items) {
      run.shutDown(graceMs)
      live.wake(run)
    }
  }

  async function untilIdle(graceMs: number): Promise<void> {
    const idle = new Promise<void>((resolve) => {
      onIdle = resolve
    })
    if (live.size > 0) await idle
    await stragglers.close(graceMs)
    pool.relieve()
  }

  return {
    run: (request) => new Promise((resolve) => attempt(request, resolve, false)),
    close(graceMs = CLOSE_GRACE_MS) {
      endAll(graceMs)
      closing ??= untilIdle(graceMs)
      return closing
    },
  }
}

function unstarted(ending: Ending): Run {
  return { ending, output: '', durationMs: 0, escapeeCount: 0, isUnkillable: false }
}
