import { afterAll, expect, setDefaultTimeout, test } from 'bun:test'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../daemon/scrape.ts'
import { requireDebianPackage } from '../support/debian.ts'
import { eventually } from '../support/eventually.ts'
import { EXECUTABLE } from '../support/executable.ts'
import { hasNats } from '../support/nats.ts'
import { TEST_LIMIT_MS } from '../support/pace.ts'

setDefaultTimeout(2 * TEST_LIMIT_MS)

const UP = join(import.meta.dir, '../..', 'examples', 'cluster', 'up.sh')
const hasOpenssl = requireDebianPackage('openssl', 'openssl')
const scratch = mkdtempSync(join(tmpdir(), 'minitor-up-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

const PORTS = 23

/** A row of ports that are free now. */
async function freePorts(): Promise<number> {
  for (;;) {
    const first = 20_000 + ((await freePort()) % 10_000)
    const tries = Array.from({ length: PORTS }, (_, index) => {
      try {
        Bun.listen({ hostname: '127.0.0.1', port: first + index, socket: { data() {} } }).stop()
        return true
      } catch {
        return false
      }
    })
    if (tries.every(Boolean)) return first
  }
}

/** `up.sh` on a terminal of its own, where Ctrl-C is a byte. */
async function startUp(env: Readonly<Record<string, string>> = {}) {
  const port = await freePorts()
  const child = Bun.spawn(['script', '-qec', UP, '/dev/null'], {
    env: { ...process.env, MINITOR: EXECUTABLE, PORT: `${port}`, TMPDIR: scratch, ...env },
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'inherit',
    timeout: 2 * TEST_LIMIT_MS,
    killSignal: 'SIGKILL',
  })
  let said = ''
  const reading = (async () => {
    const decoder = new TextDecoder()
    for await (const chunk of child.stdout) said += decoder.decode(chunk, { stream: true })
  })()
  return {
    port,
    said: () => said,
    pressCtrlC() {
      child.stdin.write('\x03')
      child.stdin.flush()
    },
    async ended() {
      await reading
      return await child.exited
    },
  }
}

/** What is left in the scratch directory, and processes that were started there. */
const left = () => ({
  directories: readdirSync(scratch),
  processes: readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid)) return false
    try {
      return readFileSync(`/proc/${pid}/environ`, 'latin1').includes(`TMPDIR=${scratch}`)
    } catch {
      return false
    }
  }),
})

test.skipIf(!hasNats || !hasOpenssl)('up.sh starts a cluster, and Ctrl-C ends and removes all of it', async () => {
  const up = await startUp()
  await eventually('all are there', () => up.said().includes('Ctrl-C ends all of it.'), {
    explain: () => `\n${up.said()}`,
  })
  expect(up.said()).toContain('5 nodes, all there; server-')
  const pages = [up.port + 21, up.port + 22].map((port) => fetch(`http://127.0.0.1:${port}/`))
  expect((await Promise.all(pages)).map(({ status }) => status)).toEqual([200, 200])
  const directory = /starting .* in (\S+)/.exec(up.said())?.[1] ?? ''
  expect(existsSync(join(directory, 'server-a.db'))).toBe(true)
  up.pressCtrlC()
  await up.ended()
  expect(up.said()).toEndWith('all of it has ended\r\n')
  expect(left()).toEqual({ directories: [], processes: [] })
})

test.skipIf(!hasNats || !hasOpenssl)('up.sh ends all of it where a part does not start, and shows why', async () => {
  const port = await freePorts()
  using _ = Bun.listen({ hostname: '127.0.0.1', port: port + 22, socket: { data() {} } })
  const up = await startUp({ PORT: `${port}` })
  expect(await up.ended()).toBe(1)
  expect(up.said()).toContain('server-b has ended:')
  expect(up.said()).toContain(`cannot listen on 127.0.0.1:${port + 22}`)
  expect(left()).toEqual({ directories: [], processes: [] })
})
