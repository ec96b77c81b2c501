/*
 * The promise of this room: no value of a variable is ever read as code, whatever the check has printed. A template with
 * variables becomes one constant script. Each `{name}` in it turns into a reference to an environment variable, quoted
 * for the place where it stands, and the value reaches the shell through the environment alone. For that, the script is
 * read as dash, bash and busybox all read it (`commands`, `words`, `expansion`, `redirection`); what they could read
 * differently is refused. What the shell or an interpreter would run as code despite the quotes is refused, too (`reach`,
 * `taint`). A script may still write a value to a file and run that file: this is not seen.
 */
import type { VariableName } from '../model/types.ts'
import { readCommands } from './commands.ts'
import { NotUnderstood, ShellCursor } from './cursor.ts'
import { dataTraps, programWarnings } from './data-traps.ts'
import {
  environmentName,
  foreignVariable,
  type Placeholder,
  readPlaceholders,
  type TemplateMistake,
} from './placeholder.ts'
import { type CheckCode, programTrap } from './program-traps.ts'
import { readDocuments } from './redirection.ts'
import { arithmeticTrap, findProgram, mistakeAt, type Program, shellTrap } from './shell-traps.ts'
import { type Place, type Reference, type ShellSyntax, staticText } from './syntax.ts'

/** `warnings` are places where a text is not run, and yet may not arrive as it is. */
export type CompiledScript =
  | { readonly ok: true; readonly script: string; readonly warnings: readonly TemplateMistake[] }
  | { readonly ok: false; readonly mistakes: readonly TemplateMistake[] }

/**
 * Makes one constant script of a template: each `{name}` becomes a reference to an environment variable, quoted for the
 * place where it stands. `fedBy` is the foreign text in what the script reads on its standard input.
 *
 * What is promised: a foreign text never becomes part of the script. What the shell itself would run or calculate is
 * refused, and so is what another program on the same command line or pipeline would run. The last is a help against known
 * traps, and no proof: nothing is followed through variables, functions and files.
 */
export function compileShell(source: string, shell = 'sh', fedBy: VariableName | null = null): CompiledScript {
  const { text, placeholders, mistakes, sourceOffset } = readPlaceholders(source)
  if (mistakes.length > 0) return { ok: false, mistakes }
  const isConstant = placeholders.length === 0 && !text.includes('MINITOR_')
  const atSource = (mistake: TemplateMistake) => {
    const offset = sourceOffset(mistake.offset)
    return { ...mistake, offset, length: sourceOffset(mistake.offset + mistake.length) - offset }
  }
  const isBash = shell.endsWith('bash')
  const syntax = readShell(text, { placeholders, foreign: foreignVariable, isBash, fedBy })
  if (isConstant && syntax.mistake) return { ok: true, script: text, warnings: [] }
  const found = syntax.mistake
    ? [syntax.mistake]
    : isConstant && fedBy === null
      ? []
      : findTraps(syntax, foreignVariable)
  if (found.length > 0) return { ok: false, mistakes: found.map(atSource) }
  const warnings = syntax.commands.flatMap((command) => {
    const { words } = command
    const program = findProgram(words)
    const last = words.at(-1)
    const isPiped = last !== undefined && PIPED.test(text.slice(last.offset + last.length))
    return [...dataTraps(command, program, isBash), ...programWarnings(words, program, { isPiped })]
  })
  return { ok: true, script: replaceReferences(text, syntax.references), warnings: warnings.map(atSource) }
}

/** What follows a command whose output another one reads. */
const PIPED = /^[^\n;&|]*\|[^|]/

/** `eval` of `eval` and so on; more of them is nobody's script. */
const MOST_EVALS = 5

function findTraps(syntax: ShellSyntax, foreign: ShellCursor['foreign'], depth = 0): TemplateMistake[] {
  const found = syntax.arithmetics.filter(({ values }) => values.length > 0).map(arithmeticTrap)
  for (const command of syntax.commands) {
    const program = findProgram(command.words)
    const evaluated = shellCode(program)
    if (evaluated !== null && depth === MOST_EVALS)
      return [mistakeAt(command, 'this is nested too deep', 'write it plainly')]
    const inside =
      evaluated === null
        ? []
        : findTraps(readShell(evaluated, { placeholders: [], foreign, isBash: false, fedBy: null }), foreign, depth + 1)
    const trap =
      shellTrap(command, program, foreign) ??
      inside.map(({ message, hint }) => mistakeAt(command, message, hint))[0] ??
      programTrap(command, program, (code, inner, given) => {
        const trap = inner === null ? null : constantTrap(inner, given)
        return trap && { ...trap, offset: code.offset, length: code.length }
      })
    if (trap) found.push(trap)
  }
  return found.sort((a, b) => a.offset - b.offset)
}

/** The constant script that `eval` or `trap` reads, in which `'$MINITOR_LAST_OUTPUT'` is a command; null without one. */
function shellCode({ name, arguments: rest }: Program): string | null {
  const words = name === 'eval' ? rest : name === 'trap' ? rest.slice(0, 1) : []
  const texts = words.map(staticText)
  return texts.length === 0 || texts.includes(null) ? null : texts.join(' ')
}

/** What a constant script would do with foreign text in its environment, its arguments (`$1`, `$@`) and its input. */
export function constantTrap(
  script: string,
  { hasArguments, fedBy }: Parameters<CheckCode>[2],
): TemplateMistake | null {
  if (!hasArguments && fedBy === null && !script.includes('MINITOR_')) return null
  const isArgument = (name: string) => hasArguments && /^(?:\d+|[@*])$/.test(name)
  const foreign = (name: string): VariableName | null => (isArgument(name) ? 'last_output' : foreignVariable(name))
  const syntax = readShell(script, { placeholders: [], foreign, isBash: false, fedBy })
  return findTraps(syntax, foreign)[0] ?? null
}

function replaceReferences(text: string, references: readonly Reference[]): string {
  let script = ''
  let position = 0
  for (const { placeholder, place } of [...references].sort((a, b) => a.placeholder.offset - b.placeholder.offset)) {
    script += text.slice(position, placeholder.offset) + quote(placeholder.variable, place)
    position = placeholder.offset + placeholder.length
  }
  return script + text.slice(position)
}

function quote(variable: VariableName, place: Place): string {
  const reference = `\${${environmentName(variable)}}`
  if (place === 'bare') return `"${reference}"`
  return place === 'single' ? `'"${reference}"'` : reference
}

/**
 * Reads a script with placeholders in it, as sh and bash read it. `mistake` is why it is refused: no shell would run it, or
 * a variable stands in or behind something that is not understood, where its quotes could not be told. Without one, what
 * is not understood stands behind all variables and does not matter.
 */
export function readShell(
  text: string,
  script: {
    readonly placeholders: readonly Placeholder[]
    readonly foreign: ShellCursor['foreign']
    readonly isBash: boolean
    /** What it reads from its standard input. */
    readonly fedBy: VariableName | null
  },
): ShellSyntax & { readonly mistake: TemplateMistake | null } {
  const cursor = new ShellCursor(text, { ...script, readCommands })
  cursor.fedBy = script.fedBy
  const lost = readAll(cursor)
  linkBlocks(cursor)
  const { references, commands, arithmetics } = cursor
  const { placeholders, foreign } = script
  const isLost = (from: number) =>
    placeholders.some(({ offset, length }) => offset + length > from) ||
    [...text.slice(from).matchAll(/[A-Za-z_]\w*/g)].some(([name]) => foreign(name) !== null)
  // The command that it stands in is lost, too.
  const from = lost && Math.min(lost.mistake.offset, cursor.unfinished[0] ?? Infinity)
  const mistake = lost && (lost.isBroken || isLost(from ?? 0)) ? lost.mistake : null
  return { references, commands, arithmetics, mistake }
}

function readAll(cursor: ShellCursor): Pick<NotUnderstood, 'mistake' | 'isBroken'> | null {
  // Shells join such lines before they read anything else: `$`, a line end and `(` is `$(`.
  const joined = /[<>&|;()`]\\\n(?![ \t\w"'$/.])|\$\w*\\\n/.exec(cursor.text)
  if (joined) cursor.end = joined.index
  try {
    readCommands(cursor, null)
    // A script may end on the line of <<, without a text: the shells treat this differently.
    if (cursor.pending.length > 0) readDocuments(cursor)
    if (!cursor.isAtEnd)
      cursor.refuseBroken(`${cursor.next} is not expected here`, 'quote it, or remove it', { length: 1 })
  } catch (error) {
    if (!(error instanceof NotUnderstood)) throw error
    if (!joined) return error
  }
  if (!joined) return null
  const message = 'a line is continued in the middle of what the shell reads as one'
  const length = joined[0].length - 1
  return {
    isBroken: false,
    mistake: { message, hint: 'put a blank before the backslash', offset: joined.index, length },
  }
}

/** What is redirected into a block reaches the commands in it. */
function linkBlocks({ closings }: ShellCursor): void {
  for (const { command, inside } of closings) {
    const fedBy = command.inputs.flatMap(({ values }) => values)[0]
    if (fedBy !== undefined) for (const one of inside) one.fedBy ??= fedBy
  }
}
