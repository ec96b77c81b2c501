import { afterAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { requireDebianPackage } from '../support/debian.ts'
import { TEST_LIMIT_MS } from '../support/pace.ts'
import { type ShellName, startTypedShell } from '../support/typed-shell.ts'

setDefaultTimeout(TEST_LIMIT_MS)

const SHELLS = (['bash', 'zsh', 'fish'] as const).filter((shell) => requireDebianPackage(shell, shell))

/** Every character that means something to a shell, and to how a shell splits a line for completion. */
const NAMES = [
  'web',
  'My blog',
  'two  spaces',
  "it's",
  'say "hi"',
  `both 'single' and "double"`,
  'Küche',
  '日本語 サイト',
  'smile 😀 smile',
  'db: main',
  'host:port:more',
  'a=b=c',
  'me@example.org',
  'costs $5 of $HOME',
  '$(touch pwned)',
  '`touch pwned`',
  'x;touch pwned;y',
  'back\\slash \\n',
  'ends with \\',
  '~home and ~',
  '#hash #2',
  '=equals',
  '%percent %s',
  'bang!bang !1',
  '^caret^',
  'star * and ?',
  '[brackets] {braces} (parens)',
  'a & b | c < d > e; f',
  'comma, dot. plus+',
  'path/to/it',
]

type Quote = '' | "'" | '"'

/** How somebody types the beginning of a name behind an open quote or without one; null where that cannot be. */
function typed(shell: ShellName, begin: string, quote: Quote): string | null {
  // fish expands it, even where it is quoted, before it looks at what there is.
  if (shell === 'fish' && begin.includes('*')) return null
  // To zsh, that is the path of a command.
  if (shell === 'zsh' && quote === '' && begin.startsWith('=')) return null
  if (quote === '') return begin.replace(/[^\p{L}\p{N}\p{So}_.,:=@/+-]/gu, '\\$&')
  if (shell === 'fish') return quote + begin.replace(quote === "'" ? /['\\]/g : /["$\\]/g, '\\$&')
  if (quote === "'") return `'${begin.replaceAll("'", `'\\''`)}`
  // No way to write it there.
  return begin.includes('!') ? null : `"${begin.replace(/["$\\`]/g, '\\$&')}`
}

const open = new Map<ShellName, ReturnType<typeof startTypedShell>>()
const shellOf = (name: ShellName) => {
  const shell = open.get(name) ?? startTypedShell(name, { names: '' })
  open.set(name, shell)
  return shell
}
afterAll(async () => {
  for (const shell of open.values()) await (await shell)[Symbol.asyncDispose]()
})

describe.each(SHELLS.map((shell) => ({ shell })))('in $shell', ({ shell: name }) => {
  describe('a name is completed to itself', () => {
    test.each(NAMES.map((one) => ({ one })))('$one', async ({ one }) => {
      const shell = await shellOf(name)
      shell.write('names', `${one}\n`)
      const half = [...one].slice(0, Math.ceil([...one].length / 2)).join('')
      for (const begin of ['', half]) {
        for (const quote of ['', "'", '"'] as const) {
          const keys = typed(name, begin, quote)
          if (keys !== null)
            expect([keys, await shell.runs(`minitor status ${keys}\t`)]).toEqual([keys, ['status', one]])
        }
      }
      expect(shell.files()).not.toContain('pwned')
    })
  })

  test('one that begins with a dash is completed behind --, and before it is none', async () => {
    const shell = await shellOf(name)
    shell.write('names', '-dash\n--json\n')
    expect(await shell.runs('minitor status -- -d\t')).toEqual(['status', '--', '-dash'])
    expect(await shell.runs('minitor status -- --j\t')).toEqual(['status', '--', '--json'])
    shell.write('names', '-dash\nweb\n')
    expect(await shell.runs('minitor status \t')).toEqual(['status', 'web'])
  })

  test('commands, flags and choices', async () => {
    const shell = await shellOf(name)
    shell.write('names', '')
    expect(await shell.runs('minitor unsil\t')).toEqual(['unsilence'])
    expect(await shell.runs('minitor help hash\t')).toEqual(['help', 'hash-password'])
    expect(await shell.runs('minitor status --dow\t')).toEqual(['status', '--down'])
    expect(await shell.runs('minitor --start\tx')).toEqual(
      expect.arrayContaining([expect.stringMatching(/^--startup-alerts/)]),
    )
    expect(await shell.runs('minitor --vers\t')).toEqual(['--version'])
    expect(await shell.runs('minitor alert --kind flap\t')).toEqual(['alert', '--kind', 'flapping'])
    expect(await shell.runs('minitor alert --kind=flap\t')).toEqual(['alert', '--kind=flapping'])
    expect(await shell.runs('minitor schema not\t')).toEqual(['schema', 'notification'])
  })

  test('files where a file is meant, and nowhere else', async () => {
    const shell = await shellOf(name)
    shell.write('names', '')
    shell.write('my site/c onfig.yml', '')
    expect(await shell.runs('minitor check --config my\tc\t')).toEqual(['check', '--config', 'my site/c onfig.yml'])
    expect(await shell.runs('minitor check --config=my\tc\t')).toEqual(['check', '--config=my site/c onfig.yml'])
    expect(await shell.runs('minitor check -c my\tc\t')).toEqual(['check', '-c', 'my site/c onfig.yml'])
    expect(await shell.runs('minitor backup my\tc\t')).toEqual(['backup', 'my site/c onfig.yml'])
    expect(await shell.runs('minitor check my\t')).toEqual(['check', 'my'])
    expect(await shell.runs('minitor status --reason my\t')).toEqual(['status', '--reason', 'my'])
  })

  test.each([
    { line: 'minitor check --tag ', kind: 'tags' },
    { line: 'minitor check --tag=', kind: 'tags' },
    { line: 'minitor silence --group ', kind: 'groups' },
    { line: 'minitor incidents --monitor ', kind: 'monitors' },
    { line: 'minitor silence a ', kind: 'monitors' },
    { line: 'minitor alert ', kind: 'alerts' },
    { line: 'minitor --startup-alerts ', kind: 'alerts' },
    { line: 'minitor run --startup-alerts log,', kind: 'alerts' },
    { line: 'minitor announce --end ', kind: 'announcements' },
  ])('$line asks for $kind', async ({ line, kind }) => {
    const shell = await shellOf(name)
    shell.write('names', 'Found\twhat it is\n')
    expect((await shell.runs(`${line}F\t`)).at(-1)).toEndWith('Found')
    expect(shell.read('asked').split('\n').slice(0, 3)).toEqual(['complete', kind, '--'])
  })

  test('several of them are shown, in zsh and fish with what they are', async () => {
    await using shell = await startTypedShell(name, { names: 'Website\tThe shop\nWebmail\n' })
    const [tab, description] = name === 'bash' ? ['\t\t', 'Webmail'] : ['\t', 'The shop']
    await shell.shows(name === 'fish' ? 'complete -C "minitor status Web"\r' : `minitor status Web${tab}`, description)
    if (name === 'zsh') await shell.shows('\x15minitor s\t', 'Show the state of monitors')
    if (name === 'fish') await shell.shows('complete -C "minitor s"\r', 'Show the state of monitors')
    if (name === 'fish') await shell.shows('complete -C "minitor status --d"\r', 'only those that are down')
  })

  test('an executable that is not in PATH is asked by its path, and one that is gone is not missed', async () => {
    await using shell = await startTypedShell(name, { names: 'My blog\n' })
    expect(await shell.runs(`${name === 'fish' ? 'set PATH ' : 'PATH='}/usr/bin:/bin; ./bin/minitor`)).toEqual([])
    expect(await shell.runs('./bin/minitor status M\t')).toEqual(['status', 'My blog'])
    expect(await shell.runs('~/bin/minitor status M\t')).toEqual(['status', 'My blog'])
    await shell.shows('minitor status My\t\x15printf %s-%s typed on\r', 'typed-on')
    expect(shell.screen()).not.toMatch(/complete|not found|Unknown|No such file/)
  })

  test('names come from the configuration on the line', async () => {
    const config = "monitors: [{name: Küche am Meer, command: [ 'true' ]}, {name: other, command: [ 'true' ]}]\n"
    await using shell = await startTypedShell(name, { 'my site/c.yml': config })
    const expected = ['status', expect.stringContaining('c.yml'), 'Küche am Meer']
    expect(await shell.runs('minitor status "--config=my site/c.yml" K\t')).toEqual(expected)
    expect(await shell.runs(`minitor status --config='my site'/c.yml K\t`)).toEqual(expected)
    expect(await shell.runs('minitor status -c~/my\\ site/c.yml K\t')).toEqual(expected)
    const assigned = await shell.runs('MINITOR_CONFIG="my site/c.yml" minitor status K\t')
    // bash does not tell what stands before the command.
    expect(assigned).toEqual(['status', name === 'bash' ? 'K' : 'Küche am Meer'])
    await shell.runs(
      `${name === 'fish' ? 'set -x MINITOR_CONFIG' : 'export MINITOR_CONFIG'}${name === 'fish' ? ' ' : '='}"my site/c.yml"; minitor`,
    )
    expect(await shell.runs('minitor status K\t')).toEqual(['status', 'Küche am Meer'])
  })
})

test.skipIf(!requireDebianPackage('zsh', 'zsh'))('zsh loads them from where a package puts them', async () => {
  const script = await Bun.file(new URL('../../packaging/completions/minitor.zsh', import.meta.url)).text()
  const setup = 'fpath=("$HOME/site" $fpath); autoload -U compinit; compinit -u -D'
  await using shell = await startTypedShell('zsh', { names: 'My blog\n', 'site/_minitor': script }, setup)
  expect(await shell.runs('minitor status M\t')).toEqual(['status', 'My blog'])
  expect(await shell.runs('minitor status M\t')).toEqual(['status', 'My blog'])
})
