import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { chmodSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { limitMs, TEST_LIMIT_MS } from '../../../test/support/pace.ts'
import { SHELLS } from '../../../test/support/shells.ts'
import { compileScript } from './template.ts'

/** Scripts accepted and run by each shell; raise it by hand after a change. */
const RUN_COUNT = Number(process.env.FUZZ_RUNS ?? 150)

const timeout = Bun.which('timeout')
const bash = Bun.which('bash')

let directory = ''
let tools = ''
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'minitor-fuzz-'))
  tools = mkdtempSync(join(tmpdir(), 'minitor-fuzz-tools-'))
  chmodSync(tools, 0o755)
  for (const tool of ['touch', 'printf', 'cat', 'od', 'env', 'xargs', 'sed', 'awk', 'nice', 'bash']) {
    const path = Bun.which(tool)
    if (path) symlinkSync(path, join(tools, tool))
  }
  // Of all shells bash finds the most ways to run what it should only pass on.
  if (bash) symlinkSync(bash, join(tools, 'sh'))
})
afterAll(() => {
  for (const path of [directory, tools]) rmSync(path, { recursive: true })
})

const HOSTILE = [
  '$(touch PWNED)',
  '`touch PWNED`',
  'a[$(touch PWNED)]',
  'a[$(touch PWNED)]=1',
  '-va[$(touch PWNED)]',
  '-pa[$(touch PWNED)]',
  'touch PWNED',
  ' touch PWNED',
  '1 touch PWNED',
  '-- touch PWNED',
  '\ntouch PWNED\n',
  "'; touch PWNED; '",
  '"; touch PWNED; "',
  'x; touch PWNED #',
  'EOF\ntouch PWNED\n',
  ') ; touch PWNED ; (',
  '} ; touch PWNED ; {',
]

const V = '{last_output}'
const parameter = (inside: string) => `$\{${inside}}`
/**
 * Functions are never called by one another: a script that calls itself would fork until the machine stands still. Nothing is
 * followed through variables and files, so no token sets what another one runs.
 */
const TOKENS = [
  ...[
    ' ',
    '\n',
    '\t',
    '"',
    "'",
    '$(',
    ')',
    '`',
    '\\',
    '\\\n',
    '#',
    ' #',
    '$',
    '${',
    '}',
    '((',
    '))',
    '$((',
    '$[',
    "$'",
    '$"',
  ],
  ...['<<EOF', '\nEOF\n', '<<-E ', '\n\tE\n', "<<'Q'", '<<\\EOF', 'EOF', '<<<', '<(', '<', '>&', '2>&1', '|&'],
  ...[';', ';;', '&&', '||', '|', '&', '!', '-', '=', 'a', '*', '?', '~', ',', '{a,', '%s'],
  ...['case x in ', 'x)', ' esac', 'if ', '; then ', '; fi', '; do ', '; done', '{ ', '; }', '[[ ', ' ]]', '[ ', ' ]'],
  ...["printf '%s\\n' ", 'printf ', 'echo ', 'cat ', 'eval ', 'trap ', ' EXIT', 'set -x'],
  ...[
    'test ',
    'let ',
    'unset ',
    'export ',
    'local ',
    'declare ',
    'typeset -i ',
    'cd ',
    'time ',
    'command ',
    'builtin ',
  ],
  ...['exec ', 'env ', 'nice ', 'xargs ', 'bash -c ', '-c ', '-v ', '-n ', '-eq ', 'function ', 'coproc ', 'select '],
  ...[
    'PS4=',
    'a[',
    'a[n]=',
    parameter('x'),
    parameter('x:-').slice(0, -1),
    parameter('!x'),
    parameter('x@P'),
    parameter('MINITOR_LAST_OUTPUT'),
    '$MINITOR_LAST_OUTPUT',
    '"$MINITOR_LAST_OUTPUT"',
  ],
]
const VARIABLES = [V, `"${V}"`, `'${V}'`, `"a${V}b"`, `"$(echo ${V})"`, `$(echo ${V})`, `\`echo ${V}\``]

const soup = fc
  .array(fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...TOKENS) }, fc.constantFrom(...VARIABLES)), {
    maxLength: 14,
  })
  .map((tokens) => tokens.join(''))

const { commands } = fc.letrec<{ word: string; command: string; commands: string }>((tie) => {
  const words = fc.tuple(tie('word'), tie('word')).map((pair) => pair.join(' '))
  const before = (...starts: string[]) => fc.tuple(fc.constantFrom(...starts), words).map((parts) => parts.join(''))
  const around = (start: string, arbitrary: fc.Arbitrary<string>, end: string) =>
    arbitrary.map((text) => start + text + end)
  return {
    word: fc.oneof(
      { maxDepth: 3 },
      fc.constantFrom(
        ...VARIABLES,
        'w',
        '"$x"',
        '$x',
        '"b c"',
        '-c',
        '-v',
        'a=b',
        'eval',
        'sh',
        '$((n+1))',
        parameter('x:-b'),
        '"#"',
        "'$d'",
      ),
      around('"$(', tie('commands'), ')"'),
      around('$(', tie('commands'), ')'),
      around('`', tie('word'), '`'),
    ),
    command: fc.oneof(
      { maxDepth: 3 },
      before('echo ', "printf '%s\\n' ", 'cat ', 'printf %s '),
      before(
        'eval ',
        '. ',
        'trap ',
        'exec ',
        'command ',
        'env ',
        'time ',
        'sh -c ',
        'xargs ',
        'export ',
        'unset ',
        'test ',
        'printf ',
      ),
      before('command eval ', 'ev""al ', '\\eval ', '$SHELL -c ', 'sh -o posix -c ', 'env -S "sh -c" ', 'printf -- '),
      // No other word reads it: what a script runs through its own variables is not followed.
      tie('word').map((word) => `v=${word}; : "$v" $v`),
      tie('word').map((word) => `[[ ${word} = a && ${word} -eq 1 ]]; (( ${word} )); cat <<<${word}`),
      tie('word').map((word) => `cat <(echo ${word}) >(cat); a=(${word}); echo ${word} |& cat`),
      fc.tuple(tie('word'), tie('word')).map(([a, b]) => `cat <<EOF\n${a} ${b}\nEOF\n`),
      fc.tuple(tie('word'), tie('word')).map(([a, b]) => `cat <<-E <<EOF\n\t${a}\n\tE\n${b}\nEOF\n`),
      fc.tuple(tie('word'), tie('word')).map(([a, b]) => `[ ${a} = ${b} ] && [ ${a} ${b} ]`),
      fc.tuple(tie('word'), tie('command')).map(([a, b]) => `case ${a} in ${a}) ${b} ;; esac`),
      fc.tuple(tie('word'), tie('command')).map(([a, b]) => `for y in ${a}; do ${b}; done`),
      fc
        .tuple(
          tie('command'),
          fc.constantFrom(
            'cat',
            'sh',
            'bash -s',
            'xargs sh -c',
            'xargs printf %s',
            'while read n; do echo "$n"; done',
            '{ cat; sh; }',
            '(sh)',
            'tee >(sh)',
          ),
        )
        .map((stages) => stages.join(' | ')),
      around('( ', tie('commands'), ' )'),
      around('{ ', tie('commands'), '; }'),
    ),
    commands: fc.oneof(
      { maxDepth: 3 },
      tie('command'),
      fc
        .tuple(tie('command'), fc.constantFrom('; ', ' && ', ' || ', '\n', ' | ', ' # '), tie('commands'))
        .map((parts) => parts.join('')),
    ),
  }
})

/** A sound script with a few characters lost and a few tokens too many. */
const mutated = fc
  .tuple(commands, fc.array(fc.tuple(fc.nat(), fc.constantFrom('', ...TOKENS), fc.nat(2)), { maxLength: 3 }))
  .map(([script, changes]) =>
    changes.reduce((text, [at, token, lost]) => {
      const position = at % (text.length + 1)
      return text.slice(0, position) + token + text.slice(position + lost)
    }, script),
  )

const compiled = fc
  .oneof(soup, mutated)
  .map((source) => (source.includes(V) ? source : `${source} ${V}`))
  .map((source) => ({ source, result: compileScript(source) }))
  .filter(({ result }) => result.ok && String(result.template[2]?.[0]).includes('{MINITOR_'))

describe.each(SHELLS)('$name', ({ command }) => {
  test.skipIf(timeout === null || command.includes(null))(
    'F1: no script that is accepted runs what a check printed',
    () => {
      fc.assert(
        fc.property(compiled, fc.constantFrom(...HOSTILE), ({ result }, value) => {
          const script = result.ok ? String(result.template[2]?.[0]) : ''
          // `timeout` ends the whole process group, whatever the script made of itself.
          Bun.spawnSync(
            [String(timeout), '-s', 'KILL', String(limitMs(500) / 1000), ...command.map(String), '-c', script],
            {
              cwd: directory,
              env: { PATH: tools, HOME: directory, MINITOR_LAST_OUTPUT: value },
              stdin: new Uint8Array(),
              stdout: 'ignore',
              stderr: 'ignore',
            },
          )
          const files = readdirSync(directory)
          for (const file of files) rmSync(join(directory, file), { recursive: true })
          expect(files).not.toContain('PWNED')
        }),
        { numRuns: RUN_COUNT },
      )
    },
    30 * TEST_LIMIT_MS,
  )
})
