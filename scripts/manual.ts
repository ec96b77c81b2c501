/** The manual pages. Their frames are in scripts/manual/; the commands and the reference come in. */
import { join } from 'node:path'
import { VERSION } from '../src/version.ts'
import type { CommandEntry, CommandTable, Flag, Value } from './command-table.ts'
import { renderPage } from './man-page.ts'

const SOURCE = `Minitor ${VERSION}`

async function fill(file: string, mark: string, markdown: string): Promise<string> {
  const frame = await Bun.file(join(import.meta.dir, 'manual', file)).text()
  return frame.replace(`<!-- ${mark} -->`, () => markdown)
}

/** `minitor.1`: the help of all commands. */
export async function renderCommandsPage({ commands }: CommandTable): Promise<string> {
  const markdown = await fill('minitor.1.md', 'commands', commands.map(renderCommand).join('\n\n'))
  return renderPage({ name: 'minitor', section: 1, source: SOURCE, collection: 'User Commands', markdown })
}

/** `minitor.yml.5`: `reference` is docs/configuration.md. */
export async function renderConfigurationPage(reference: string): Promise<string> {
  const markdown = await fill(
    'minitor.yml.5.md',
    'reference',
    reference.slice(reference.indexOf('\n# ')).replace(/\n# .*/, ''),
  )
  return renderPage({ name: 'minitor.yml', section: 5, source: SOURCE, collection: 'File Formats', markdown })
}

function renderCommand({ usage, description, operands, flags, notes }: CommandEntry): string {
  const rows = [
    ...operands.filter((one) => one.description !== '').map((one) => [renderValue(one), one.description]),
    // Every command has it.
    ...flags.filter(({ names }) => !names.includes('--help')).map((flag) => [renderFlag(flag), flag.help]),
  ].map(([name, meaning = '']) => `| ${name} | ${plain(meaning)} |`)
  const table = rows.length === 0 ? [] : [['| | |', '|---|---|', ...rows].join('\n')]
  return [`### ${plain(usage)}`, plain(description), ...table, ...notes.split('\n\n').map(renderNote)].join('\n\n')
}

function renderFlag({ names, value }: Flag): string {
  const flags = names.map((name) => `\`${name}\``).join(', ')
  return value === null ? flags : `${flags} ${renderValue(value)}`
}

function renderValue({ shown, isOptional }: Value): string {
  const name = `*${plain(shown.replace(/[<>[\]]/g, ''))}*`
  return isOptional ? `\\[${name}\\]` : name
}

/** A paragraph of a help text. Lines that are indented there are to be copied. */
function renderNote(note: string): string {
  return note
    .split(/((?:^ {2}.*\n?)+)/m)
    .map((part) =>
      part.startsWith('  ') ? `\n\`\`\`\n${part.replace(/^ {2}/gm, '').trimEnd()}\n\`\`\`\n` : plain(part),
    )
    .join('')
}

/** Text of a help, as Markdown: what is between backticks is code there, too. */
function plain(text: string): string {
  return text.replace(/`[^`]*`|[\\*_<>[\]|#]/g, (match) => (match.length > 1 ? match : `\\${match}`))
}
