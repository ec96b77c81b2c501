import { openSync, readFileSync } from 'node:fs'

interface Start {
  readonly command: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  /** Receives both outputs. */
  readonly outputFile: string
}

/** A program under measurement. Disposing ends it and waits for that. */
export interface Child extends AsyncDisposable {
  readonly pid: number
  /** Resolves once it is so; rejects after `limitMs`, or if the program ends before. `what` completes "gave up waiting for". */
  until(what: string, limitMs: number, isSo: () => boolean | Promise<boolean>): Promise<void>
  signal(signal: NodeJS.Signals): void
  /** Ends it; resolves to its exit code, null when it had to be killed. */
  stop(): Promise<number | null>
}

/** A daemon that drains needs some seconds; one that takes longer is killed. */
const STOP_LIMIT_MS = 15_000
/** For a program that ends by itself. */
const RUN_LIMIT_MS = 60_000
/** Reading a file's size this often costs nothing that could be measured. */
const POLL_MS = 20

const running = new Set<Bun.Subprocess>()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/** Starts a program that runs until it is stopped, or until this process ends. */
export function startChild({ command, environment, outputFile }: Start): Child {
  const output = openSync(outputFile, 'a')
  const child = Bun.spawn([...command], {
    stdin: 'ignore',
    stdout: output,
    stderr: output,
    env: { ...process.env, ...environment },
    onExit: (ended) => void running.delete(ended),
  })
  running.add(child)
  const stop = async () => {
    const killer = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS)
    child.kill('SIGTERM')
    await child.exited
    clearTimeout(killer)
    return child.exitCode
  }
  return {
    pid: child.pid,
    async until(what, limitMs, isSo) {
      const endMs = performance.now() + limitMs
      while (!(await isSo())) {
        if (child.exitCode !== null || child.signalCode !== null) {
          throw new Error(`${command[0]} has ended:\n${readFileSync(outputFile, 'utf8').slice(-2000)}`)
        }
        if (performance.now() > endMs) throw new Error(`gave up waiting for ${what} after ${limitMs / 1000} s`)
        await Bun.sleep(POLL_MS)
      }
    },
    signal: (signal) => child.kill(signal),
    stop,
    async [Symbol.asyncDispose]() {
      await stop()
    },
  }
}

/** How long a program takes from its start to its end. Rejects when it fails. */
export async function wallMsOf(command: readonly string[]): Promise<number> {
  const beganMs = performance.now()
  const child = Bun.spawn([...command], { stdin: 'ignore', stdout: 'ignore', stderr: 'inherit', timeout: RUN_LIMIT_MS })
  if ((await child.exited) !== 0) throw new Error(`failed: ${command.join(' ')}`)
  return performance.now() - beganMs
}
