import { writeFileSync } from 'node:fs'
import type { Command } from 'commander'
import { addConfigOption } from './options/context.ts'
import { STARTER } from './starter.ts'
import { UsageError } from './terminal/outcome.ts'
import { print } from './terminal/terminal.ts'

/** As a person would paste it. */
function quoteForShell(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}

export function addInit(program: Command): void {
  addConfigOption(program.command('init'))
    .description('Write a commented configuration to start from, which works here and now.')
    .addHelpText(
      'after',
      '\nNever overwrites a file.\n\nExit codes: 0 written; 2 there is a file already, or it cannot be written.',
    )
    .action(({ config: path }: { config: string }) => {
      try {
        writeFileSync(path, STARTER, { flag: 'wx' })
      } catch (error) {
        const { code, message } = error as NodeJS.ErrnoException
        if (code === 'EEXIST') throw new UsageError(`${path} is there already`, 'choose another name with --config')
        throw new UsageError(`${path} cannot be written: ${code === 'ENOENT' ? 'there is no such directory' : message}`)
      }
      const option = path === 'config.yml' ? '' : ` --config ${quoteForShell(path)}`
      print(
        `${path} is written. Next:\n  minitor validate${option}   is it right?\n  minitor check${option}      run its checks once\n  minitor run${option}        watch`,
      )
    })
}
