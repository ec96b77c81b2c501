import type { Command } from 'commander'
import { configJsonSchema } from '../config/schema/json-schema.ts'
import { printJson } from './terminal/terminal.ts'

export function addSchema(program: Command): void {
  program
    .command('schema')
    .description("Print the configuration's JSON Schema, for editors.")
    .addHelpText(
      'after',
      '\nWith the YAML language server, begin the file with\n' +
        '  # yaml-language-server: $schema=./minitor.schema.json\n' +
        'after `minitor schema > minitor.schema.json`.\n\nExit codes: 0 fine.',
    )
    .action(() => printJson(configJsonSchema()))
}
