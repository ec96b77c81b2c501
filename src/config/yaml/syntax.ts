import type { Finding, Source } from './source.ts'

const INDENT = 'entries that belong together begin in the same column; indent with spaces'
const QUOTE = 'put the value in quotes'
const NO_SPACE = { message: 'a key needs ": " after it', hint: 'write KEY: VALUE, with a space' }

/** The parser's reasons in words for the author of the file. */
const REASONS: readonly { reason: RegExp; message: string; hint: string }[] = [
  { reason: /^tab characters/, message: 'a tab cannot indent a line', hint: 'indent with spaces' },
  {
    reason: /^nesting exceeded/,
    message: 'brackets or lists are nested too deep',
    hint: 'a configuration needs no more than a few levels',
  },
  {
    reason: /^deficient indentation|^unexpected end|^missed comma/,
    message: 'a quote or bracket is not closed',
    hint: 'close it with the same kind; text with a quote in it needs the other kind around it',
  },
  {
    reason: /^unknown escape|hexadecimal/,
    message: 'a backslash in double quotes must begin an escape such as \\n or \\\\',
    hint: 'write \\\\ for a backslash, or use single quotes',
  },
  {
    reason: /non-printable|null byte|valid JSON character/,
    message: 'a control character is not allowed here',
    hint: 'remove it, or write it as an escape in double quotes, such as "\\x1b"',
  },
  {
    reason: /indentation|multiline key|document separator/,
    message: 'this line is not indented correctly',
    hint: INDENT,
  },
  { reason: /':' after a mapping key/, ...NO_SPACE },
]

const COLON_WITHOUT_SPACE = { line: /^\s*(?:- )?\w+:[^\s/]/, ...NO_SPACE }

/** Such as a cron expression in brackets. */
const STAR = { message: 'a value that begins with * is an alias', hint: QUOTE }

const FIRST_CHARACTER = { message: 'a value cannot begin with this character', hint: QUOTE }

/** Causes by which a line looks badly indented to the parser, although it is not. */
const CAUSES: readonly { line: RegExp; message: string; hint: string }[] = [
  { line: /^\s*(?:- )?[\w-]+:\s+[@`%|>,\]}]/, ...FIRST_CHARACTER },
  { line: /^\s*(?:- )?[\w-]+:\s+\*\S+\s+\S/, ...STAR },
  {
    line: /^\s*(?:- )?[\w-]+:\s+(?:"[^"]*"|'[^']*')\s*[^\s#]/,
    message: 'text follows the closing quote',
    hint: 'put the whole value in one pair of quotes',
  },
  { line: /^\s*(?:- )?[\w-]+:\s+[[{].*[\]}]\s*[^\s#\]}]/, message: 'text follows the closing bracket', hint: QUOTE },
  {
    line: /^\s*(?:- )?[\w-]+:\s+[^\s'"|>#](?:(?!\s#).)*:(?:\s|$)/,
    message: 'a value that contains ": " needs quotes',
    hint: 'put the value in quotes, or if it has quotes itself, write | after the key and the value on the next line',
  },
  COLON_WITHOUT_SPACE,
]

const VARIABLE_IN_BRACKETS = {
  line: /[[{].*\$\{/,
  message: 'a value with a $ and a brace needs quotes inside brackets',
  hint: QUOTE,
}

export function syntaxFinding(source: Source, reason: string, position: number): Finding {
  const known = REASONS.find((entry) => entry.reason.test(reason))
  const line = lineAt(source.text, position)
  if (/^missed comma/.test(reason) && VARIABLE_IN_BRACKETS.line.test(line.text)) {
    return finding(source, position, VARIABLE_IN_BRACKETS)
  }
  const isStar = /^name of an alias/.test(reason) || (/^missed comma/.test(reason) && /[[{,:]\s*\*/.test(line.text))
  if (isStar) return finding(source, position, STAR)
  if (/^missed comma/.test(reason) && /[[{,:]\s*[@`%]/.test(line.text))
    return finding(source, position, FIRST_CHARACTER)
  if (known?.hint !== INDENT)
    return finding(source, position, known ?? { message: `this is not YAML: ${reason}`, hint: null })
  const cause = CAUSES.find((entry) => entry.line.test(line.text))
  if (cause !== undefined) return finding(source, position, cause)
  // A key without a space after its colon is text to the parser: it notices on the next line.
  const before = lineAt(source.text, line.start - 1)
  if (COLON_WITHOUT_SPACE.line.test(before.text)) return finding(source, textStart(before), COLON_WITHOUT_SPACE)
  return finding(source, textStart(line), known)
}

interface Line {
  readonly text: string
  readonly start: number
}

function finding(source: Source, at: number, words: { message: string; hint: string | null }): Finding {
  return { place: { source, start: at, end: at + 1 }, subject: '', message: words.message, hint: words.hint }
}

function lineAt(text: string, position: number): Line {
  const start = text.lastIndexOf('\n', position - 1) + 1
  const end = text.indexOf('\n', start)
  return { text: text.slice(start, end === -1 ? text.length : end), start }
}

function textStart({ text, start }: Line): number {
  return start + Math.max(text.search(/\S/), 0)
}
