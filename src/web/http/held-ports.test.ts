import { afterEach, expect, test } from 'bun:test'
import { Hono } from 'hono'
import { UNEXPECTED_FAULTS } from '../../../test/support/web-fakes.ts'
import { createHeldPorts, type HeldPorts } from './held-ports.ts'
import type { ServerOptions } from './server.ts'
import type { WebEnv } from './viewer.ts'

const ANY_PORT = { hostname: '127.0.0.1', port: 0 }

const open: HeldPorts[] = []
afterEach(async () => {
  for (const ports of open.splice(0)) await ports.close()
})

function createPorts(): HeldPorts {
  const answer = (_: Request, isBegun: boolean) => new Response(isBegun ? 'begun' : 'nobody', { status: 503 })
  const ports = createHeldPorts({ answer, faults: UNEXPECTED_FAULTS })
  open.push(ports)
  return ports
}

function listen(ports: HeldPorts, app: ServerOptions['app'], address = ANY_PORT) {
  const server = ports.listen({ listen: address, app, faults: UNEXPECTED_FAULTS, trustedProxies: () => null })
  if (server.kind === 'refused') throw new Error(server.reason)
  return server
}

const saying = (text: string) => new Hono<WebEnv>().get('/', (context) => context.text(text))
const get = async (url: string) => (await fetch(url)).text()

test('a port stays the same and open while one role takes it over from another', async () => {
  const ports = createPorts()
  const first = listen(ports, saying('first'))
  expect(await get(first.url)).toBe('first')
  ports.release()
  expect(await get(first.url)).toBe('first')
  const second = listen(ports, saying('second'))
  expect(second.url).toBe(first.url)
  await first.close()
  expect(await get(first.url)).toBe('second')
  await second.close()
  expect(await get(first.url)).toBe('nobody')
  expect(listen(ports, saying('third')).url).toBe(first.url)
  expect(await get(first.url)).toBe('third')
})

test('two ports of one address are two', async () => {
  const ports = createPorts()
  const [one, other] = [listen(ports, saying('one')), listen(ports, saying('other'))]
  expect([await get(one.url), await get(other.url)]).toEqual(['one', 'other'])
  ports.release()
  expect([listen(ports, saying('1')).url, listen(ports, saying('2')).url]).toEqual([one.url, other.url])
  expect([await get(one.url), await get(other.url)]).toEqual(['1', '2'])
})

test('what is under way is answered when its server is closed, and a stream breaks off', async () => {
  const ports = createPorts()
  const { promise: isAsked, resolve: asked } = Promise.withResolvers<void>()
  const app = new Hono<WebEnv>()
    .get('/slow', () => {
      asked()
      return new Promise<never>(() => {})
    })
    .get('/stream', () => {
      const body = new ReadableStream({
        start: (controller) => controller.enqueue(new TextEncoder().encode('data: 1\n\n')),
      })
      return new Response(body, { headers: { 'Content-Type': 'text/event-stream' } })
    })
  const server = listen(ports, app)
  const slow = fetch(new URL('/slow', server.url))
  const reader = (await fetch(new URL('/stream', server.url))).body?.getReader()
  const first = await reader?.read()
  expect(new TextDecoder().decode(first?.value)).toBe('data: 1\n\n')
  await isAsked
  await server.close()
  const { status } = await slow
  expect([status, await (await slow).text()]).toEqual([503, 'begun'])
  const end = await reader?.read().catch(() => ({ done: true }))
  expect(end?.done).toBe(true)
})

test('an address that cannot be had is refused', () => {
  const ports = createPorts()
  const { port } = listen(ports, saying('one'))
  const taken = { hostname: '127.0.0.1', port }
  const refused = ports.listen({
    listen: taken,
    app: saying('x'),
    faults: UNEXPECTED_FAULTS,
    trustedProxies: () => null,
  })
  expect(refused).toMatchObject({ kind: 'refused' })
})
