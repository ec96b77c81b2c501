import { homedir } from 'node:os'
import type { Command } from 'commander'
import { sketchConfig } from '../config/read/sketch.ts'
import { createMask } from '../core/text/mask.ts'
import { printable } from '../core/text/printable.ts'
import { readDatabase } from '../store/file/open-for-reading.ts'
import { readMutes } from '../store/tables/mutes.ts'
import { usualConfig } from './options/places.ts'
import { print } from './terminal/terminal.ts'

/**
 * The command by which the completions of shells learn names: one a line, perhaps with a tab and what it is. `words` are
 * those on the command line that is being written. Where nothing can be read, nothing is printed: nobody asked for a reason.
 */
export function addComplete(program: Command): void {
  program
    .command('complete', { hidden: true })
    .argument('<kind>', 'monitors, alerts, tags, groups or announcements')
    .argument('[words...]')
    .action((kind: string, words: readonly string[]) => {
      const lines = new Set(linesOf(kind, words).filter((line) => line !== '' && printable(line, ON_ONE_LINE) === line))
      if (lines.size > 0) print([...lines].join('\n'))
    })
}

const ON_ONE_LINE = { newlines: 'escape' } as const

function linesOf(kind: string, words: readonly string[]): readonly string[] {
  const path = optionValue(words, /^(?:-c|--?config)(?:=|$)|^-c(?=.)/) ?? process.env.MINITOR_CONFIG ?? usualConfig()
  const { config, alerts } = sketchConfig({ path, environment: process.env })
  const { monitors, secrets } = config
  const mask = createMask(secrets)
  if (kind === 'monitors') return monitors.map(({ name, description }) => described(name, mask(description)))
  if (kind === 'alerts') return alerts
  if (kind === 'tags') return monitors.flatMap(({ tags }) => tags)
  if (kind === 'groups') return monitors.map(({ group }) => group)
  const database = optionValue(words, /^--database(?:=|$)/) ?? process.env.MINITOR_DATABASE ?? config.database
  const reading = readDatabase(database, (open) => readMutes(open, Date.now()).announcements)
  return reading.kind === 'refused' ? [] : reading.result.map(({ id, text }) => described(id.slice(0, 8), mask(text)))
}

/** The value of the option that a word begins like this: behind it, or the next word. */
function optionValue(words: readonly string[], option: RegExp): string | undefined {
  const index = words.findLastIndex((word) => option.test(word))
  const rest = words[index]?.replace(option, '')
  const value = rest === '' ? words[index + 1] : rest
  return value?.replace(/^~(?=\/)/, homedir())
}

function described(name: string, description: string): string {
  const [line = ''] = description.split(/[\t\n]/)
  return line === '' ? name : `${name}\t${line}`
}
