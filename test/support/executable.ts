import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { EVENT_LIMIT_MS } from './pace.ts'

/** The built executable, as a user gets it. */
export const EXECUTABLE = process.env.MINITOR_EXECUTABLE ?? join(import.meta.dir, '../..', 'dist', 'minitor')

type Environment = Readonly<Record<string, string>>

/** A program run to its end. */
export interface Execution {
  /** As a shell says it: 128 and the signal's number for one that was killed. */
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

/** A temporary directory with files, to run commands in. Disposing of it removes it. */
export interface Workspace extends Disposable {
  readonly directory: string
  /** `minitor` with these arguments, through pipes. */
  minitor(...args: string[]): Promise<Execution>
  /** The same with more environment variables. */
  minitorWith(env: Environment, ...args: string[]): Promise<Execution>
  /** The same on a terminal, 80 columns wide: both streams are in `stdout`, lines end in CR LF. */
  onTerminal(env: Environment, ...args: string[]): Promise<Execution>
  /** A shell script in which `"$MINITOR"` is the executable. */
  shell(script: string): Promise<Execution>
  /** Starts without waiting; the caller ends it. */
  start(...args: string[]): Bun.Subprocess<'ignore', 'pipe', 'pipe'>
  write(file: string, content: string | Uint8Array): void
  read(file: string): string
  /** Names of the files, sorted. */
  files(): string[]
}

/** `files` are contents by path; those in `bin/` are executable, and found before all others of PATH. */
export function createWorkspace(files: Readonly<Record<string, string>> = {}): Workspace {
  const directory = mkdtempSync(join(tmpdir(), 'minitor-cli-'))
  const write = (file: string, content: string | Uint8Array) => {
    const path = join(directory, file)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, content, { mode: file.startsWith('bin/') ? 0o755 : 0o644 })
  }
  for (const [file, content] of Object.entries(files)) write(file, content)

  // Nothing of the environment the tests run in may change what they see: no NO_COLOR, CI or MINITOR_… of the developer.
  const environment = {
    PATH: `${join(directory, 'bin')}:${process.env.PATH ?? ''}`,
    HOME: directory,
    LANG: 'C.UTF-8',
    MINITOR: EXECUTABLE,
  }
  const start = (command: readonly string[], env: Environment = {}) =>
    Bun.spawn([...command], {
      cwd: directory,
      env: { ...environment, ...env },
      stdin: 'ignore',
      stdout: 'pipe',
      stderr: 'pipe',
      // A command that hangs must fail its own test, not the whole run.
      timeout: EVENT_LIMIT_MS,
      killSignal: 'SIGKILL',
    })
  const execute = async (command: readonly string[], env: Environment = {}): Promise<Execution> => {
    const child = start(command, env)
    const [stdout, stderr, exitCode] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited])
    return { exitCode, stdout, stderr }
  }

  return {
    directory,
    minitor: (...args) => execute([EXECUTABLE, ...args]),
    minitorWith: (env, ...args) => execute([EXECUTABLE, ...args], env),
    onTerminal: (env, ...args) => {
      const command = [EXECUTABLE, ...args].map(quoted).join(' ')
      const script = `stty cols 80 rows 24; exec ${command}`
      return execute(['script', '-qec', script, '/dev/null'], { TERM: 'xterm-256color', ...env })
    },
    shell: (script) => execute(['sh', '-c', script]),
    start: (...args) => start([EXECUTABLE, ...args]),
    write,
    read: (file) => readFileSync(join(directory, file), 'utf8'),
    files: () => readdirSync(directory).sort(),
    [Symbol.dispose]: () => rmSync(directory, { recursive: true }),
  }
}

/** One word for a shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}
