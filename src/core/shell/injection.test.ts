import { afterAll, describe, expect, test } from 'bun:test'
import { mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { EVENT_LIMIT_MS, TEST_LIMIT_MS } from '../../../test/support/pace.ts'
import { SHELLS } from '../../../test/support/shells.ts'
import { VARIABLE_NAMES, type VariableName } from '../model/types.ts'
import { renderCommand, variableEnvironment } from '../tell/render.ts'
import { compileScript } from './template.ts'

type Values = Record<VariableName, string>

const directory = mkdtempSync(join(tmpdir(), 'minitor-injection-'))
const tools = mkdtempSync(join(tmpdir(), 'minitor-tools-'))
for (const tool of ['touch', 'printf', 'cat', 'od', 'env', 'xargs', 'sh', 'bash']) {
  const path = Bun.which(tool)
  if (path) symlinkSync(path, join(tools, tool))
}
afterAll(() => {
  rmSync(directory, { recursive: true })
  rmSync(tools, { recursive: true })
})

/** What a hostile check prints, to run as code wherever it is read once too often. */
const HOSTILE = [
  '$(touch PWNED)',
  '`touch PWNED`',
  "'; touch PWNED; '",
  '"; touch PWNED; "',
  '; touch PWNED #',
  '\ntouch PWNED\n',
  'touch PWNED',
  'a[$(touch PWNED)]',
  'a[$(touch PWNED)]=1',
  '-va[$(touch PWNED)]',
  'EOF\ntouch PWNED\n',
  '{last_output}',
  '{{x}} {monitor_name} {failure_count.__class__}',
  '-n',
  '--',
  '\\',
  '%s%n\\x41',
  '*',
  '~',
  '\x01\x7f\x1b[2J\r\n',
  '\u0081\u0082\u0083\u0088\u009f',
  '😀é\u202e',
  '\n\n',
]

function valuesOf(values: Partial<Values>): Values {
  return { ...(Object.fromEntries(VARIABLE_NAMES.map((name) => [name, 'other'])) as Values), ...values }
}

/** Runs a compiled script in an empty directory; returns what it printed. Fails if the script was refused. */
function run(shell: readonly (string | null | undefined)[], source: string, values: Values): Buffer {
  const compiled = compileScript(source)
  if (!compiled.ok) throw new Error(`${JSON.stringify(source)}: ${compiled.mistakes[0]?.message}`)
  const [, ...args] = renderCommand(compiled.template, values)
  const ended = Bun.spawnSync([...shell.map(String), ...args], {
    cwd: directory,
    env: { ...variableEnvironment(values), PATH: tools, HOME: directory },
    stdin: new Uint8Array(),
    stderr: 'ignore',
    timeout: EVENT_LIMIT_MS,
  })
  return ended.stdout
}

function filesMade(): string[] {
  const files = readdirSync(directory)
  for (const file of files) rmSync(join(directory, file), { recursive: true })
  return files
}

/** A part of a script, and what it stands for. */
interface Part {
  readonly source: string
  readonly text: (values: Values) => string
}

const constant = (source: string, text = source): Part => ({ source, text: () => text })
const joined = (parts: readonly Part[], separator = ''): Part => ({
  source: parts.map(({ source }) => source).join(separator),
  text: (values) => parts.map(({ text }) => text(values)).join(separator),
})
const wrapped = (before: string, part: Part, after: string): Part => ({
  source: before + part.source + after,
  text: part.text,
})
/** As `$( )` does. */
const captured = (before: string, part: Part, after: string): Part => ({
  source: before + part.source + after,
  text: (values) => part.text(values).replace(/\n+$/, ''),
})

const variable: fc.Arbitrary<Part> = fc
  .constantFrom<VariableName>('last_output', 'monitor_name', 'reason')
  .map((name) => ({ source: `{${name}}`, text: (values) => values[name] }))

const texts = (...parts: readonly Part[]) => fc.constantFrom(...parts)
const PLAIN = ['a', 'b=', '/x.y', ',', '#', 'é😀'].map((text) => constant(`_${text}`))
const IN_DOUBLE = [' ', "'", "it's", ';', '# x', '&|<>()', '*', '\n', '~'].map((text) => constant(text))
const IN_SINGLE = [' ', '"', ';', '$x', '#', '&|<>()', '\n', '*'].map((text) => constant(text))
const ESCAPES = [
  constant('\\"', '"'),
  constant('\\$x', '$x'),
  constant('\\\\', '\\'),
  constant('\\`', '`'),
  constant('\\a'),
]

/** One word of a command. Inside backticks there are neither backslashes nor backticks. */
function word(depth: number, isInBackticks: boolean): fc.Arbitrary<Part> {
  const nested = depth > 0 ? [output(depth - 1, isInBackticks)] : []
  const inDouble = [variable, texts(...IN_DOUBLE), ...(isInBackticks ? [] : [texts(...ESCAPES)]), ...nested]
  const inSingle = [variable, texts(...IN_SINGLE, ...(isInBackticks ? [] : [constant('\\ '), constant('`')]))]
  const quoted = (parts: readonly fc.Arbitrary<Part>[], quote: string) =>
    fc.array(fc.oneof(...parts), { maxLength: 4 }).map((list) => wrapped(quote, joined(list), quote))
  const parts = [variable, texts(...PLAIN), quoted(inDouble, '"'), quoted(inSingle, "'")]
  return fc.array(fc.oneof(...parts), { minLength: 1, maxLength: 4 }).map((list) => joined(list))
}

/** `$( )` or backticks that print one word or a here-document; stands in double quotes. */
function output(depth: number, isInBackticks: boolean): fc.Arbitrary<Part> {
  const printed = word(depth, isInBackticks).map((part) => captured("$(printf '%s' ", part, ')'))
  const read = document(depth, isInBackticks).map((part) => captured(`$(cat <<E${depth}\n`, part, `E${depth}\n)`))
  const inBackticks = word(0, true).map((part) => captured("`printf '%s' ", part, '`'))
  return fc.oneof(printed, read, ...(isInBackticks ? [] : [inBackticks]))
}

/** Lines of a here-document. */
function document(depth: number, isInBackticks: boolean): fc.Arbitrary<Part> {
  const escapes = isInBackticks ? [] : [texts(constant('\\$x', '$x'), constant('\\\\', '\\'), constant('\\"'))]
  const nested = depth > 0 ? [output(depth - 1, isInBackticks)] : []
  const part = fc.oneof(variable, texts(constant('"'), ...PLAIN, ...IN_DOUBLE), ...escapes, ...nested)
  return fc.array(part, { maxLength: 5 }).map((list) => joined([constant('-'), ...list, constant('\n')]))
}

const statement: fc.Arbitrary<Part> = fc.oneof(
  fc.array(word(3, false), { minLength: 1, maxLength: 3 }).map((words) => ({
    source: `printf '%s\\0' ${words.map(({ source }) => source).join(' ')} # it's {last_output} "\n`,
    text: (values: Values) => words.map(({ text }) => `${text(values)}\0`).join(''),
  })),
  word(1, false).map((part) => ({
    source: `x=${part.source}; case {reason} in {reason}) printf '%s\\0' "$x"; env printf '%s\\0' {reason};; esac\n`,
    text: (values: Values) => `${part.text(values)}\0${values.reason}\0`,
  })),
  fc.tuple(document(2, false), document(1, false)).map(([first, second]) => ({
    source: `{ cat <<EOF; cat <<-END; }; printf '\\0'\n${first.source}EOF\n${second.source}\tEND\n`,
    text: (values: Values) => `${first.text(values)}${second.text(values)}\0`,
  })),
)

const anyValue = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc
    .array(fc.oneof(fc.constantFrom(...HOSTILE), fc.string({ unit: 'binary', maxLength: 3 })))
    .map((list) => list.join('')),
  fc.constantFrom(...HOSTILE.map((text) => text.repeat(20_000).slice(0, 16_384))),
)
const value = anyValue.map((text) => variableEnvironment(valuesOf({ reason: text })).MINITOR_REASON ?? '')

describe.each(SHELLS)('$name', ({ command }) => {
  const isMissing = command.includes(null)

  test.skipIf(isMissing).each(HOSTILE)('F1: an alert that echoes %j prints it and runs nothing', (text) => {
    const places = [
      '{last_output} "{last_output}" \'{last_output}\' "<{last_output}>" \'<{last_output}>\'',
      '"$(printf %s {last_output}x)" "$(printf %s "{last_output}x")" "`printf %s \'{last_output}x\'`"',
    ]
    const source = `printf '%s\\0' ${places.join(' ')}`
    const expected = [text, text, text, `<${text}>`, `<${text}>`, `${text}x`, `${text}x`, `${text}x`]
    expect(run(command, source, valuesOf({ last_output: text })).toString()).toBe(`${expected.join('\0')}\0`)
    expect(filesMade()).toEqual([])
  })

  test.skipIf(isMissing)(
    'F2: any text, in any quoting place, arrives byte for byte',
    () => {
      fc.assert(
        fc.property(fc.array(statement, { minLength: 1, maxLength: 3 }), value, value, value, (statements, a, b, c) => {
          const values = valuesOf({ last_output: a, monitor_name: b, reason: c })
          const script = joined(statements)
          const printed = run(command, script.source, values)
          expect(printed.toString('hex')).toBe(Buffer.from(script.text(values)).toString('hex'))
          expect(filesMade()).toEqual([])
        }),
        { numRuns: Number(process.env.FUZZ_RUNS ?? 60) },
      )
    },
    5 * TEST_LIMIT_MS,
  )
})
