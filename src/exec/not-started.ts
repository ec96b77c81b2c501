import { closeSync, constants, openSync, readSync, type Stats, statSync } from 'node:fs'
import { resolve } from 'node:path'
import type { CommandRun } from '../core/model/ports.ts'
import type { Ending } from '../core/model/types.ts'
import { errnoCode, isExhaustion } from './errno-code.ts'

/** What was tried when the system refused to start it. */
export interface Attempt {
  readonly program: string
  readonly workingDirectory: string | null
  /** Where programs are searched. */
  readonly path: string
}

/** Explains in a sentence why a command could not be started, and what to do. Reads the files in question. */
function explainNotStarted(error: unknown, attempt: Attempt): string {
  const directory = explainDirectory(attempt.workingDirectory)
  if (directory !== null) return directory
  const shown = `"${attempt.program}"`
  switch (errnoCode(error)) {
    case 'ENOENT':
    case 'ENOTDIR':
      return explainMissing(attempt)
    case 'EACCES':
      return explainForbidden(attempt)
    case 'ENOEXEC':
      return `${shown} is no program this system can run; a script needs a first line such as #!/bin/sh`
    case 'E2BIG':
      return `the arguments and the environment of ${shown} are too long together for this system`
    default:
      return `${shown} could not be started: ${error instanceof Error ? error.message : String(error)}`
  }
}

function explainDirectory(directory: string | null): string | null {
  if (directory === null) return null
  const stats = look(directory)
  if (stats === null) return `the working directory "${directory}" does not exist`
  return stats.isDirectory() ? null : `the working directory "${directory}" is not a directory`
}

function explainMissing(attempt: Attempt): string {
  const file = locate(attempt)
  if (file === null || look(file) === null) {
    return attempt.program.includes('/')
      ? `command not found: there is no file "${attempt.program}"`
      : `command not found: "${attempt.program}" is in none of the directories of PATH; install it or write its full path`
  }
  const interpreter = readInterpreter(file)
  return interpreter === null
    ? `"${file}" cannot run here: it was built for another system, as its loader is missing`
    : `"${file}" cannot run: "${interpreter}", named in its first line, does not exist`
}

function explainForbidden(attempt: Attempt): string {
  const file = locate(attempt) ?? attempt.program
  const stats = look(file)
  if (stats?.isDirectory()) return `"${file}" is a directory, not a program`
  if (stats?.isFile() && (stats.mode & 0o111) === 0) {
    return `"${file}" is not executable; make it so with chmod +x, or name the program that reads it`
  }
  return attempt.workingDirectory === null
    ? `no permission to execute "${file}"`
    : `no permission to execute "${file}", or to enter its working directory "${attempt.workingDirectory}"`
}

function locate({ program, path, workingDirectory }: Attempt): string | null {
  if (program.includes('/')) return resolve(workingDirectory ?? '.', program)
  return program === '' ? null : Bun.which(program, { PATH: path, cwd: workingDirectory ?? '.' })
}

function look(path: string): Stats | null {
  try {
    return statSync(path)
  } catch {
    return null
  }
}

// The kernel reads no more of a first line than this.
const FIRST_LINE_BYTES = 256

/** The program that a script's first line names, or null for anything but a script. Does not wait at a FIFO. */
export function readInterpreter(file: string): string | null {
  const start = Buffer.alloc(FIRST_LINE_BYTES)
  let fd: number | null = null
  try {
    fd = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK)
    readSync(fd, start)
  } catch {
    return null
  } finally {
    if (fd !== null) closeSync(fd)
  }
  return /^#!\s*([^\s\0]+)/.exec(start.toString('utf8'))?.[1] ?? null
}

/** Why a command did not start. Without `hasPipe` not even its pipe could be made. */
export interface Refusal {
  readonly error: unknown
  readonly hasPipe: boolean
}

/** Whose fault it was: the user's (`not_started`) or Minitor's own (`void`). `path` is the inherited PATH. */
export function endingOfRefusal({ error, hasPipe }: Refusal, request: CommandRun, path: string): Ending {
  const [program] = request.command
  const isExhausted = isExhaustion(error) || errnoCode(error) === 'ETXTBSY'
  if (isExhausted || !hasPipe) {
    const cause = error instanceof Error ? error.message : String(error)
    return { kind: 'void', reason: `Minitor could not start "${program}": ${cause}`, isExhausted }
  }
  const { workingDirectory, env } = request
  return {
    kind: 'not_started',
    reason: explainNotStarted(error, { program, workingDirectory, path: env.PATH ?? path }),
  }
}
