import { afterAll, expect, setDefaultTimeout, test } from 'bun:test'
import { limitMs, TEST_LIMIT_MS } from '../../test/support/pace.ts'
import { leftOf, shellCheck, until } from '../../test/support/shell-check.ts'
import { createRunner } from './runner.ts'

setDefaultTimeout(TEST_LIMIT_MS)

const runner = createRunner({ environment: process.env })
afterAll(() => runner.close())

test.each([
  { name: 'nothing', script: 'true', output: '' },
  { name: 'a line', script: 'echo hello', output: 'hello\n' },
  {
    name: 'both streams, in order',
    script: 'for i in 1 2 3; do echo o$i; echo e$i >&2; done',
    output: 'o1\ne1\no2\ne2\no3\ne3\n',
  },
  { name: 'A16: a stream opened by its name', script: 'echo a; echo b > /dev/stderr; echo c', output: 'a\nb\nc\n' },
  { name: 'A16: tee to a stream', script: 'echo a | tee /dev/stdout', output: 'a\na\n' },
  { name: 'A8: bytes that are no text', script: "printf '\\377\\376\\0\\033[2J'", output: '\ufffd\ufffd\u001b[2J' },
  {
    name: 'A8: a character split over two writes',
    script: "printf '\\360\\237'; sleep 0.1; printf '\\220\\246'",
    output: '🐦',
  },
  { name: 'the rest, after a look while it ran', script: 'echo early; sleep 0.2; echo late', output: 'early\nlate\n' },
])('keeps $name', async ({ script, output }) => {
  expect(await runner.run(shellCheck(script))).toMatchObject({ ending: { kind: 'exited', exitCode: 0 }, output })
})

test('of a command that prints 3 MB the first and the last part are kept', async () => {
  const { ending, output } = await runner.run(shellCheck('head -c 3000000 /dev/zero | tr "\\0" x; echo end'))
  expect(ending).toEqual({ kind: 'exited', exitCode: 0 })
  expect(output).toBe(
    `${'x'.repeat(16_384)}\n[... ${3_000_004 - 65_536} bytes left out ...]\n${'x'.repeat(49_148)}end\n`,
  )
})

const timeoutMs = limitMs(500)

test.each(['yes', 'cat /dev/urandom'])('A7: %s is not blocked and ends at its timeout', async (script) => {
  const { ending, output } = await runner.run(shellCheck(script, { timeoutMs }))
  expect(ending).toEqual({ kind: 'timed_out', timeoutMs })
  const leftOut = /\n\[\.\.\. (\d+) bytes left out \.\.\.\]\n/.exec(output)?.[1]
  expect(Number(leftOut)).toBeGreaterThan(1_000_000)
  expect(Buffer.byteLength(output)).toBeLessThan(4 * 65_536)
})

test('a command that closes its output early is waited for', async () => {
  const { output, durationMs } = await runner.run(shellCheck('echo a; exec >&- 2>&-; sleep 0.3'))
  expect(output).toBe('a\n')
  expect(durationMs).toBeGreaterThanOrEqual(290)
})

test('A4: a process left behind delays nothing and lives on', async () => {
  const { ending, output } = await runner.run(shellCheck('sleep 600 & echo $!'))
  expect(ending).toEqual({ kind: 'exited', exitCode: 0 })
  const left = leftOf(output)
  expect(left).toHaveLength(1)
  for (const pid of left) process.kill(pid)
})

test('A4: what a process left behind prints is nobody else’s output and does not end it', async () => {
  const noisy = 'while :; do echo noise || exit; sleep 0.01; done'
  const { output } = await runner.run(shellCheck(`(sleep 0.3; ${noisy}) & echo $!`))
  for (let round = 0; round < 20; round++) {
    expect((await runner.run(shellCheck('sleep 0.05; echo mine'))).output).toBe('mine\n')
  }
  const left = leftOf(output)
  expect(left).toHaveLength(1)
  for (const pid of left) process.kill(pid)
  await until(() => leftOf(output).length === 0)
})
