import { Argument, type Command } from 'commander'
import { configJsonSchema } from '../config/schema/json-schema.ts'
import { notificationJsonSchema } from '../config/schema/notification-schema.ts'
import { printJson } from './terminal/terminal.ts'

const SCHEMAS = { configuration: configJsonSchema, notification: notificationJsonSchema }

export function addSchema(program: Command): void {
  program
    .command('schema')
    .addArgument(
      new Argument('[what]', 'the configuration, or what an alert reads')
        .choices(Object.keys(SCHEMAS))
        .default('configuration'),
    )
    .description('Print the JSON Schema of the configuration, for editors, or of a notification.')
    .addHelpText(
      'after',
      '\nWith the YAML language server, begin the file with\n' +
        '  # yaml-language-server: $schema=./minitor.schema.json\n' +
        'after `minitor schema > minitor.schema.json`.\n\nA notification is the document on the standard input of an alert without\n`input`.\n\nExit codes: 0 fine; 2 wrong usage.',
    )
    .action((what: keyof typeof SCHEMAS) => printJson(SCHEMAS[what]()))
}
