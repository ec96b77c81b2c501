import { describe, expect, test } from 'bun:test'
import { startDaemon } from '../support/daemon-process.ts'
import { eventually } from '../support/eventually.ts'
import { freePort } from './scrape.ts'

const TOKEN = 'a-token-of-20-letters'

async function start(monitors: readonly string[]) {
  const port = await freePort()
  const web = `web: {listen: "127.0.0.1:${port}", auth: {tokens: [${TOKEN}]}}`
  const daemon = startDaemon({ config: [web, 'monitors:', ...monitors.map((one) => `  - ${one}`), ''].join('\n') })
  await daemon.line(({ msg }) => msg.startsWith('pages are at'))
  const ask = (path: string, body?: object) =>
    fetch(`http://127.0.0.1:${port}/api/v1${path}`, {
      headers: { Authorization: `Bearer ${TOKEN}`, 'Content-Type': 'application/json' },
      ...(body !== undefined && { method: 'POST', body: JSON.stringify(body) }),
    })
  const read = async (path: string) => (await (await ask(path)).json()) as Record<string, unknown>
  return { daemon, ask, read }
}

type Facts = Readonly<Record<string, unknown>>

/** What may be another a moment later. */
const LATER = { uptime: null, since: null }

/** What both say. */
function shared(one: Facts, other: Facts): [Facts, Facts] {
  const keys = Object.keys(one).filter((key) => key in other)
  const pick = (facts: Facts) => Object.fromEntries(keys.map((key) => [key, facts[key]]))
  return [pick(one), pick(other)]
}

describe.concurrent('the API of the executable', () => {
  test('says the same as the command line, in the same words', async () => {
    const bad = '{name: bad, command: "echo sorry; exit 7", check_interval: 1h, alert_after: 1, tags: [eu], group: G}'
    const { daemon, ask, read } = await start([bad, '{name: good, command: [true], check_interval: 1h}'])
    await using _ = daemon
    await eventually('both are checked', async () => (await read('/summary')).ok === false)
    expect((await ask('/silences', { monitor: 'bad', duration: '2h', reason: 'why' })).status).toBe(201)
    const json = async (...args: string[]) => JSON.parse((await daemon.minitor(...args, '--json')).stdout)
    // Checks that nobody waits for are kept within a second.
    const status = await eventually('all is kept', async () => {
      const status = await json('status')
      return status.monitors.every(({ outcome }: Facts) => outcome !== null) && status
    })
    // The board may be a quarter of a second behind.
    const monitors = await eventually('all is shown', async () => {
      const { monitors } = (await read('/monitors')) as { monitors: Facts[] }
      return monitors.every(({ outcome }) => outcome !== null) && monitors
    })
    for (const one of status.monitors as Facts[]) {
      const other = monitors.find(({ name }) => name === one.name) ?? {}
      const [said, shown] = shared({ ...one, ...LATER }, { ...other, ...LATER })
      expect(shown).toEqual(said)
      expect(Object.keys(said).length).toBeGreaterThan(14)
    }
    expect(await read('/silences')).toEqual({ silences: status.silences })

    const [incident] = await json('incidents')
    const { incidents } = (await read('/incidents')) as { incidents: Facts[] }
    expect({ ...incidents[0], duration_ms: 0 }).toEqual({ ...incident, duration_ms: 0 })
    const history = await json('history', 'bad')
    const told = (await read('/monitors/bad/history')) as { checks: Facts[]; notifications: Facts[] }
    expect([told.checks, told.notifications]).toEqual([history.checks, history.notifications])
  })

  test('acknowledges, checks now, and says all of it in the stream as it happens', async () => {
    const { daemon, ask, read } = await start([
      '{name: door, command: "test -e open", check_interval: 1h, alert_after: 1, alerts: []}',
    ])
    await using _ = daemon
    const stream = await ask('/stream')
    let text = ''
    const reading = (async () => {
      for await (const part of stream.body as ReadableStream<Uint8Array>) text += new TextDecoder().decode(part)
    })().catch(() => {})
    await eventually('hello', () => text.startsWith('event: hello\n'))
    await eventually('it is down', async () => (await read('/monitors/door')).status === 'down')
    expect((await ask('/monitors/door/acknowledge', { reason: 'mine' })).status).toBe(200)
    await eventually('it is muted', async () => {
      return ((await read('/monitors/door')).muted as Facts | null)?.by === 'acknowledgement'
    })
    await eventually('it is told that mutes have changed', () => text.includes('"monitors":null'))
    daemon.write('open', '')
    const checked = await (await ask('/monitors/door/check', {})).json()
    expect(checked).toMatchObject({ outcome: 'passed', status: 'up', exit_code: 0 })
    await eventually('it is told', () => text.includes('"states":{"door":"up"}'))
    daemon.signal('SIGTERM')
    expect(await daemon.exitCode()).toBe(0)
    await reading
  })
})
