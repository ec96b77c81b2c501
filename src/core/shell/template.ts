import type { ArgumentTemplate, CommandTemplate } from '../model/types.ts'
import { codeTaker, SHELL } from './code-taker.ts'
import { compileShell } from './compile.ts'
import { findCode, findProgram } from './find-code.ts'
import {
  isPlain,
  type Placeholder,
  type PlaceholderText,
  readPlaceholders,
  type TemplateMistake,
} from './placeholder.ts'
import { codeMistake } from './reach.ts'
import type { Piece, Word } from './syntax.ts'
import type { Taint } from './taint.ts'

/** `argumentIndex` counts the arguments of a list, and is missing for a script. */
export type CompileMistake = TemplateMistake & { readonly argumentIndex?: number }

export type Compiled<Template> =
  | { readonly ok: true; readonly template: Template }
  | { readonly ok: false; readonly mistakes: readonly CompileMistake[] }

/** These give the program an environment of its own, in which the variables are missing. */
const ENVIRONMENT_DROPPERS = new Set(['sudo', 'doas', 'runuser', 'chroot', 'systemd-run'])

/** An argument in which any variable counts, and one in which only foreign text does. */
const ANY_VARIABLE: Taint = {
  isTainted: ({ variables }) => variables.length > 0,
  isNumber: () => false,
  isSet: () => true,
}
const FOREIGN_TEXT: Taint = { ...ANY_VARIABLE, isTainted: ({ variables }) => !variables.every(isPlain) }

/** Compiles a command that the configuration gives as a shell script. */
export function compileScript(script: string): Compiled<CommandTemplate> {
  const compiled = compileShell(script)
  return compiled.ok ? { ok: true, template: [['sh'], ['-c'], [compiled.script]] } : compiled
}

/**
 * Compiles a command that the configuration gives as a list: a variable is replaced inside its argument. The script of a
 * shell in the list (`[bash, -c, …]`) is compiled like one that the configuration gives as a string.
 */
export function compileList(args: readonly string[]): Compiled<CommandTemplate> {
  const texts = args.map(readPlaceholders)
  const written = texts.flatMap(({ mistakes }, argumentIndex) =>
    mistakes.map((mistake) => ({ ...mistake, argumentIndex })),
  )
  if (written.length > 0) return { ok: false, mistakes: written }

  const words = texts.map(asWord)
  const template = texts.map(asTemplate)
  const reached = findListCode(words)
  if (reached === null) return { ok: true, template }
  const argumentIndex = reached.mistake
    ? words.findIndex(({ offset }) => offset === reached.mistake.offset)
    : reached.index
  const source = args[argumentIndex] ?? ''
  if (reached.mistake)
    return { ok: false, mistakes: [{ ...reached.mistake, offset: 0, length: source.length, argumentIndex }] }
  const compiled = compileShell(source)
  if (!compiled.ok) return { ok: false, mistakes: compiled.mistakes.map((mistake) => ({ ...mistake, argumentIndex })) }
  return { ok: true, template: template.with(argumentIndex, [compiled.script]) }
}

type ListCode = { readonly index: number; readonly mistake?: never } | { readonly mistake: TemplateMistake }

/** The argument that is a shell's script, or why a variable would be run as code. `offset` counts arguments here. */
function findListCode(words: readonly Word[]): ListCode | null {
  const program = findProgram(words, ANY_VARIABLE)
  if (program.kind === 'unknown') {
    const { offset } = program.word
    const message = 'a variable would choose the program to run'
    return { mistake: { message, hint: 'write the name of the program', offset, length: 1 } }
  }
  if (program.kind !== 'named') return null
  const taker = codeTaker(program.name)
  if (taker && taker !== SHELL) {
    const code = findCode(taker, program.arguments, FOREIGN_TEXT)
    return code && code !== 'input' ? { mistake: codeMistake(taker, program.name, code) } : null
  }
  const shellIndex = taker ? words.length - program.arguments.length - 1 : words.findIndex(isShell)
  if (shellIndex === -1) return null
  const code = findCode(SHELL, words.slice(shellIndex + 1), ANY_VARIABLE)
  if (!code || code === 'input') return null
  const dropper = program.wrappers.find((name) => ENVIRONMENT_DROPPERS.has(name)) ?? (taker ? null : program.name)
  const clears = words
    .slice(0, shellIndex)
    .some(({ pieces }) => /^(?:-i.*|-|--ignore-environment)$/.test(textOf(pieces)))
  if (dropper === null && !clears) return { index: code.offset }
  return {
    mistake: {
      message: `the script would not find its variables: ${dropper ?? 'env -i'} gives it another environment`,
      hint: 'hand the text over as an argument: [sh, -c, \'printf "%s" "$1"\', sh, "{last_output}"]',
      offset: code.offset,
      length: 1,
    },
  }
}

function isShell({ pieces }: Word): boolean {
  return codeTaker(textOf(pieces)) === SHELL
}

function textOf(pieces: readonly Piece[]): string {
  return pieces.map((piece) => (piece.kind === 'text' ? piece.text : ' ')).join('')
}

/** An argument as a shell would see it if all of it were quoted. */
function asWord(text: PlaceholderText, index: number): Word {
  const pieces = asTemplate(text).map(
    (part): Piece =>
      typeof part === 'string'
        ? { kind: 'text', text: part, isQuoted: true }
        : { kind: 'variable', variable: part.variable },
  )
  const variables = text.placeholders.map(({ variable }) => variable)
  return { offset: index, length: 1, pieces, variables, parameters: [] }
}

function asTemplate({ text, placeholders }: PlaceholderText): ArgumentTemplate {
  const parts: (string | { variable: Placeholder['variable'] })[] = []
  let position = 0
  for (const { variable, offset, length } of placeholders) {
    if (offset > position) parts.push(text.slice(position, offset))
    parts.push({ variable })
    position = offset + length
  }
  if (position < text.length || parts.length === 0) parts.push(text.slice(position))
  return parts
}
