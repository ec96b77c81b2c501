/** The completions of three shells. What is theirs alone is in scripts/completions/; what is in the table of commands comes in. */
import { join } from 'node:path'
import type { CommandEntry, CommandTable, Completion, Flag, Value } from './command-table.ts'

const MADE = '# Made from the table of commands by `npm run docs`; do not edit.\n'

async function fill(file: string, parts: Readonly<Record<string, readonly string[] | string>>): Promise<string> {
  const template = await Bun.file(join(import.meta.dir, 'completions', file)).text()
  return template.replace(/@(\w+)@/g, (mark, name: string) => [parts[name] ?? mark].flat().join('\n'))
}

export async function renderBash(table: CommandTable): Promise<string> {
  const text = await fill('minitor.bash', {
    takes: bashCases(table),
    flags: table.commands.map(
      ({ name, flags }) => `    ${name}) flags='${flags.flatMap(({ names }) => names).join(' ')}' ;;`,
    ),
    commands: table.commands.map(({ name }) => name).join(' '),
  })
  return `${MADE}${text}`
}

/** A flag that takes the same in every command that has it has one pattern for all. */
function bashCases({ commands }: CommandTable): string[] {
  const places = commands.flatMap(({ name, flags, operands }) => [
    ...flags.flatMap(({ names, value }) =>
      value === null ? [] : names.map((flag) => ({ command: name, flag, takes: bashValue(value.completion) })),
    ),
    ...operands.slice(0, 1).map(({ completion }) => ({ command: name, flag: '', takes: bashValue(completion) })),
  ])
  const isSameEverywhere = (one: (typeof places)[number]) =>
    one.flag !== '' && places.every(({ flag, takes }) => flag !== one.flag || takes === one.takes)
  return [...Map.groupBy(places, ({ takes }) => takes)].map(([takes, all]) => {
    const patterns = all.map((one) => (isSameEverywhere(one) ? `*' ${one.flag}'` : `'${one.command} ${one.flag}'`))
    return `    ${[...new Set(patterns)].join(' | ')}) takes='${takes}' ;;`
  })
}

function bashValue(completion: Completion): string {
  if (completion.kind === 'words') return `words ${completion.words.join(' ')}`
  if (completion.kind === 'names') return `${completion.isList ? 'list' : 'names'} ${completion.of}`
  return completion.kind
}

export async function renderZsh(table: CommandTable): Promise<string> {
  const shared = sharedFlags(table)
  const text = await fill('minitor.zsh', {
    commands: table.commands.map(({ name, description }) => `    ${zshQuote(`${name}:${shortly(description)}`)}`),
    shared: [...shared].map(([spec, variable]) => `  local -a ${variable}=(${spec})`),
    cases: table.commands.map((command) => `    ${command.name})\n${zshArguments(command, shared)}\n      ;;`),
  })
  return `#compdef minitor\n${MADE}\n${text}`
}

/** The variables for flags that mean the same to many commands. */
function sharedFlags({ commands }: CommandTable): ReadonlyMap<string, string> {
  const uses = Map.groupBy(
    commands.flatMap(({ flags }) => flags),
    zshFlag,
  )
  const shared = [...uses].flatMap(([spec, [first, ...others]]): [string, string][] => {
    return first === undefined || others.length < 5 ? [] : [[spec, `with_${first.names.at(-1)?.replace(/^-+/, '')}`]]
  })
  return new Map(shared)
}

function zshArguments({ flags, operands }: CommandEntry, shared: ReadonlyMap<string, string>): string {
  const specs = flags.map(zshFlag)
  const variables = specs.flatMap((spec) => shared.get(spec) ?? []).map((variable) => ` $${variable}`)
  const own = [
    ...specs.filter((spec) => !shared.has(spec)),
    ...operands.map((one) => zshQuote(`${one.isRepeated ? '*:' : one.isOptional ? '1::' : '1:'}${zshValue(one)}`)),
  ]
  return [`      _arguments -s -S : $version${variables.join('')}`, ...own].join(' \\\n        ')
}

function zshFlag({ names, value, conflicts, isRepeated, description }: Flag): string {
  const excluded = isRepeated ? conflicts : [...names, ...conflicts]
  const before = isRepeated ? '*' : excluded.length > 1 ? `(${excluded.join(' ')})` : ''
  const takes = value === null ? '' : `${value.isOptional ? '::' : ':'}${zshValue(value)}`
  const after = `[${shortly(description).replace(/[\\[\]]/g, '\\$&')}]${takes}`
  const words = names.map((name) => (value === null ? name : name.startsWith('--') ? `${name}=` : `${name}+`))
  if (words.length === 1) return zshQuote(`${before}${words.join('')}${after}`)
  return `${zshQuote(before)}{${words.join(',')}}${zshQuote(after)}`
}

function zshValue({ shown, completion }: Value): string {
  const title = shown.replace(/[<>[\].]/g, '').replaceAll(':', '\\:')
  if (completion.kind === 'file') return `${title}:_files`
  if (completion.kind === 'words') return `${title}:(${completion.words.join(' ')})`
  if (completion.kind === 'names') return `${title}: _minitor_${completion.isList ? 'list' : 'names'} ${completion.of}`
  return `${title}: `
}

function zshQuote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}

export async function renderFish(table: CommandTable): Promise<string> {
  const takes = table.commands.flatMap(({ name, flags, operands }) => [
    ...flags.map((flag) => ({ name, what: fishFlag(flag) })),
    ...operands
      .filter(({ completion }) => completion.kind !== 'nothing')
      .map((one) => ({ name, what: fishValue(one) })),
  ])
  const text = await fill('minitor.fish', {
    commands: table.commands.map(({ name, description }) => {
      return `complete -c minitor -n __minitor_begins -a ${name} -d ${fishQuote(shortly(description))}`
    }),
    takes: [...Map.groupBy(takes, ({ what }) => what)].map(([what, all]) => {
      return `complete -c minitor -n '__minitor_in ${all.map(({ name }) => name).join(' ')}'${what}`
    }),
  })
  return `${MADE}${text}`
}

function fishFlag({ names, description, value }: Flag): string {
  const words = names.map((name) => (name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`))
  const takes = value === null ? '' : ` -r${fishValue(value)}`
  return ` ${words.join(' ')}${takes} -d ${fishQuote(shortly(description))}`
}

function fishValue({ completion }: Value): string {
  if (completion.kind === 'file') return ' -F'
  if (completion.kind === 'words') return ` -a '${completion.words.join(' ')}'`
  if (completion.kind !== 'names') return ''
  const names = `(__minitor_names ${completion.of})`
  return ` -a '${completion.isList ? `(__fish_complete_list , "__minitor_names ${completion.of}")` : names}'`
}

function fishQuote(text: string): string {
  return `'${text.replace(/['\\]/g, '\\$&')}'`
}

/** A first sentence without what follows: there is one line for it, and the shape of JSON is for the manual. */
function shortly(description: string): string {
  return description.replace(/^print [[{].*$/, 'print JSON').replace(/[.;]($| .*)/, '')
}
