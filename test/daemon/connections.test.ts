import { describe, expect, test } from 'bun:test'
import { connect, type Socket } from 'node:net'
import { type DaemonProcess, startDaemon } from '../support/daemon-process.ts'
import { eventually } from '../support/eventually.ts'

const TOKEN = 'a-token-of-20-letters'
const CONFIG = `
web: {listen: "127.0.0.1:0", auth: {tokens: [${TOKEN}]}}
alerts:
  tell: {command: "echo told >> told"}
monitors:
  - {name: quick, command: "echo >>runs", check_interval: 100ms}
  - {name: bad, command: "test ! -e broken", check_interval: 250ms, alert_after: 1, alerts: [tell]}
  - {name: slow, command: "sleep 3000", check_interval: 1h, timeout: 1h}
`

/** A daemon that may have so many descriptors, and the port of its pages. */
async function start(descriptors: number): Promise<{ daemon: DaemonProcess; port: number }> {
  const daemon = startDaemon({ config: CONFIG, wrapper: ['prlimit', `--nofile=${descriptors}:${descriptors}`] })
  const { msg } = await daemon.line(({ msg }) => msg.startsWith('pages are at'))
  return { daemon, port: Number(/:(\d+)\//.exec(msg)?.[1]) }
}

describe.concurrent('connections', () => {
  test('J3: more connections than descriptors: checks and alerts go on', async () => {
    const { daemon, port } = await start(1_024)
    await using _ = daemon
    const held = new Set<Socket>()
    let count = 0
    let isOver = false
    // Each sends half a request, and comes again when it is let go.
    const hold = () => {
      if (isOver) return
      const socket = connect({ host: '127.0.0.1', port }, () => {
        count++
        socket.write('GET / HTTP/1.1\r\nHost: x\r\nX: ')
      })
      held.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        held.delete(socket)
        setTimeout(hold, 50)
      })
    }
    for (let index = 0; index < 1_500; index++) hold()
    await eventually('many have come', () => count >= 1_000)
    const runs = daemon.read('runs').length
    await eventually('checks go on', () => daemon.read('runs').length > runs + 10, { explain: () => daemon.rawLog() })
    daemon.write('broken', '')
    await eventually('an outage is told', () => daemon.read('told') !== '')
    // A burst can be faster than it is looked at: then checks wait for a moment, and no monitor fails for it.
    const errors = daemon.lines.filter(({ level, msg }) => level === 'error' && !msg.startsWith('checks have to wait'))
    expect(errors).toEqual([])
    isOver = true
    for (const socket of held) socket.destroy()
    await eventually('people can look again', async () => {
      const health = await fetch(`http://127.0.0.1:${port}/healthz`).catch(() => null)
      return health?.status === 200
    })
    expect(daemon.stderr()).toBe('')
  })

  test('J3: where all that may be are being answered, the next is refused', async () => {
    const { daemon, port } = await start(300)
    await using _ = daemon
    const end = new AbortController()
    const ask = (path: string, method = 'GET') =>
      fetch(`http://127.0.0.1:${port}${path}`, {
        method,
        headers: { Authorization: `Bearer ${TOKEN}` },
        signal: end.signal,
      })
    // Each waits for the check that runs; where that could not be started, those that come later do.
    const waiting: Promise<unknown>[] = []
    const wait = () => waiting.push(ask('/api/v1/monitors/slow/check', 'POST').catch(() => null))
    for (let index = 0; index < 75; index++) wait()
    const refused = await eventually('one more is refused', async () => {
      wait()
      const response = await ask('/sign-in')
      return response.status === 503 && response
    })
    expect([refused.headers.get('Connection'), await refused.text()]).toEqual([
      'close',
      'too many connections are open\n',
    ])
    end.abort()
    await Promise.all(waiting)
    expect(daemon.stderr()).toBe('')
  })
})
