import { afterEach, describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { TEST_LIMIT_MS } from './support/pace.ts'

const FLOOD = join(import.meta.dir, 'fixtures', 'log-flood.ts')
const directory = mkdtempSync(join(tmpdir(), 'minitor-log-'))
const gate = join(directory, 'gate')

// Opens the gate for a reader that waits at it, also when the test has failed before it could.
afterEach(() => {
  Bun.spawnSync(['sh', '-c', ': <>"$1"', 'sh', gate])
  rmSync(gate, { force: true })
})

/** Runs the flood into a reader of shell words; the flood goes on to its end when standard input is closed. */
function floodInto(reader: string) {
  Bun.spawnSync(['mkfifo', gate])
  const script = `"$1" "$2" | { ${reader}; }`
  const child = Bun.spawn(['bash', '-o', 'pipefail', '-c', script, 'bash', process.execPath, FLOOD, gate], {
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'pipe',
  })
  return { child, stdout: linesOf(child.stdout), stderr: linesOf(child.stderr) }
}

async function* linesOf(stream: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<Record<string, unknown>> {
  let text = ''
  const decoder = new TextDecoder()
  for await (const chunk of stream) {
    const lines = (text + decoder.decode(chunk, { stream: true })).split('\n')
    text = lines.pop() ?? ''
    for (const line of lines) yield JSON.parse(line)
  }
}

async function next(lines: AsyncGenerator<Record<string, unknown>>): Promise<Record<string, unknown>> {
  return (await lines.next()).value
}

/** The daemon kept its size while it logged 300 MB: as much as a pipe takes, and no more is kept for later than it may. */
function expectUnharmed(report: Record<string, unknown>) {
  expect(report.grownBytes).toBeLessThan(128_000_000)
}

describe('the log with a real pipe', () => {
  test(
    'H6: a reader that is gone costs lines, nothing else',
    async () => {
      const { child, stderr } = floodInto('head -n 1 >/dev/null')
      expectUnharmed(await next(stderr))
      child.stdin.end()
      expect((await next(stderr)).closeMs).toBeNumber()
      expect(await child.exited).toBe(0)
    },
    TEST_LIMIT_MS,
  )

  test(
    'H6: a reader that stalls costs lines, which are told once it reads again',
    async () => {
      const { child, stdout, stderr } = floodInto('cat "$3"; cat')
      expectUnharmed(await next(stderr))
      writeFileSync(gate, '')
      let keptCount = 0
      let lost = 0
      while (lost === 0) {
        const line = await next(stdout)
        if (line.msg === 'flood') expect(line.line).toBe(keptCount++)
        else lost = Number(line.lost)
      }
      expect(keptCount).toBeGreaterThan(0)
      expect(keptCount + lost).toBe(100_000)
      child.stdin.end()
      expect(await next(stdout)).toMatchObject({ level: 'info', msg: 'the end' })
      expect(await child.exited).toBe(0)
    },
    TEST_LIMIT_MS,
  )

  test(
    'H6: a reader that never reads does not hold up the end',
    async () => {
      const { child, stderr } = floodInto('cat "$3"')
      expectUnharmed(await next(stderr))
      child.stdin.end()
      const { closeMs } = await next(stderr)
      expect(closeMs).toBeGreaterThan(900)
      writeFileSync(gate, '')
      expect(await child.exited).toBe(0)
    },
    TEST_LIMIT_MS,
  )

  test(
    'H6: a reader that is too slow finds every line, or a count of the lost ones in their place',
    async () => {
      const { child, stdout, stderr } = floodInto('cat')
      child.stdin.end()
      let accounted = 0
      for await (const line of stdout) {
        if (line.msg === 'flood') expect(line.line).toBe(accounted++)
        else accounted += Number(line.lost ?? 0)
      }
      expect(accounted).toBeGreaterThanOrEqual(100_000)
      expectUnharmed(await next(stderr))
    },
    TEST_LIMIT_MS,
  )
})
