import { expect, test } from 'bun:test'
import { aBoardMonitor, aCluster, aNode } from '../../../test/support/web-fakes.ts'
import { serveWeb } from '../../../test/support/web-server.ts'

const agent = { kind: 'agent', configuration: null, sequence: null } as const
const monitors = [aBoardMonitor({ name: 'node nas', node: 'nas' }, { slug: 'node-nas' })]
const nodes = [aNode({ ...agent, name: 'nas', hostname: '<b>nas', tags: ['a"b'], isThere: false })]

const pageOf = async (trouble: string | null = null) => {
  await using server = serveWeb({ monitors, context: { cluster: aCluster(nodes, trouble) } })
  return await (await server.askAsUser('/nodes')).text()
}

test('the page names every node, lost ones first, and leads to their monitors', async () => {
  const page = await pageOf()
  expect(page).toContain('<h1>1 of 2 nodes lost</h1>')
  expect(page).toContain('<p>a leads</p>')
  expect(page).toContain('<a href="/monitors/node-nas">nas</a>')
  expect(page.indexOf('>lost<')).toBeLessThan(page.indexOf('>there<'))
})

test('what a node says of itself is shown as text', async () => {
  const page = await pageOf()
  expect(page).toContain('&lt;b&gt;nas')
  expect(page).not.toContain('a"b')
})

test('a server that is alone says so', async () => {
  const page = await pageOf('the connection to NATS is lost')
  expect(page).toContain('<h1>Cut off from the cluster</h1>')
  expect(page).toContain('<p>a watches by itself: the connection to NATS is lost.</p>')
})

test.each([true, false])('others than users hear of no node (public: %p)', async (isPublic) => {
  await using server = serveWeb({ monitors, web: { isPublic }, context: { cluster: aCluster(nodes) } })
  const headers = { Accept: 'text/html' }
  expect((await server.ask('/nodes', { headers })).headers.get('Location')).toBe('/sign-in?next=%2Fnodes')
  expect(await (await server.ask('/', { headers })).text()).not.toContain('/nodes')
  expect((await server.ask('/api/v1/nodes')).status).toBe(401)
})

test('without a cluster there is no such page, and no link to it', async () => {
  await using server = serveWeb({ monitors })
  expect((await server.askAsUser('/nodes')).status).toBe(404)
  expect((await server.askAsUser('/api/v1/nodes')).status).toBe(404)
  expect(await (await server.askAsUser('/')).text()).not.toContain('/nodes')
})
