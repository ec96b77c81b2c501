import { describe, expect, test } from 'bun:test'
import { requireDebianPackage } from '../support/debian.ts'
import { createWorkspace, EXECUTABLE } from '../support/executable.ts'
import { EVENT_LIMIT_MS } from '../support/pace.ts'

const hashIn = (line: string) => /: '(\$argon2id\$[^']+)'\r?$/m.exec(line)?.[1] ?? ''

test('the line it prints is one for the configuration, and fits the password', async () => {
  using place = createWorkspace()
  const { stdout, stderr, exitCode } = await place.shell(
    'printf "correct horse\\nsecond line" | "$MINITOR" hash-password anna',
  )
  expect([stderr, exitCode]).toEqual(['', 0])
  expect(stdout).toMatch(/^anna: '\$argon2id\$v=19\$m=19456,t=2,p=1\$[^']+'\n$/)
  expect(await Bun.password.verify('correct horse', hashIn(stdout))).toBe(true)
  place.write(
    'config.yml',
    `web: {auth: {users: {${stdout.trim()}}}}\nmonitors: [{name: a, command: [true], alerts: [log]}]\n`,
  )
  expect((await place.minitor('validate')).exitCode).toBe(0)
})

test.each([
  { name: 'off', written: 'off' },
  { name: 'A B: #', written: '"A B: #"' },
  { name: '1', written: '"1"' },
])('a name is written so that it stays one: $name', async ({ name, written }) => {
  using place = createWorkspace()
  place.write('name', name)
  const { stdout } = await place.shell('echo long enough | "$MINITOR" hash-password "$(cat name)"')
  expect(stdout).toStartWith(`${written}: '`)
  place.write(
    'config.yml',
    `web: {auth: {users: {${stdout.trim()}}}}\nmonitors: [{name: a, command: [true], alerts: [log]}]\n`,
  )
  expect((await place.minitor('validate')).stderr).toBe('')
})

test.each(['short', ''])('a short password is refused: %j', async (password) => {
  using place = createWorkspace()
  const { stdout, stderr, exitCode } = await place.shell(`echo '${password}' | "$MINITOR" hash-password`)
  expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 })
  expect(stderr).toContain('too short')
  expect(stderr).toContain('8 characters or more')
})

const hasScript = requireDebianPackage('bsdutils', 'script')

describe.skipIf(!hasScript)('on a terminal', () => {
  // Each answer is typed when its question is there; earlier the terminal would show it.
  const type = async (...answers: readonly string[]) => {
    const place = createWorkspace()
    const child = Bun.spawn(['script', '-qec', `"${EXECUTABLE}" hash-password`, '/dev/null'], {
      cwd: place.directory,
      stdin: 'pipe',
      stdout: 'pipe',
      timeout: EVENT_LIMIT_MS,
    })
    let shown = ''
    let asked = 0
    for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
      shown += text
      const questions = shown.match(/[Pp]assword: /g)?.length ?? 0
      for (; asked < questions; asked++) {
        child.stdin.write(answers[asked] ?? '')
        child.stdin.flush()
      }
    }
    place[Symbol.dispose]()
    return { shown, exitCode: await child.exited }
  }

  test('it asks twice and shows nothing of what is typed', async () => {
    const { shown, exitCode } = await type('korrekt\x7f\x7f\x7f\x7f\x7f\x7f\x7fcorrect ü\r', 'correct ü\r')
    expect([shown, exitCode]).toEqual([expect.stringContaining("admin: '$argon2id"), 0])
    expect(shown).not.toMatch(/correct|korrekt/)
    expect(await Bun.password.verify('correct ü', hashIn(shown))).toBe(true)
  })

  test('two that differ are refused', async () => {
    const { shown, exitCode } = await type('one password\r', 'other password\r')
    expect([shown, exitCode]).toEqual([expect.stringContaining('the passwords differ'), 2])
  })

  test('Ctrl-C ends it', async () => {
    const { shown, exitCode } = await type('one\x03')
    expect([shown, exitCode]).toEqual([expect.stringContaining('no password given'), 2])
  })
})
