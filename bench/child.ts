import { openSync } from 'node:fs'

interface Start {
  readonly command: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  /** Takes both outputs. */
  readonly outputFile: string
}

/** A program under measurement. Disposing ends it and waits for that. */
export interface Child extends AsyncDisposable {
  readonly pid: number
  readonly isRunning: boolean
  signal(signal: NodeJS.Signals): void
  /** Ends it; resolves to its exit code, null when it had to be killed. */
  stop(): Promise<number | null>
}

/** A daemon that drains needs some seconds; one that takes longer is killed. */
const STOP_LIMIT_MS = 15_000

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
    get isRunning() {
      return child.exitCode === null && child.signalCode === null
    },
    signal: (signal) => child.kill(signal),
    stop,
    async [Symbol.asyncDispose]() {
      await stop()
    },
  }
}
