import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eventually } from './eventually.ts'
import { EXECUTABLE } from './executable.ts'
import { type LineMatch, type LogLine, logBook } from './log-book.ts'
import { EVENT_LIMIT_MS, limitMs } from './pace.ts'

/** Where the system gives an ordinary user no directory for such things, a daemon keeps its run file here. */
export const RUN_DIRECTORY = `minitor-${process.getuid?.()}`

export interface DaemonOptions {
  /** Content of `config.yml`. */
  readonly config?: string
  /** More files, by their path in the daemon's directory. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>
  /** After the program's name; the default command, with `config.yml` of the working directory, needs none. */
  readonly args?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** What starts the executable in its own place by `exec`, such as `prlimit --nofile=60`. */
  readonly wrapper?: readonly string[]
}

/** A daemon under test. Disposing of it ends it and everything it has started, and removes its directory. */
export interface DaemonProcess extends AsyncDisposable {
  readonly pid: number
  /** Its working directory. The environment variable TMPDIR names `tmp` in it. */
  readonly directory: string
  /** What it has logged so far. */
  readonly lines: readonly LogLine[]
  /** The same, byte for byte. */
  rawLog(): string
  /** The first matching line after the last one that this function returned. Rejects when none comes in time. */
  next(match: LineMatch): Promise<LogLine>
  /** The first matching line of all. Rejects when none comes in time. */
  line(match: LineMatch): Promise<LogLine>
  stderr(): string
  signal(signal: NodeJS.Signals): void
  /** Its exit code, or 128 and the signal's number, as a shell says it. Rejects when it does not end in time. */
  exitCode(): Promise<number>
  write(file: string, content: string | Uint8Array): void
  /** Content of a file; empty when it is not there (yet). */
  read(file: string): string
  /** Names of the files in its directory for temporary files; where it says that it runs, for want of a better place, left out. */
  temporaryFiles(): string[]
  /** Ids of the processes that come from this daemon, itself left out. */
  descendants(): number[]
  /** The same executable run to its end in the same place: exit code and what it printed. */
  minitor(...args: string[]): Promise<{ exitCode: number; stdout: string; stderr: string }>
}

export function startDaemon(options: DaemonOptions): DaemonProcess {
  const directory = mkdtempSync(join(tmpdir(), 'minitor-daemon-'))
  const write = (file: string, content: string | Uint8Array) => {
    mkdirSync(join(directory, file, '..'), { recursive: true })
    writeFileSync(join(directory, file), content)
  }
  mkdirSync(join(directory, 'tmp'))
  if (options.config !== undefined) write('config.yml', options.config)
  for (const [file, content] of Object.entries(options.files ?? {})) write(file, content)

  const env = {
    PATH: process.env.PATH ?? '',
    HOME: directory,
    TMPDIR: join(directory, 'tmp'),
    // Is inherited by all that the daemon starts: so a left-over is found whatever became of its parents.
    MINITOR_TEST_DIRECTORY: directory,
    ...options.env,
  }
  const child = Bun.spawn([...(options.wrapper ?? []), EXECUTABLE, ...(options.args ?? [])], {
    cwd: directory,
    env,
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  })
  const book = logBook(child.stdout)
  let errors = ''
  void (async () => {
    for await (const text of child.stderr.pipeThrough(new TextDecoderStream())) errors += text
  })()
  const explain = () => `\nlog:\n${book.lines.map((line) => JSON.stringify(line)).join('\n')}\nstderr:\n${errors}`
  const descendants = () => processesWith(`MINITOR_TEST_DIRECTORY=${directory}`).filter((pid) => pid !== child.pid)

  return {
    pid: child.pid,
    directory,
    lines: book.lines,
    rawLog: book.raw,
    next: (match) => book.next(match, explain),
    line: (match) => book.line(match, explain),
    stderr: () => errors,
    signal: (signal) => child.kill(signal),
    exitCode: async () => {
      await eventually('the daemon has ended', () => child.exitCode !== null || child.signalCode !== null, {
        explain,
      })
      // What was still in the pipes belongs to the log.
      await book.ended
      return await child.exited
    },
    write,
    read: (file) => readIfThere(join(directory, file)),
    temporaryFiles: () => readdirSync(join(directory, 'tmp')).filter((name) => name !== RUN_DIRECTORY),
    descendants,
    async minitor(...args) {
      const command = Bun.spawn([EXECUTABLE, ...args], {
        cwd: directory,
        env,
        stdin: 'ignore',
        stdout: 'pipe',
        stderr: 'pipe',
        timeout: EVENT_LIMIT_MS,
      })
      const [stdout, stderr] = await Promise.all([command.stdout.text(), command.stderr.text()])
      return { exitCode: await command.exited, stdout, stderr }
    },
    async [Symbol.asyncDispose]() {
      // Twice, as the second one ends it at once and it still cleans up; after that it had its chance.
      for (const signal of ['SIGCONT', 'SIGINT', 'SIGINT'] as const) child.kill(signal)
      const forced = setTimeout(() => child.kill('SIGKILL'), limitMs(2_000))
      await child.exited
      clearTimeout(forced)
      for (const pid of descendants()) endProcess(pid)
      await eventually('no process is left', () => descendants().length === 0)
      rmSync(directory, { recursive: true })
    },
  }
}

/** Ids of all processes with this entry in their environment; zombies have none. */
export function processesWith(entry: string): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0 && readIfThere(`/proc/${pid}/environ`).split('\0').includes(entry))
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

function endProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended in the meantime.
  }
}
