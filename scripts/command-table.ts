/** The commands as the help knows them, for the completions and the manual. */
import type { AddHelpTextContext, Argument, Command, Option } from 'commander'
import { createProgram } from '../src/cli/program.ts'

/** What can be completed where a value stands: files, one of some words, names from the configuration, or nothing. */
export type Completion =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'file' }
  | { readonly kind: 'words'; readonly words: readonly string[] }
  /** `of` is what `minitor complete` takes; a list is one word of names with commas. */
  | { readonly kind: 'names'; readonly of: string; readonly isList: boolean }

export interface Value {
  /** As the help shows it: `<tag>`, `[names...]`. */
  readonly shown: string
  readonly isOptional: boolean
  readonly isRepeated: boolean
  /** With choices and default, as in the help. */
  readonly description: string
  readonly completion: Completion
}

export interface Flag {
  /** `-c, --config <path>` */
  readonly shown: string
  /** `-c` and `--config`. */
  readonly names: readonly string[]
  readonly description: string
  readonly value: Value | null
  /** Where several of it have a meaning. */
  readonly isRepeated: boolean
  /** Names of the flags that may not stand beside it. */
  readonly conflicts: readonly string[]
  /** The description, the choices, the default and the variable, as in the help. */
  readonly help: string
}

export interface CommandEntry {
  readonly name: string
  /** `minitor status [options] [names...]` */
  readonly usage: string
  readonly description: string
  readonly flags: readonly Flag[]
  readonly operands: readonly Value[]
  /** What the help says below the options. */
  readonly notes: string
}

export interface CommandTable {
  /** Of `minitor` itself. */
  readonly description: string
  readonly notes: string
  /** `--version`, and `--help`. */
  readonly flags: readonly Flag[]
  readonly commands: readonly CommandEntry[]
}

/** Where the name of a value does not say what it is. */
const COMPLETIONS: Readonly<Record<string, Completion>> = {
  'alert [name]': names('alerts'),
  'run --startup-alerts': names('alerts', true),
  'announce --end': names('announcements'),
  'hash-password [user]': { kind: 'nothing' },
  'agent --node': { kind: 'nothing' },
  'agent --tag': { kind: 'nothing' },
  'agent --user': { kind: 'nothing' },
}

const BY_PLACEHOLDER: Readonly<Record<string, Completion>> = {
  path: { kind: 'file' },
  file: { kind: 'file' },
  program: { kind: 'file' },
  tag: names('tags'),
  group: names('groups'),
  name: names('monitors'),
  names: names('monitors'),
  words: names('monitors'),
  ...Object.fromEntries(
    ['port', 'address:port', 'duration', 'time', 'text', 'letters', 'addresses', 'cluster', 'number'].map(
      (name) => [name, { kind: 'nothing' }] as const,
    ),
  ),
}

function names(of: string, isList = false): Completion {
  return { kind: 'names', of, isList }
}

/** Throws where it is not known what a value is: a new one needs its line above. */
export async function readCommands(): Promise<CommandTable> {
  const program = await createProgram(() => {})
  const help = program.createHelp()
  const commands = help.visibleCommands(program).filter((command) => command.name() !== 'help')
  const entries = commands.map((command) => readCommand(command))
  const shown = { kind: 'words', words: entries.map(({ name }) => name) } as const
  const helpEntry: CommandEntry = {
    name: 'help',
    usage: 'minitor help [command]',
    description: 'Show the help of a command.',
    flags: [],
    operands: [{ shown: '[command]', isOptional: true, isRepeated: false, description: '', completion: shown }],
    notes: '',
  }
  return {
    description: program.description(),
    notes: notesOf(program),
    flags: flagsOf(program),
    commands: [...entries, helpEntry],
  }
}

function readCommand(command: Command): CommandEntry {
  return {
    name: command.name(),
    usage: command.createHelp().commandUsage(command),
    description: command.description(),
    flags: flagsOf(command),
    operands: command.registeredArguments.map((argument) => readArgument(command, argument)),
    notes: notesOf(command),
  }
}

function flagsOf(command: Command): Flag[] {
  const help = command.createHelp()
  const options = help.visibleOptions(command)
  const longOf = (attribute: string) => options.find((option) => option.attributeName() === attribute)?.long ?? ''
  return options.map((option) => ({
    shown: option.flags,
    names: [option.short, option.long].filter((name) => name !== undefined),
    description: option.description,
    value: option.required || option.optional ? valueOfOption(command, option) : null,
    isRepeated: typeof option.defaultValue === 'number' && !option.required,
    conflicts: option.conflictsWith.map(longOf),
    help: help.optionDescription(option),
  }))
}

declare module 'commander' {
  // Commander has these, and does not declare them.
  interface Option {
    readonly conflictsWith: readonly string[]
  }
  interface Command {
    emit(event: 'afterHelp', context: AddHelpTextContext & { write: (text: string) => void }): boolean
  }
}

function valueOfOption(command: Command, option: Option): Value {
  const shown = /[<[].*$/.exec(option.flags)?.[0] ?? ''
  return {
    shown,
    isOptional: option.optional,
    isRepeated: option.variadic,
    description: option.description,
    completion: completionOf(`${command.name()} ${option.long}`, shown, option.argChoices),
  }
}

function readArgument(command: Command, argument: Argument): Value {
  const placeholder = `${argument.name()}${argument.variadic ? '...' : ''}`
  const shown = argument.required ? `<${placeholder}>` : `[${placeholder}]`
  return {
    shown,
    isOptional: !argument.required,
    isRepeated: argument.variadic,
    description: command.createHelp().argumentDescription(argument),
    completion: completionOf(`${command.name()} ${shown}`, shown, argument.argChoices),
  }
}

function completionOf(place: string, shown: string, choices: readonly string[] | undefined): Completion {
  if (choices !== undefined) return { kind: 'words', words: choices }
  const found = COMPLETIONS[place] ?? BY_PLACEHOLDER[shown.replace(/[<>[\].]/g, '')]
  if (found === undefined) throw new Error(`say in scripts/command-table.ts what completes ${shown} of ${place}`)
  return found
}

function notesOf(command: Command): string {
  let notes = ''
  command.emit('afterHelp', { error: false, command, write: (text: string) => (notes += text) })
  return notes.trim()
}
