import { expect, test } from 'bun:test'
import { hasNats, startNats } from './nats.ts'
import { TEST_LIMIT_MS } from './pace.ts'

test.skipIf(!hasNats)(
  'one server or a cluster of three comes up, and again on its files after a kill',
  async () => {
    await using one = await startNats()
    await using three = await startNats({ size: 3 })
    expect(one.urls).toHaveLength(1)
    expect(new Set(three.urls).size).toBe(3)
    const [first] = three.servers
    await first.kill()
    await first.restart()
    expect((await first.monitor('/healthz')).status).toBe('ok')
  },
  TEST_LIMIT_MS,
)
