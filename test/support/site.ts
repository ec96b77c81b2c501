import type { SQLQueryBindings } from 'bun:sqlite'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { rowsOf } from './database.ts'
import { eventually } from './eventually.ts'
import { EXECUTABLE } from './executable.ts'
import { type LineMatch, type LogLine, logBook } from './log-book.ts'
import { EVENT_LIMIT_MS } from './pace.ts'

/** Where the system gives an ordinary user no directory for such things, a daemon writes its run file here. */
const RUN_DIRECTORY = `minitor-${process.getuid?.()}`

export interface LifeOptions {
  /** After the program's name; the default command, with `config.yml` of the working directory, needs none. */
  readonly args?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** What starts the executable in its own place by `exec`, such as `prlimit --nofile=60`. */
  readonly wrapper?: readonly string[]
}

/** One daemon, from its start to its end. */
export interface Life {
  readonly pid: number
  /** What it has logged so far. */
  readonly lines: readonly LogLine[]
  /** The same, byte for byte. */
  rawLog(): string
  stderr(): string
  /** The first matching line after the last one that this function returned. Rejects when none comes in time. */
  next(match: LineMatch): Promise<LogLine>
  /** The first matching line of all. Rejects when none comes in time. */
  line(match: LineMatch): Promise<LogLine>
  /** Resolves when it has read its database and its configuration. */
  watches(): Promise<LogLine>
  signal(signal: NodeJS.Signals): void
  /** Ends it by SIGKILL and resolves when it is gone, with its lock. */
  kill(): Promise<void>
  /** Its exit code, or 128 and the signal's number, as a shell reports it. Rejects when it does not end in time. */
  exitCode(): Promise<number>
  isOver(): boolean
  readonly ended: Promise<number>
}

/** A directory where one daemon after another lives. Disposing of it ends all that was started there, and removes it. */
export interface Site extends AsyncDisposable {
  /** The daemons' working directory. The environment variable TMPDIR names `tmp` in it. */
  readonly directory: string
  /** Starts a daemon; without arguments on `config.yml` and `minitor.db`. */
  start(options?: LifeOptions): Life
  path(file: string): string
  write(file: string, content: string | Uint8Array): void
  /** The same at a stroke: a reader sees the old or the new content. */
  replace(file: string, content: string): void
  remove(file: string): void
  /** Content of a file; empty when it is not there (yet). */
  read(file: string): string
  /** Lines of a file, without an unfinished last one. */
  linesOf(file: string): string[]
  /** Rows of the database, read beside the daemon that may be writing it. */
  rows<Row>(sql: string, ...values: SQLQueryBindings[]): Row[]
  /** Names in the directory for temporary files, without that of the run file. */
  temporaryFiles(): string[]
  /** Ids of the processes that come from the daemons here, these left out. */
  descendants(): number[]
  /** From now on the directory stays when the site is disposed of. */
  keep(): void
}

/** `files`: content by path. */
export function openSite(files: Readonly<Record<string, string | Uint8Array>> = {}): Site {
  const directory = mkdtempSync(join(tmpdir(), 'minitor-site-'))
  const lives: Life[] = []
  let isKept = false
  const path = (file: string) => join(directory, file)
  const write = (file: string, content: string | Uint8Array) => {
    mkdirSync(dirname(path(file)), { recursive: true })
    writeFileSync(path(file), content)
  }
  mkdirSync(path('tmp'))
  for (const [file, content] of Object.entries(files)) write(file, content)
  const descendants = () => {
    const daemons = new Set(lives.map(({ pid }) => pid))
    return processesWith(`MINITOR_TEST_DIRECTORY=${directory}`).filter((pid) => !daemons.has(pid))
  }

  return {
    directory,
    path,
    write,
    start(options = {}) {
      const life = startLife(directory, options)
      lives.push(life)
      return life
    },
    replace(file, content) {
      write(`${file}.new`, content)
      renameSync(path(`${file}.new`), path(file))
    },
    remove: (file) => rmSync(path(file), { force: true, recursive: true }),
    read: (file) => readIfThere(path(file)),
    linesOf: (file) => readIfThere(path(file)).split('\n').slice(0, -1),
    rows: (sql, ...values) => rowsOf(path('minitor.db'), sql, ...values),
    temporaryFiles: () => readdirSync(path('tmp')).filter((name) => name !== RUN_DIRECTORY),
    descendants,
    keep() {
      isKept = true
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(lives.map((life) => life.kill()))
      // A daemon behind a wrapper may have started more while the others were ended.
      await eventually('no process is left', () => {
        const left = descendants()
        for (const pid of left) endProcess(pid)
        return left.length === 0
      })
      if (!isKept) rmSync(directory, { recursive: true })
    },
  }
}

function startLife(directory: string, { args = [], env = {}, wrapper = [] }: LifeOptions): Life {
  const child = Bun.spawn([...wrapper, EXECUTABLE, ...args], {
    cwd: directory,
    env: environmentIn(directory, env),
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  })
  const book = logBook(child.stdout)
  let errors = ''
  void (async () => {
    for await (const text of child.stderr.pipeThrough(new TextDecoderStream())) errors += text
  })()
  const explain = () => `\nlog:\n${book.raw()}\nstderr:\n${errors}`
  const line = (match: LineMatch) => book.line(match, explain)
  const isOver = () => child.exitCode !== null || child.signalCode !== null
  return {
    pid: child.pid,
    lines: book.lines,
    rawLog: book.raw,
    stderr: () => errors,
    next: (match) => book.next(match, explain),
    line,
    watches: () => line(isWatching),
    signal: (signal) => child.kill(signal),
    async kill() {
      child.kill('SIGKILL')
      await child.exited
    },
    async exitCode() {
      await eventually('the daemon has ended', isOver, { explain })
      // What was still in the pipes belongs to the log.
      await book.ended
      return await child.exited
    },
    isOver,
    ended: child.exited,
  }
}

/** Runs the executable to its end where daemons live. */
export async function runIn(directory: string, { args = [], env = {}, wrapper = [] }: LifeOptions) {
  const command = Bun.spawn([...wrapper, EXECUTABLE, ...args], {
    cwd: directory,
    env: environmentIn(directory, env),
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
    timeout: EVENT_LIMIT_MS,
  })
  const [stdout, stderr] = await Promise.all([command.stdout.text(), command.stderr.text()])
  return { exitCode: await command.exited, stdout, stderr }
}

function environmentIn(directory: string, env: Readonly<Record<string, string>>): Record<string, string> {
  return {
    PATH: process.env.PATH ?? '',
    HOME: directory,
    TMPDIR: join(directory, 'tmp'),
    // Inherited by everything a daemon starts: a left-over process is found whatever became of its parents.
    MINITOR_TEST_DIRECTORY: directory,
    ...env,
  }
}

function isWatching({ msg }: LogLine): boolean {
  return / watches \d+ monitors?,/.test(msg)
}

/** What SQLite itself thinks of a file: `ok`, or what is wrong. */
export function integrityOf(file: string): string {
  const found = rowsOf<{ integrity_check: string }>(file, 'PRAGMA integrity_check')
  return found.map((row) => row.integrity_check).join('\n')
}

/** The machine's uptime in milliseconds, to ten; no change of the clock touches it. */
export function uptimeMs(): number {
  return Math.round(Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]) * 1000)
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
