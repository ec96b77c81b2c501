import { excerpt } from '../../core/text/cut.ts'
import { quoted } from './issue.ts'
import { complain, type Draft, warn } from './loading.ts'

/** What only a shell understands, and no program takes for an operand. */
const SHELL_ONLY = /^(?:\|\||&&|\|&|<<<?|>>|&>>?|[0-9]+>>?|[0-9]*>&[0-9-]|(?:[0-9]*|&)>>?\/dev\/\S+)$/
/** What a shell understands, and a program may take for an operand: `-F "|"`, `-exec … ;`. */
const PERHAPS_SHELL = /^[|;&<>]$/
/** A redirection in one piece: `>/tmp/x`, `2>>log`, `</etc/hosts`, `<<EOF`. `<title>` and `>=5` are none. */
const REDIRECTION = /^(?:(?:[0-9]*|&)>>?[a-z~/.$][^>]*|[0-9]*<[~/.$][^>]*|[0-9]*<<-?['"\\]?\w[^>]*|<<<[^<>]+)$/i
const COMPARES = /^(?:.*\/)?(?:test|\[|expr)$/

const AS_TEXT = 'a list is run without a shell; write the command as text'

/** A command in a list whose items look like a shell's: `[ping, host, "||", reboot]` runs ping with four arguments. */
export function checkListCommand({ loading, entries, own }: Draft): void {
  const node = entries.get('command')?.value
  const { command } = own as { readonly command?: unknown }
  if (node?.kind !== 'sequence' || !Array.isArray(command)) return
  const items = command.map(String)
  const [program = ''] = items
  if (/^[^\s/]+\s/.test(program)) {
    warn(loading, node.items[0] ?? node, `${quoted(excerpt(program, 60))} is the name of one program here`, AS_TEXT)
  }
  for (const [index, item] of items.entries()) {
    const place = node.items[index] ?? node
    const message = `${quoted(item)} is an argument here, as the command is a list`
    if (index > 0 && SHELL_ONLY.test(item)) complain(loading, place, message, AS_TEXT)
    else if (index > 0 && (PERHAPS_SHELL.test(item) || REDIRECTION.test(item)) && !isOperand(items, index))
      warn(loading, place, message, AS_TEXT)
  }
}

function isOperand(items: readonly string[], index: number): boolean {
  const before = items.slice(0, index)
  if (COMPARES.test(items[0] ?? '') || before.at(-1)?.startsWith('-')) return true
  return items[index] === ';' && before.some((item) => /^-(?:exec|ok)(?:dir)?$/.test(item))
}
