import { Database } from 'bun:sqlite'
import { describe, expect, setDefaultTimeout, test } from 'bun:test'
import { join } from 'node:path'
import { type DaemonProcess, startDaemon } from '../support/daemon-process.ts'
import { requireDebianPackage } from '../support/debian.ts'
import { eventually } from '../support/eventually.ts'
import { EVENT_LIMIT_MS, limitMs, TEST_LIMIT_MS } from '../support/pace.ts'
import { freePort } from './scrape.ts'

const withCurl = test.skipIf(!requireDebianPackage('curl', 'curl'))

// Other tests run beside these, on few processors.
setDefaultTimeout(TEST_LIMIT_MS)

interface Listening extends AsyncDisposable {
  readonly daemon: DaemonProcess
  readonly url: string
  /** A shell's command line, in which `$URL` is the daemon's address; resolves to `EXIT-CODE OUTPUT`. */
  shell(line: string): Promise<string>
  /** What the command says of a monitor. */
  history(name: string): Promise<History>
}

interface History {
  readonly status: string
  readonly pings: readonly Readonly<Record<string, unknown>>[]
  readonly checks: readonly Readonly<Record<string, unknown>>[]
}

async function listen(config: string, files: Record<string, string> = {}): Promise<Listening> {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const daemon = startDaemon({ config, files, args: ['run', '--listen', `127.0.0.1:${port}`] })
  await eventually('it listens', () => daemon.lines.some(({ msg }) => msg.includes(' watches ')), {
    explain: () => daemon.stderr(),
  })
  return {
    daemon,
    url,
    async shell(line) {
      const env = { PATH: process.env.PATH ?? '', URL: url }
      const child = Bun.spawn(['sh', '-c', line], { env, stdin: 'ignore', stdout: 'pipe', stderr: 'pipe' })
      const output = await child.stdout.text()
      return `${await child.exited} ${output}`
    },
    async history(name) {
      const { stdout } = await daemon.minitor('history', name, '--json')
      return JSON.parse(stdout) as History
    },
    [Symbol.asyncDispose]: () => daemon[Symbol.asyncDispose](),
  }
}

const GOOD = { kind: 'success', exit_code: null, body: '' }

// As people paste them into their crontabs and scripts.
const LINES = [
  { line: 'curl -fsS -m 10 --retry 5 -o /dev/null $URL/ping/KEY', says: '0 ', pings: [GOOD] },
  { line: 'true && curl -fsS --retry 3 $URL/ping/KEY > /dev/null', says: '0 ', pings: [GOOD] },
  { line: 'curl -m 10 --retry 5 $URL/ping/KEY', says: '0 OK', pings: [GOOD] },
  { line: 'curl -fsS --head -o /dev/null $URL/ping/KEY', says: '0 ', pings: [GOOD] },
  { line: 'curl -fsS -X POST $URL/ping/KEY', says: '0 OK', pings: [GOOD] },
  {
    line: 'false; curl -fsS -m 10 --retry 5 -o /dev/null $URL/ping/KEY/$?',
    says: '0 ',
    pings: [{ ...GOOD, kind: 'fail', exit_code: 1 }],
  },
  {
    line: 'm=$(echo copied 3 files; exit 0); curl -fsS -m 10 --retry 5 --data-raw "$m" $URL/ping/KEY/$?',
    says: '0 OK',
    pings: [{ ...GOOD, exit_code: 0, body: 'copied 3 files' }],
  },
  {
    line: 'false; curl -fsS "$URL/ping/KEY$([ $? -ne 0 ] && printf /fail)"',
    says: '0 OK',
    pings: [{ ...GOOD, kind: 'fail' }],
  },
  {
    line: "printf 'one\\ntwo\\n' | curl -fsS -m 10 --retry 5 --data-binary @- $URL/ping/KEY/log",
    says: '0 OK',
    pings: [{ ...GOOD, kind: 'log', body: 'one\ntwo\n' }],
  },
  {
    line: "head -c 1000000 /dev/zero | tr '\\0' x | curl -fsS -m 10 --data-binary @- -o /dev/null $URL/ping/KEY",
    says: '0 ',
    pings: [{ ...GOOD, body: expect.stringMatching(/^x{2500}\n\[\.\.\. 9\d{5} bytes left out \.\.\.\]\nx{7000,}$/) }],
  },
  {
    line: "head -c 1000000 /dev/zero | tr '\\0' x | curl -fsS -m 10 -T - -X POST -o /dev/null $URL/ping/KEY",
    says: '0 ',
    pings: [{ ...GOOD, body: expect.stringMatching(/^x{2500}\n\[\.\.\. 9\d{5} bytes left out \.\.\.\]\nx{7000,}$/) }],
  },
  {
    line: 'curl -fsS -G "$URL/api/push/KEY?status=up&msg=OK&ping="',
    says: '0 {"ok":true}',
    pings: [{ ...GOOD, body: 'OK' }],
  },
  {
    line: "curl -fsSG -d status=down --data-urlencode 'msg=disk 91% & hot' $URL/api/push/KEY",
    says: '0 {"ok":true}',
    pings: [{ ...GOOD, kind: 'fail', body: 'disk 91% & hot' }],
  },
  { line: 'curl -fsS -o /dev/null $URL/ping/KEYx', says: '22 ', pings: [] },
  { line: "curl -s -w ' %{http_code}' $URL/ping/KEYx", says: '0 not found 404', pings: [] },
  { line: "curl -s -w ' %{http_code}' $URL/ping/KEY/256", says: '0 invalid url format 400', pings: [] },
]

withCurl("crontabs' command lines ping as they are", async () => {
  const monitors = LINES.map((_, index) => `  - {name: m${index}, heartbeat: {key: key-${index}.z, interval: 1h}}`)
  await using place = await listen(`monitors:\n${monitors.join('\n')}\n`)
  const said = await Promise.all(
    LINES.map(async ({ line }, index) => ({
      line,
      says: await place.shell(line.replaceAll('KEY', `key-${index}.z`)),
      pings: (await place.history(`m${index}`)).pings.map(({ at: _, rid: __, duration_ms: ___, ...ping }) => ping),
    })),
  )
  expect(said).toEqual(LINES)
})

withCurl('a start and its end, paired by rid, tell how long two jobs at once took', async () => {
  await using place = await listen('monitors: [{name: job, heartbeat: {key: k, interval: 1h}}]\n')
  const job = (seconds: string) => `RID=$(cat /proc/sys/kernel/random/uuid)
curl -fsS -m 10 --retry 5 -o /dev/null $URL/ping/k/start?rid=$RID
sleep ${seconds}
curl -fsS -m 10 --retry 5 -o /dev/null "$URL/ping/k?rid=$RID"`
  // The one begins while the other runs, and ends before it.
  const jobs = [place.shell(job('1')), place.shell(`sleep 0.3; ${job('0.1')}`)]
  expect(await Promise.all(jobs)).toEqual(['0 ', '0 '])
  const { pings, status } = await place.history('job')
  expect(status).toBe('up')
  expect(pings.map(({ kind }) => kind)).toEqual(['start', 'start', 'success', 'success'])
  // Had one ended the other's job, the long one would have taken less than its time.
  const [short, long] = pings.filter(({ kind }) => kind === 'success').map((ping) => Number(ping.duration_ms))
  expect(short).toBeGreaterThanOrEqual(100)
  expect(long).toBeGreaterThanOrEqual(1000)
})

describe('a heartbeat', () => {
  const TOLD = `    alert_after: 1
    alert_every: 0
    alert_down: [tell]
    alert_up: [tell]
alerts:
  tell: {command: "printf '%s|%s|%s|%s\\\\n' {kind} {exit_code} {reason} {last_output} >> told"}
`
  const toldBy = (daemon: DaemonProcess) => daemon.read('told').split('\n').slice(0, -1)

  withCurl('is told like any monitor: late, there again, failed, there again', async () => {
    await using place = await listen(
      `monitors:\n  - name: job\n    heartbeat: {key: k, interval: ${limitMs(4_000)}ms, grace: ${limitMs(1_000)}ms}\n${TOLD}`,
    )
    const { daemon, shell } = place
    const told = (count: number) => eventually(`${count} are told`, () => toldBy(daemon).length === count)
    await told(1)
    await shell('curl -fsS $URL/ping/k')
    await told(2)
    await shell('echo no space | curl -fsS --data-binary @- $URL/ping/k/28; curl -fsS $URL/ping/k/start')
    await told(3)
    await shell('curl -fsS -d fine $URL/ping/k')
    await told(4)
    expect(toldBy(daemon).map((line) => line.replace(/due .*Z/, 'due TIME'))).toEqual([
      'down||no success yet, due TIME|',
      'up||a ping of success|',
      'down|28|exit code 28|no space',
      'up||a ping of success|fine',
    ])
  })

  withCurl('is not late for the time in which Minitor was killed', async () => {
    const config = `monitors:\n  - name: job\n    heartbeat: {key: k, interval: 4s, grace: 0}\n${TOLD}`
    await using first = await listen(config)
    expect(await first.shell('curl -fsS $URL/ping/k')).toBe('0 OK')
    first.daemon.signal('SIGKILL')
    await first.daemon.exitCode()
    const database = new Database(join(first.daemon.directory, 'minitor.db'))
    // As if that had been an hour ago.
    database.run("UPDATE facts SET value = value - 3600000 WHERE name = 'alive_at_ms'")
    database.run('UPDATE monitors SET slot_at_ms = slot_at_ms - 3600000')
    database.run("UPDATE monitors SET state = json_set(state, '$.lastCheckAtMs', 0)")
    const files = { 'minitor.db': database.serialize() }
    database.close()
    const port = await freePort()
    const startedAtMs = Date.now()
    await using second = startDaemon({ config, files, args: ['run', '--listen', `127.0.0.1:${port}`] })
    const down = await second.line({ monitor: 'job', status: 'down' })
    expect(Date.parse(down.time) - startedAtMs).toBeGreaterThan(3000)
  })

  test('B3: is not late for the time in which Minitor was stopped', async () => {
    const intervalMs = limitMs(4_000)
    const names = Array.from({ length: 10 }, (_, index) => `b${index}`)
    const monitors = names.map(
      (name) => `  - {name: ${name}, alert_after: 1, heartbeat: {key: ${name}, interval: ${intervalMs}ms, grace: 0}}`,
    )
    await using place = await listen(`monitors:\n${monitors.join('\n')}\n`)
    const pingedAtMs = Date.now()
    await Promise.all(names.map((name) => fetch(`${place.url}/ping/${name}`)))
    const stoppedAtMs = Date.now()
    place.daemon.signal('SIGSTOP')
    await Bun.sleep(1.5 * intervalMs)
    const continuedAtMs = Date.now()
    place.daemon.signal('SIGCONT')
    const down = await place.daemon.line({ status: 'down' })
    // What was left of the interval; one look a second: so much may be missing.
    const leftMs = intervalMs - (stoppedAtMs - pingedAtMs)
    expect(Date.parse(down.time) - continuedAtMs).toBeGreaterThan(leftMs - 1500)
  })

  withCurl('is pinged beside the pages, by anybody who has the key, from any page', async () => {
    await using place = await listen('web: {}\nmonitors: [{name: job, heartbeat: {key: k, interval: 1h}}]\n')
    const line = "curl -s -w ' %{http_code}' -H 'Origin: https://else.example' -H 'Sec-Fetch-Site: cross-site'"
    expect(await place.shell(`${line} -d fine $URL/ping/k/7`)).toBe('0 OK 200')
    // The originals' server takes any method, and so do scripts written for it.
    expect(await place.shell(`${line} -X PUT $URL/ping/k/log`)).toBe('0 OK 200')
    expect(await place.shell(`${line} $URL/ping/other`)).toBe('0 not found 404')
    expect((await place.history('job')).pings).toMatchObject([
      { kind: 'fail', exit_code: 7, body: 'fine' },
      { kind: 'log' },
    ])
  })

  withCurl('is known no more once the configuration has lost it', async () => {
    await using place = await listen(
      'monitors: [{name: job, heartbeat: {key: k, interval: 1h}}, {name: a, command: [true]}]\n',
    )
    expect(await place.shell('curl -sS $URL/ping/k')).toBe('0 OK')
    place.daemon.write('config.yml', 'monitors: [{name: a, command: [true]}]\n')
    expect((await place.daemon.minitor('reload')).exitCode).toBe(0)
    expect(await place.shell('curl -sS $URL/ping/k')).toBe('0 not found')
  })

  test('without web and --listen is refused: nobody could ping it', async () => {
    const config = 'monitors: [{name: job, heartbeat: {key: k, interval: 1h}}]\n'
    await using daemon = startDaemon({ config, args: ['run', '-m', '-p', String(await freePort())] })
    expect(await daemon.exitCode()).toBe(2)
    expect(daemon.stderr()).toContain('a heartbeat needs web, or nobody can ping it\n --> config.yml:1:24')
  })
})

withCurl(
  'G7: while another process holds the database a ping is told so, and curl tries again until it is kept',
  async () => {
    await using place = await listen('monitors: [{name: job, heartbeat: {key: k, interval: 1h}}]\n')
    const database = new Database(join(place.daemon.directory, 'minitor.db'))
    database.run('PRAGMA busy_timeout = 5000')
    database.run('BEGIN IMMEDIATE')
    try {
      const answers = await Promise.all(
        ['', '/start', '/fail'].map((what) =>
          place.shell(`curl -sS -m ${EVENT_LIMIT_MS / 1000} -o /dev/null -w '%{http_code}' $URL/ping/k${what}`),
        ),
      )
      expect(answers).toEqual(['0 503', '0 503', '0 503'])
      const patient = place.shell(
        `curl -fsS -m ${EVENT_LIMIT_MS / 1000} --retry 100 --retry-delay 1 -d patient $URL/ping/k/log`,
      )
      await place.daemon.line(({ msg }) => msg.startsWith('state and history cannot be saved'))
      database.run('ROLLBACK')
      expect(await patient).toBe('0 OK')
    } finally {
      database.close()
    }
    const { pings } = await place.history('job')
    expect(pings.at(-1)).toMatchObject({ kind: 'log', body: 'patient' })
  },
)

test('G6: a flood of pings is answered, and holds up no check', async () => {
  await using place = await listen(`monitors:
  - {name: job, heartbeat: {key: k, interval: 1h}}
  - {name: tick, command: 'echo >>ticks', check_interval: 200ms}
`)
  const ticks = () => place.daemon.read('ticks').length
  await eventually('it ticks', () => ticks() > 0)
  const before = ticks()
  let sentCount = 0
  const flood = async (): Promise<number> => {
    let keptCount = 0
    // It lasts until enough checks have run beside it.
    for (; sentCount < 3000 || ticks() < before + 5; sentCount++) {
      if ((await fetch(`${place.url}/ping/k`, { method: 'POST', body: String(sentCount) })).ok) keptCount++
    }
    return keptCount
  }
  const kept = await Promise.all(Array.from({ length: 50 }, flood))
  expect(kept.reduce((sum, count) => sum + count)).toBe(sentCount)
  // They all say the same: most are merged, as J17 has it.
  const { pings } = await place.history('job')
  expect(pings.length).toBeGreaterThanOrEqual(60)
  expect(place.daemon.lines.filter(({ msg }) => msg.includes('pinged more than once a second'))).toHaveLength(1)
})
