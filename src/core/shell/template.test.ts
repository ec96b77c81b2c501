import { describe, expect, test } from 'bun:test'
import { compileList, compileScript } from './template.ts'

function script(source: string): string {
  const compiled = compileScript(source)
  if (!compiled.ok) throw new Error(compiled.mistakes.map(({ message }) => message).join('; '))
  expect(compiled.template.slice(0, 2)).toEqual([['sh'], ['-c']])
  return String(compiled.template[2]?.[0])
}

function mistakes(source: string | readonly string[]): string[] {
  const compiled = typeof source === 'string' ? compileScript(source) : compileList(source)
  if (compiled.ok) throw new Error('accepted')
  return compiled.mistakes.map(({ message, hint }) => `${message} | ${hint}`)
}

describe('a script', () => {
  // A variable is written V, the reference to it R, for the tables to be readable.
  const filled = (text: string) => text.replaceAll('V', '{last_output}').replaceAll('R', '$' + '{MINITOR_LAST_OUTPUT}')
  test.each([
    { name: 'bare', source: 'echo V', compiled: 'echo "R"' },
    { name: 'bare, with text around it', source: 'echo a=V.txt', compiled: 'echo a="R".txt' },
    { name: 'in double quotes', source: 'echo "a V b"', compiled: 'echo "a R b"' },
    { name: 'in single quotes', source: "echo 'a V b'", compiled: "echo 'a '\"R\"' b'" },
    { name: 'in $( ) in double quotes', source: 'echo "$(cat V)"', compiled: 'echo "$(cat "R")"' },
    { name: 'in backticks', source: 'echo `cat V`', compiled: 'echo `cat "R"`' },
    { name: 'in a here-document', source: 'cat <<EOF\n"V"\nEOF', compiled: 'cat <<EOF\n"R"\nEOF' },
    { name: 'in one with tabs', source: 'cat <<-E\n\tV\n\tE\necho V', compiled: 'cat <<-E\n\tR\n\tE\necho "R"' },
    { name: 'in two on a line', source: 'cat <<A <<B\nV\nA\nV\nB', compiled: 'cat <<A <<B\nR\nA\nR\nB' },
    { name: 'in one inside $( )', source: 'x=$(cat <<A\nV\nA\n)', compiled: 'x=$(cat <<A\nR\nA\n)' },
    { name: 'in a comment', source: "echo a # it's V\necho V", compiled: 'echo a # it\'s V\necho "R"' },
    { name: 'after a # inside a word', source: 'echo a#V', compiled: 'echo a#"R"' },
    {
      name: 'as the word of case',
      source: 'case V in a|b) echo V;; esac',
      compiled: 'case "R" in a|b) echo "R";; esac',
    },
    {
      name: 'in case in $( )',
      source: 'x=$(case V in a) echo V;; esac)',
      compiled: 'x=$(case "R" in a) echo "R";; esac)',
    },
    {
      name: 'on a continued line',
      source: 'cat -n \\\n  V\\\n  a && \\\n cat',
      compiled: 'cat -n \\\n  "R"\\\n  a && \\\n cat',
    },
    { name: 'in a loop', source: 'for x in V; do echo "$x"; done', compiled: 'for x in "R"; do echo "$x"; done' },
    { name: 'in an assignment', source: 'x=V cat', compiled: 'x="R" cat' },
    { name: 'in export', source: 'export X=V', compiled: 'export X="R"' },
    { name: 'in a function', source: 'f() { cat V; }; f', compiled: 'f() { cat "R"; }; f' },
    { name: 'as a file name', source: 'cat >V 2>&1', compiled: 'cat >"R" 2>&1' },
    {
      name: 'in code of another program it does not reach',
      source: "awk -v x=V '{print $1}'",
      compiled: 'awk -v x="R" \'{print $1}\'',
    },
    { name: 'beside a loop that counts', source: 'i=0; cat V; i=$((i+1))', compiled: 'i=0; cat "R"; i=$((i+1))' },
    {
      name: 'beside eval of something else',
      source: 'eval "$(ssh-agent)"; cat V',
      compiled: 'eval "$(ssh-agent)"; cat "R"',
    },
    {
      name: 'beside trap and .',
      source: '. ./lib.sh; trap "rm x" EXIT; cat V',
      compiled: '. ./lib.sh; trap "rm x" EXIT; cat "R"',
    },
    { name: 'sent to a constant script', source: "echo V | sh -c 'cat'", compiled: 'echo "R" | sh -c \'cat\'' },
    { name: 'with a program from the environment', source: '"$mailer" V', compiled: '"$mailer" "R"' },
    {
      name: 'sent to a host',
      source: "echo V | ssh $host 'cat >> log'",
      compiled: 'echo "R" | ssh $host \'cat >> log\'',
    },
    { name: 'for a script file', source: 'sh "$HOME/notify.sh" V', compiled: 'sh "$HOME/notify.sh" "R"' },
    { name: 'with a program in a directory', source: '"$HOME"/bin/notify V', compiled: '"$HOME"/bin/notify "R"' },
  ])('accepts a variable $name', ({ source, compiled }) => {
    expect(script(filled(source))).toBe(filled(compiled))
  })

  test.each([
    { name: 'a here-document with a quoted delimiter', source: "cat <<'EOF'\nV\nEOF", message: 'delimiter is quoted' },
    {
      name: 'a here-document with a joined line',
      source: "cat <<E\n$(echo '\\\n')V\nE",
      message: 'ends with a backslash',
    },
    { name: 'a here-document that never ends', source: 'cat <<EOF\nV', message: 'never closed' },
    { name: 'a quote that never ends', source: 'echo "V', message: 'never closed' },
    { name: '$( ) that never ends', source: 'echo $(cat V', message: 'never closed' },
    { name: 'arithmetic', source: 'echo $((V + 1))', message: 'calculated' },
    { name: '(( ))', source: '((V)) && echo', message: 'calculated' },
    { name: '[[ ]]', source: '[[ V -eq 1 ]]', message: 'calculated' },
    { name: 'let', source: 'let x=V', message: 'let would run' },
    { name: 'an array index', source: 'a[V]=1', message: 'calculated' },
    { name: 'a parameter in braces', source: 'echo $' + '{x:-V}', message: 'parameter in braces' },
    { name: "$' '", source: "echo $'V'", message: 'cannot be quoted' },
    { name: 'backticks with a backslash', source: 'echo `echo "\\"" V`', message: 'backticks with a backslash' },
    { name: 'a backslash before it', source: 'echo \\V', message: 'a backslash stands before' },
    { name: 'a backslash before it in double quotes', source: 'echo "\\V"', message: 'a backslash stands before' },
    { name: 'the name of the program', source: 'V', message: 'choose the program' },
    { name: 'a part of that name', source: 'mail-V', message: 'choose the program' },
    { name: 'the program that env runs', source: 'env A=b V', message: 'choose the program' },
    { name: 'the program that sudo runs', source: 'sudo -u bob V', message: 'choose the program' },
    { name: 'the place of a program that may be empty', source: '$mailer V', message: 'choose the program' },
    { name: 'the place of code that may be empty', source: 'sh -c $code V', message: 'sh would run' },
    { name: 'eval', source: 'eval V', message: 'eval would run' },
    { name: 'eval in other quotes', source: 'e"va"\\l V', message: 'eval would run' },
    { name: 'command eval', source: 'command eval V', message: 'eval would run' },
    { name: 'time eval', source: 'time -p eval V', message: 'eval would run' },
    { name: 'trap', source: 'trap "echo V" EXIT', message: 'trap would run' },
    { name: 'alias', source: 'alias x=V', message: 'alias would run' },
    { name: '.', source: '. V', message: '. would run' },
    { name: 'sh -c', source: 'sh -c "echo V"', message: 'sh would run' },
    { name: 'bash -o pipefail -ec', source: '/bin/bash -o pipefail -ec "V"', message: 'sh would run' },
    { name: 'sh with a quoted -c', source: 'sh \\-"c" V', message: 'sh would run' },
    { name: 'a pipe into eval sh', source: 'echo V | eval sh', message: 'standard input' },
    { name: 'sh -c -', source: 'sh -c - V', message: 'sh would run' },
    { name: 'sudo sh -c', source: "sudo -u bob sh -c 'V'", message: 'sh would run' },
    { name: 'busybox sh -c', source: "busybox sh -c 'V'", message: 'sh would run' },
    { name: 'docker exec … sh -c', source: 'docker exec web sh -c V', message: 'sh would run' },
    { name: 'su -c', source: 'su bob -c "echo V"', message: 'su would run' },
    { name: 'a pipe into sh', source: 'echo V | sh', message: 'standard input' },
    { name: 'a pipe into sh -s with arguments', source: 'echo V | sh -s a', message: 'standard input' },
    { name: 'a here-document for bash', source: 'bash -s <<E\necho V\nE', message: 'standard input' },
    { name: 'ssh', source: 'ssh -p 22 host echo V', message: 'ssh would run' },
    { name: 'a here-document for ssh', source: 'ssh host <<E\necho V\nE', message: 'standard input' },
    { name: 'xargs sh -c', source: "echo V | xargs -I% sh -c 'echo %'", message: 'xargs' },
    { name: 'python -c', source: 'python3.11 -c "print(\'V\')"', message: 'python3.11 would run' },
    { name: 'perl -e', source: 'perl -ne "print V"', message: 'perl would run' },
    { name: 'node --eval', source: 'node --eval "V"', message: 'node would run' },
    { name: "awk's program", source: 'awk -F: "{ print V }"', message: 'awk would run' },
    { name: "sed's script", source: 'sed -n "s/a/V/p"', message: 'sed would run' },
    { name: 'SQL', source: "psql <<E\ninsert into log values ('V');\nE", message: 'standard input' },
    { name: 'the format of printf', source: 'printf V a', message: 'format of printf' },
    { name: 'an operator of [', source: '[ V V ]', message: 'expects an operator' },
    { name: 'a name to unset', source: 'unset V', message: 'takes names' },
    { name: 'a file descriptor', source: 'echo >&V', message: 'after >&' },
    { name: 'a file descriptor before a keyword', source: '>&V for x in a; do cat; done', message: 'after >&' },
    { name: 'PATH', source: 'PATH=V:$PATH cat', message: 'decides what programs run' },
    { name: 'a brace expansion', source: '{eval,echo} V', message: 'several words' },
    { name: 'a name that goes on in the next line', source: 'e=eval; $\\\ne V', message: 'a line is continued' },
    { name: 'parentheses on two lines', source: '(\\\n(V))', message: 'a line is continued' },
  ])('refuses it in $name', ({ source, message }) => {
    expect(mistakes(filled(source)).join('\n')).toContain(message)
  })

  test('a plain variable may be calculated with, and stand in code', () => {
    expect(script('echo $(({failure_count} + 1)); sh -c "exit {failure_count}"')).toBe(
      'echo $(($' + '{MINITOR_FAILURE_COUNT} + 1)); sh -c "exit $' + '{MINITOR_FAILURE_COUNT}"',
    )
    expect(mistakes('{kind}')).toHaveLength(1)
    expect(script('./notify-{kind}.sh')).toContain('MINITOR_KIND')
  })

  test('without variables anything is left to the shell', () => {
    for (const source of ["echo 'a", '[[ a ]]', 'eval "$x"', 'cat <(ls)', 'a[1]=2', 'awk "{print $1}"', ''])
      expect(script(source)).toBe(source)
  })

  test('a mistake names its place, in the text as it was written', () => {
    const compiled = compileScript('echo "{{}}" && eval {last_output}')
    expect(compiled.ok ? [] : compiled.mistakes).toEqual([
      {
        message: 'eval would run foreign text as code',
        hint: 'name the variable in a command instead',
        offset: 20,
        length: 13,
      },
    ])
  })

  test('every mistake is reported', () => {
    expect(mistakes('eval {last_output}; sh -c {reason}; echo $(({reason}))')).toHaveLength(3)
  })
})

describe('E3: a script that is nested too deep', () => {
  test.each([
    ['$(', '$(', ''],
    ['$( )', '$(', ')'],
    ['"$( )"', '"$(', ')"'],
    ['$(( ))', '$((', '))'],
    ['<( )', '<(', ')'],
    ['( )', '( ', ' )'],
    ['{ }', '{ ', ' ; }'],
    ['if', 'if ', '; then :; fi'],
    ['case', 'case a in a) ', ' ;; esac'],
    ['for', 'for a in b; do ', '; done'],
  ])('is refused with its place: %s', (_, opening, closing) => {
    for (const depth of [120, 5_000, 50_000]) {
      const found = mistakes(`echo {last_output}; ${opening.repeat(depth)}x${closing.repeat(depth)}`)
      expect(found).toEqual([expect.stringContaining('nested too deep')])
    }
  })

  test.each([
    ['$(echo ', ')'],
    ['( ', ' )'],
    ['{ ', '; }'],
    ['$((1+', '))'],
  ])('but not a few levels: %s', (opening, closing) => {
    expect(compileScript(`echo {last_output}; ${opening.repeat(20)}echo 1${closing.repeat(20)}`).ok).toBe(true)
  })
})

describe('a list', () => {
  const template = (list: readonly string[]) => {
    const compiled = compileList(list)
    if (!compiled.ok) throw new Error(compiled.mistakes.map(({ message }) => message).join('; '))
    return compiled.template
  }
  test('keeps a variable inside its argument', () => {
    expect(template(['sendmail', 'me@minitor.mon', 'Failure: {monitor_name}!', ''])).toEqual([
      ['sendmail'],
      ['me@minitor.mon'],
      ['Failure: ', { variable: 'monitor_name' }, '!'],
      [''],
    ])
  })
  test.each([
    { name: 'bash -c', list: ['bash', '-c', 'echo {last_output}'], index: 2 },
    { name: 'sh -ec', list: ['/bin/sh', '-ec', 'echo {last_output}'], index: 2 },
    { name: 'env timeout sh -c', list: ['env', 'A=b', 'timeout', '5', 'sh', '-c', 'echo {last_output}'], index: 6 },
    { name: 'busybox sh -c', list: ['busybox', 'sh', '-c', 'echo {last_output}', 'x'], index: 3 },
  ])('compiles the script of $name', ({ list, index }) => {
    expect(template(list)[index]).toEqual(['echo "$' + '{MINITOR_LAST_OUTPUT}"'])
  })
  test('leaves the arguments of a script alone', () => {
    expect(template(['sh', '-c', 'echo "$1"', 'sh', '{last_output}']).at(-1)).toEqual([{ variable: 'last_output' }])
  })
  test.each([
    { name: 'a variable as the program', list: ['{kind}'], message: 'choose the program' },
    { name: 'a variable as the program of env', list: ['env', '{last_output}'], message: 'choose the program' },
    {
      name: 'sudo, which drops the environment',
      list: ['sudo', 'sh', '-c', 'echo {last_output}'],
      message: 'sudo gives',
    },
    { name: 'env -i', list: ['env', '-i', 'sh', '-c', 'echo {last_output}'], message: 'another environment' },
    { name: 'docker', list: ['docker', 'exec', 'a', 'sh', '-c', '{last_output}'], message: 'docker gives' },
    { name: 'code of Python', list: ['python3', '-c', 'print("{last_output}")'], message: 'python3 would run' },
    { name: 'ssh', list: ['ssh', 'host', 'echo {last_output}'], message: 'ssh would run' },
    { name: 'a mistake in its script', list: ['sh', '-c', 'eval {last_output}'], message: 'eval would run' },
    { name: 'a misspelled variable', list: ['echo', '{last_outptu}'], message: '{last_outptu} is not' },
  ])('refuses $name', ({ list, message }) => {
    expect(mistakes(list).join('\n')).toContain(message)
    const compiled = compileList(list)
    const argument = list.findIndex((text) => text.includes('{'))
    expect(compiled.ok ? [] : compiled.mistakes.map(({ argumentIndex }) => argumentIndex)).toEqual([argument])
  })
})

test('the samples of Minitor compile', () => {
  const mailgun =
    'curl -s -X POST -F subject="Alert! {{.MonitorName}} failed" -F from="Minitor <minitor@minitor.mon>" ' +
    '-F to=me@minitor.mon -F text="Our monitor failed" https://api.mailgun.net/v3/minitor.mon/messages ' +
    '-u "api:$' +
    '{MAILGUN_API_KEY}"\n'
  const compiled = mailgun.replace('{{.MonitorName}}', '$' + '{MINITOR_MONITOR_NAME}')
  expect(script(mailgun)).toBe(compiled)
  expect(script(mailgun.replace('{{.MonitorName}}', '{monitor_name}'))).toBe(compiled)
})
