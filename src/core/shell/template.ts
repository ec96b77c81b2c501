import type { CommandTemplate, VariableName } from '../model/types.ts'
import { isShell } from './code-takers.ts'
import { compileShell, constantTrap } from './compile.ts'
import { dataTraps, programWarnings } from './data-traps.ts'
import { isForeign, type PlaceholderText, readPlaceholders, type TemplateMistake, templateOf } from './placeholder.ts'
import { codeIndex, programTrap } from './program-traps.ts'
import { builtinTrap, findProgram, mistakeAt } from './shell-traps.ts'
import { type Piece, type SimpleCommand, staticText, type Word } from './syntax.ts'

/** `argumentIndex` counts the arguments of a list, and is missing for a script. */
export type CompileMistake = TemplateMistake & { readonly argumentIndex?: number }

export type Compiled<Template> =
  | { readonly ok: true; readonly template: Template; readonly warnings: readonly CompileMistake[] }
  | { readonly ok: false; readonly mistakes: readonly CompileMistake[] }

/** A shell that can run a script: its name or path. */
export type ShellName = string

/** These give the program an environment of its own, in which the variables are missing. */
const ENVIRONMENT_DROPPERS = new Set(['sudo', 'doas', 'runuser', 'chroot', 'systemd-run'])

/** The foreign text in what the command reads on its standard input; null where there is none. */
type FedBy = VariableName | null

/** Compiles a command that the configuration gives as a script of this shell. */
export function compileScript(script: string, shell: ShellName = 'sh', fedBy: FedBy = null): Compiled<CommandTemplate> {
  const compiled = compileShell(script, shell, fedBy)
  return compiled.ok ? { ...compiled, template: [[shell], ['-c'], [compiled.script]] } : compiled
}

/**
 * Compiles a command that the configuration gives as a list: a variable is replaced inside its argument. The script of a
 * shell in the list (`[bash, -c, …]`) is compiled like one that the configuration gives as a string.
 */
export function compileList(args: readonly string[], fedBy: FedBy = null): Compiled<CommandTemplate> {
  const texts = args.map(readPlaceholders)
  const written = texts.flatMap(({ mistakes }, argumentIndex) =>
    mistakes.map((mistake) => ({ ...mistake, argumentIndex })),
  )
  if (written.length > 0) return { ok: false, mistakes: written }

  const words = texts.map(asWord)
  const template = texts.map(templateOf)
  const program = findProgram(words)
  const at = (mistake: TemplateMistake): CompileMistake => {
    const argumentIndex = mistake.offset
    return { ...mistake, argumentIndex, offset: 0, length: args[argumentIndex]?.length ?? 0 }
  }
  const shellIndex = program.name === 'echo' || program.name === 'printf' ? -1 : words.findIndex(isShell)
  const code = shellIndex === -1 ? -1 : codeIndex(words.slice(shellIndex + 1))
  const scriptIndex = code === -1 ? -1 : shellIndex + 1 + code
  // The script itself is compiled below: variables in it become references.
  const checked = words.map((word, index) => (index === scriptIndex ? { ...word, values: [] } : word))
  const command: SimpleCommand = {
    words: checked,
    assignments: [],
    inputs: [],
    duplications: [],
    offset: 0,
    length: 1,
    fedBy,
  }
  const trap =
    (program.chosenBy &&
      mistakeAt(program.chosenBy, 'a variable would choose the program to run', 'write the name of the program')) ??
    (program.name === 'printf' ? builtinTrap('printf', program.arguments) : null) ??
    programTrap(command, program, (word, text, foreign) => {
      const inner = word.offset === scriptIndex ? args[scriptIndex] : text
      const found = typeof inner === 'string' ? constantTrap(inner, foreign) : null
      return found && { ...found, offset: word.offset, length: 1 }
    })
  if (trap) return { ok: false, mistakes: [at(trap)] }
  const warnings = [...dataTraps(command, program, true), ...programWarnings(checked, program, { isPiped: false })].map(
    at,
  )
  if (scriptIndex === -1 || (texts[scriptIndex]?.placeholders.length ?? 0) === 0)
    return { ok: true, template, warnings }
  const dropped = droppedEnvironment(words.slice(0, shellIndex), program.wrappers)
  if (dropped !== null) {
    const message = `the script would not find its variables: ${dropped} gives it another environment`
    const hint = 'hand the text over as an argument: [sh, -c, \'printf "%s" "$1"\', sh, "{last_output}"]'
    return { ok: false, mistakes: [at({ message, hint, offset: scriptIndex, length: 1 })] }
  }
  const argumentIndex = scriptIndex
  const compiled = compileShell(args[scriptIndex] ?? '', args[shellIndex], fedBy)
  if (!compiled.ok) return { ok: false, mistakes: compiled.mistakes.map((mistake) => ({ ...mistake, argumentIndex })) }
  return {
    ok: true,
    template: template.with(scriptIndex, [compiled.script]),
    warnings: [...warnings, ...compiled.warnings.map((warning) => ({ ...warning, argumentIndex }))],
  }
}

/** What keeps Minitor's variables from the shell behind it: `sudo`, `env -i`, or a program that runs it elsewhere. */
function droppedEnvironment(before: readonly Word[], wrappers: readonly string[]): string | null {
  const dropper = wrappers.find((name) => ENVIRONMENT_DROPPERS.has(name))
  if (dropper !== undefined) return dropper
  const texts = before.map((word) => staticText(word) ?? ' ')
  if (texts.some((text) => /^(?:-i.*|-|--ignore-environment)$/.test(text))) return 'env -i'
  const { name } = findProgram(before)
  return name === '' ? null : name
}

/** An argument as a shell would see it if all of it were quoted. */
function asWord(text: PlaceholderText, index: number): Word {
  const pieces = templateOf(text).map(
    (part): Piece =>
      typeof part === 'string'
        ? { kind: 'text', text: part, isQuoted: true }
        : { kind: 'variable', variable: part.variable, isSplit: false },
  )
  const values = text.placeholders.map(({ variable }) => variable).filter(isForeign)
  return { offset: index, length: 1, pieces, values }
}
