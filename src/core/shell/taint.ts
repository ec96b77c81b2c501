import { VARIABLE_NAMES } from '../model/types.ts'
import { environmentName, isPlain } from './placeholder.ts'
import { type Assignment, assignmentOf, type ShellSyntax, type Word } from './syntax.ts'

/** Builtins whose arguments are names of variables that they set from elsewhere. */
const READERS = /^(?:read|mapfile|readarray|getopts|wait|printf)$/
const MINITORS = VARIABLE_NAMES.filter((name) => !isPlain(name)).map(environmentName)

export interface Taint {
  /** Whether a foreign text, such as a check's output, can be in the word. */
  isTainted(word: Word): boolean
  /** Whether the shell variable can hold anything but a number. */
  isNumber(name: string): boolean
  /** Whether the script itself may set the variable. */
  isSet(name: string): boolean
}

/** Follows foreign text through a script's own variables. Errs on the side of suspicion; does not follow files. */
export function traceTaint(syntax: ShellSyntax): Taint {
  const assignments = listAssignments(syntax)
  const tainted = new Set<string>(MINITORS)
  for (const name of namesRead(syntax)) tainted.add(name)
  const isNameTainted = (name: string) =>
    tainted.has(name) || /^(?:[@*_]|[1-9]\d*|REPLY|MAPFILE|OPTARG|BASH_.*)$/.test(name)
  const isTainted = (word: Word) => word.variables.some((name) => !isPlain(name)) || word.parameters.some(isNameTainted)
  for (let size = -1; size !== tainted.size; ) {
    size = tainted.size
    for (const { name, word } of assignments) if (isTainted(word)) tainted.add(name)
  }
  const notNumbers = new Set(assignments.filter(({ word }) => !isDigits(word)).map(({ name }) => name))
  const set = new Set(assignments.map(({ name }) => name))
  return {
    isTainted,
    isNumber: (name) => !isNameTainted(name) && !notNumbers.has(name),
    isSet: (name) => set.has(name) || isNameTainted(name),
  }
}

function listAssignments({ commands, bindings }: ShellSyntax): Assignment[] {
  const listed = [...bindings]
  for (const command of commands) {
    listed.push(...command.assignments)
    // For `export name=value`; with `printf name=value` it does no harm.
    for (const word of command.words) {
      const assignment = assignmentOf(word)
      if (assignment) listed.push(assignment)
    }
  }
  return listed
}

function* namesRead({ commands }: ShellSyntax): Iterable<string> {
  for (const { words } of commands) {
    const texts = words.map(({ pieces }) => pieces.map((piece) => ('text' in piece ? piece.text : ' ')).join(''))
    if (!texts.some((text) => READERS.test(text))) continue
    for (const text of texts) yield* text.match(/[A-Za-z_]\w*/g) ?? []
  }
}

function isDigits({ pieces }: Word): boolean {
  return pieces.every((piece) => piece.kind !== 'text' || /^\d*$/.test(piece.text))
}

/** The words of a command if `$options` and its like are empty: what follows takes their place. */
export function withoutVanishing(words: readonly Word[], taint: Taint): Word[] {
  const canVanish = ({ pieces }: Word) => pieces.every((piece) => piece.kind === 'expansion' && !piece.isQuoted)
  return words.filter((word) => taint.isTainted(word) || !canVanish(word))
}
