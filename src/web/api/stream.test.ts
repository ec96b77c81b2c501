import { expect, spyOn, test } from 'bun:test'
import { connect, type Socket } from 'node:net'
import { eventually } from '../../../test/support/eventually.ts'
import { aBoardMonitor, aState } from '../../../test/support/web-fakes.ts'
import { serveWeb, TOKEN, type WebServer } from '../../../test/support/web-server.ts'

interface StreamEvent {
  readonly event: string
  readonly id: string
  readonly data: unknown
}

/** Opens a stream, and gives its events one after the other. */
async function open(server: WebServer, headers: Record<string, string> = {}) {
  const abort = new AbortController()
  const response = await server.askAsUser('/api/v1/stream', { headers, signal: abort.signal })
  const events = (async function* (): AsyncGenerator<StreamEvent, undefined> {
    let text = ''
    const decoder = new TextDecoder()
    for await (const part of response.body as ReadableStream<Uint8Array>) {
      text += decoder.decode(part, { stream: true })
      for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
        const fields = text
          .slice(0, end)
          .split('\n')
          .map((line) => line.split(/: (.*)/))
        text = text.slice(end + 2)
        const of = (name: string) => fields.find(([field]) => field === name)?.[1] ?? ''
        yield { event: of('event'), id: of('id'), data: JSON.parse(of('data')) }
      }
    }
    return undefined
  })()
  return { response, next: async () => (await events.next()).value, close: () => abort.abort() }
}

/** A stream as bytes. */
function openSocket({ port }: WebServer, client = '192.0.2.1'): Socket {
  const headers = `Host: a\r\nAuthorization: Bearer ${TOKEN}\r\nX-Forwarded-For: ${client}`
  const socket = connect({ host: '127.0.0.1', port }, () =>
    socket.write(`GET /api/v1/stream HTTP/1.1\r\n${headers}\r\n\r\n`),
  )
  return socket.on('error', () => {})
}

const monitors = [aBoardMonitor({ name: 'a' }), aBoardMonitor({ name: 'b' }, { state: aState({ status: 'down' }) })]

test('says hello with the version, then what has changed', async () => {
  await using server = serveWeb({ monitors })
  const stream = await open(server)
  expect(stream.response.headers.get('Content-Type')).toStartWith('text/event-stream')
  const hello = await stream.next()
  expect(hello).toMatchObject({ event: 'hello', data: { version: 1, missed: false } })
  server.change(['b', 'gone'])
  const change = await stream.next()
  expect(change?.event).toBe('change')
  expect(change?.data).toEqual({ version: 2, monitors: ['b', 'gone'], states: { b: 'down', gone: null } })
  expect(change?.id).toBe(`${hello?.id.split('-')[0]}-2`)
  server.change(null)
  expect((await stream.next())?.data).toEqual({ version: 3, monitors: null, states: null })
  stream.close()
})

test('tells who comes back whether something was missed', async () => {
  await using server = serveWeb({ monitors })
  const first = await open(server)
  const id = (await first.next())?.id ?? ''
  first.close()
  const missedOf = async (lastId: string) => {
    const stream = await open(server, { 'Last-Event-ID': lastId })
    const { data } = (await stream.next()) ?? {}
    stream.close()
    return (data as { missed: boolean }).missed
  }
  expect(await missedOf(id)).toBe(false)
  server.change(['a'])
  expect(await missedOf(id)).toBe(true)
  expect(await missedOf('another-life-2')).toBe(true)
})

test('more monitors than need be named are all', async () => {
  await using server = serveWeb({ monitors })
  const stream = await open(server)
  await stream.next()
  server.change(Array.from({ length: 1_001 }, (_, index) => String(index)))
  expect((await stream.next())?.data).toMatchObject({ monitors: null, states: null })
  stream.close()
})

test('who goes is forgotten', async () => {
  await using server = serveWeb({ monitors })
  const streams = await Promise.all([open(server), open(server), open(server)])
  for (const stream of streams) await stream.next()
  expect(server.listenerCount).toBe(3)
  for (const stream of streams) stream.close()
  await eventually('nobody listens', () => server.listenerCount === 0)
})

test('only so many at once; there is room again when one goes', async () => {
  await using server = serveWeb({ monitors })
  // By hand, as `fetch` itself has no more than 256 requests under way.
  const sockets = Array.from({ length: 256 }, (_, index) => openSocket(server, `192.0.2.${index % 4}`))
  await eventually('all are open', () => server.listenerCount === 256)
  const refused = await server.askAsUser('/api/v1/stream')
  expect([refused.status, refused.headers.get('Retry-After')]).toEqual([503, '10'])
  expect(await refused.json()).toMatchObject({ error: { code: 'unavailable' } })
  sockets[0]?.destroy()
  await eventually('there is room', () => server.listenerCount === 255)
  const late = await open(server)
  expect(await late.next()).toMatchObject({ event: 'hello' })
  late.close()
  for (const socket of sockets) socket.destroy()
})

test('one client has 64 of them, and leaves the others to others', async () => {
  await using server = serveWeb({ monitors })
  const sockets = Array.from({ length: 64 }, (_, index) => openSocket(server, `2001:db8::${index.toString(16)}`))
  await eventually('all are open', () => server.listenerCount === 64)
  const again = await server.askAsUser('/api/v1/stream', { headers: { 'X-Forwarded-For': '2001:db8::1:2:3:4' } })
  expect(again.status).toBe(503)
  const other = await open(server, { 'X-Forwarded-For': '2001:db8:0:1::1' })
  expect(await other.next()).toMatchObject({ event: 'hello' })
  other.close()
  for (const socket of sockets) socket.destroy()
})

test('J2: a bug while an event is written ends that stream only, and is reported', async () => {
  const reported: string[] = []
  const faults = { report: (error: unknown, during: string) => void reported.push(`${during}: ${error}`), count: 0 }
  await using server = serveWeb({ monitors, context: { faults } })
  const stream = await open(server)
  await stream.next()
  spyOn(server.context.board, 'bySlug').mockImplementation(() => {
    throw new Error('a bug')
  })
  server.change(['a'])
  expect(await stream.next()).toBeUndefined()
  expect(reported).toEqual(['an event of a stream: Error: a bug'])
  expect((await server.ask('/healthz')).status).toBe(200)
})

test('HEAD opens none', async () => {
  await using server = serveWeb({ monitors })
  const response = await server.askAsUser('/api/v1/stream', { method: 'HEAD' })
  expect([response.status, await response.text(), server.listenerCount]).toEqual([200, '', 0])
})

test('closing the server ends it', async () => {
  const server = serveWeb({ monitors })
  const stream = await open(server)
  await stream.next()
  const ended = stream.next().catch(() => 'ended')
  await server[Symbol.asyncDispose]()
  expect(await ended).toBeOneOf(['ended', undefined])
  expect(server.listenerCount).toBe(0)
})

test('G1: a reader that does not read gets one change, of all that has changed, when it reads on', async () => {
  const many = Array.from({ length: 900 }, (_, index) => aBoardMonitor({ name: `monitor-${index}` }))
  await using server = serveWeb({ monitors: many })
  const slugs = many.map(({ slug }) => slug)
  let text = ''
  const socket = openSocket(server)
  socket.on('data', (data) => {
    text += data
  })
  await eventually('it says hello', () => text.includes('event: hello'))
  socket.pause()
  // 10,000 changes of 40 kB each would be 400 MB: far more than sockets buffer.
  for (let count = 0; count < 10_000; count++) {
    server.change(slugs)
    await new Promise((resolve) => setImmediate(resolve))
  }
  server.change(['monitor-7'])
  socket.resume()
  await eventually('the last change has come', () => text.includes(`"version":10002,`))
  socket.destroy()
  expect(text.match(/event: change/g)?.length).toBeLessThan(1_000)
})
