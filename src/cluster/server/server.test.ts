import { describe, expect, test } from 'bun:test'
import { readFileSync, writeFileSync } from 'node:fs'
import { createModelEngine } from '../../../test/support/cluster/model-engine.ts'
import { createFakeClock } from '../../../test/support/fake-clock.ts'
import { createRandom } from '../../../test/support/random.ts'
import { collectLog } from '../../../test/support/samples.ts'
import type { Engine } from '../../core/model/cluster.ts'
import type { Clock } from '../../core/model/ports.ts'
import type { ToldAlone } from '../../core/tell/told-alone.ts'
import type { FollowedFile, OwnFile, Position, WatchingEvents, WatchingFile } from './own-file.ts'
import { createServer, type Server } from './server.ts'

const SECOND = 1000
const TAKEOVER_MS = 15 * SECOND

/** What a file has: the texts of records, in order. */
interface Content {
  position: Position | null
  leader: string | null
  records: string[]
  unpublished: string[]
}

const EMPTY: Content = { position: null, leader: null, records: [], unpublished: [] }

/** All that stays when a process ends, and what its daemon does. */
function createDisk(node: string) {
  let content: Content = structuredClone(EMPTY)
  const asides: Content[] = []
  const events: string[] = []
  let count = 0
  let writing: { write(text: string): Promise<void> } | null = null

  const told = (texts: readonly string[]): ToldAlone => ({
    node,
    monitors: texts.map((monitor) => ({ monitor, state: null, deliveries: [], toldAtMs: 0 })),
  })

  const open = ({ journal }: Pick<Engine, 'journal'>, clock: Clock): OwnFile => ({
    async follow(): Promise<FollowedFile> {
      const at = content
      return {
        position: at.position,
        leader: () => at.leader,
        unpublishedCount: at.unpublished.length,
        isNew: at.position === null && at.records.length === 0,
        async apply({ writes }, position) {
          at.records.push(writes)
          at.position = position
          if (writes.startsWith('leader ')) at.leader = writes.split(' ')[1] ?? null
          return { kind: 'kept' }
        },
        told: async () => told(at.unpublished),
        async close() {},
      }
    },
    async write({ onStale }: WatchingEvents): Promise<WatchingFile> {
      const at = content
      let epoch: number | null = null
      let isOver = false
      const unsaved: string[] = []
      const publish = async (text: string) => {
        if (at.position === null) return 'stale' as const
        const { sequence, recordId: previousId } = at.position
        const about = { id: `${node}-${++count}`, previousId, epoch: epoch ?? 0, nowMs: clock.wallMs() }
        for (;;) {
          const sent = await journal.publish({ ...about, writes: text }, sequence)
          if (sent.kind !== 'kept') return sent.kind
          at.position = { ...at.position, sequence: sent.sequence, recordId: about.id }
          return 'kept' as const
        }
      }
      let turn: Promise<unknown> = Promise.resolve()
      const inTurn = (work: () => Promise<void>): Promise<void> => {
        const next = turn.then(work)
        turn = next
        return next
      }
      writing = {
        write: (text) => inTurn(() => writeNow(text)),
      }
      const writeNow = async (text: string) => {
        if (isOver) return
        if (epoch === null) {
          at.records.push(text)
          at.unpublished.push(text)
          return
        }
        const sent = await publish(text)
        if (isOver) return
        if (sent === 'kept') at.records.push(text)
        if (sent === 'stale') unsaved.push(text)
        if (sent === 'stale') onStale()
      }
      const own = writing
      const end = () => {
        isOver = true
        if (writing === own) writing = null
      }
      return {
        position: () => at.position,
        async lead(next) {
          epoch = next
          for (const text of [...at.unpublished]) {
            const sent = await publish(text)
            if (sent === 'stale') epoch = null
            if (sent === 'stale') return { kind: 'stale' }
            if (sent === 'failed') epoch = null
            if (sent === 'failed') return { kind: 'failed', reason: 'no answer' }
            at.unpublished.shift()
          }
          const sent = await publish(`leader ${node}`)
          if (sent === 'kept') at.records.push(`leader ${node}`)
          else epoch = null
          return sent === 'kept'
            ? { kind: 'leads' }
            : sent === 'stale'
              ? { kind: 'stale' }
              : { kind: 'failed', reason: '' }
        },
        goAlone() {
          epoch = null
        },
        keepLast() {},
        async begin(position, handOut) {
          at.position = position
          at.unpublished = []
          const reason = await handOut()
          return reason === null ? { kind: 'kept' } : { kind: 'failed', reason }
        },
        async copy(use) {
          if (at.position === null) throw new Error('no position')
          await use(await copyOf(at), at.position)
        },
        async watch(beginning) {
          events.push(`watches${beginning.kind === 'takeover' ? ` after ${beginning.from}` : ''}`)
          return {
            async stop() {
              events.push('stops')
              end()
              return told(unsaved)
            },
            async abandon() {
              events.push('abandons')
              end()
              return told(unsaved)
            },
          }
        },
        async close() {
          end()
        },
      }
    },
    async putBack(aside) {
      content = asides.splice(Number(aside.split('-')[1]) - 1, 1)[0] ?? content
    },
    async replace(get) {
      const path = `/tmp/minitor-model-${node}-${process.pid}`
      await get(path)
      const next = JSON.parse(readFileSync(path, 'utf8')) as Content
      const before = content
      content = next
      if (before.records.length === 0) return null
      asides.push(before)
      return `aside-${asides.length}`
    },
  })
  const copyOf = async (at: Content): Promise<string> => {
    const path = `/tmp/minitor-model-copy-${node}-${process.pid}`
    writeFileSync(path, JSON.stringify({ ...at, unpublished: [] }))
    return path
  }
  return { open, events, asides, content: () => content, write: (text: string) => writing?.write(text) }
}

function start() {
  const clock = createFakeClock(1e12)
  const world = createModelEngine({ clock, random: createRandom(1), takeoverMs: TAKEOVER_MS })
  const newNode = (node: string) => {
    const disk = createDisk(node)
    const log = collectLog()
    let server: Server | null = null
    const roles: string[] = []
    const handed: string[] = []
    return {
      ...disk,
      log,
      roles,
      handed,
      get server() {
        if (server === null) throw new Error(`${node} does not run`)
        return server
      },
      begin() {
        const { engine, clock: own } = world.connect(node)
        const begun = createServer({
          engine,
          clock: own,
          log,
          node,
          takeoverMs: TAKEOVER_MS,
          file: disk.open(engine, own),
          handOver: ({ monitors }) => handed.push(...monitors.map(({ monitor }) => monitor)),
          onRole: () => roles.push(begun.role),
          onStandby: async () => {},
        })
        server = begun
      },
    }
  }
  const [a, b] = [newNode('a'), newNode('b')]
  return {
    clock,
    world,
    a,
    b,
    /** Time passes, and what reads and writes files is waited for. */
    async pass(ms: number) {
      for (let left = ms; left > 0; left -= 100) {
        await clock.advance(Math.min(left, 100))
        await Bun.sleep(0)
      }
    },
  }
}

type Stage = ReturnType<typeof start>

const rolesOf = ({ a, b }: Stage) => [a.server.role, b.server.role]

async function startBoth(): Promise<Stage> {
  const stage = start()
  stage.a.begin()
  await stage.pass(3 * SECOND)
  stage.b.begin()
  await stage.pass(3 * SECOND)
  expect(rolesOf(stage)).toEqual(['leader', 'standby'])
  return stage
}

describe('two servers', () => {
  test('the first one leads, and the other has all that it writes', async () => {
    const stage = await startBoth()
    const { a, b, pass } = stage
    void a.write('one')
    void a.write('two')
    await pass(SECOND)
    expect(b.content().records).toEqual(['leader a', 'one', 'two'])
    expect(b.content().records).toEqual(a.content().records)
    expect([a.server.leader, b.server.leader, b.server.sequence]).toEqual(['a', 'a', 3])
  })

  test('the leader is killed: the other one goes on within one and a half times the lease', async () => {
    const stage = await startBoth()
    const { a, b, world, pass } = stage
    void a.write('one')
    await pass(SECOND)
    world.kill('a')
    await pass(1.5 * TAKEOVER_MS)
    expect(b.server.role).toBe('leader')
    expect(b.events).toEqual(['watches after a'])
    expect(b.content().records).toEqual(['leader a', 'one', 'leader b'])
  })

  test('the leader stops: the other one leads at once', async () => {
    const { a, b, pass } = await startBoth()
    const stopped = a.server.stop()
    await pass(3 * SECOND)
    await stopped
    expect([b.server.role, a.events]).toEqual(['leader', ['watches', 'stops']])
  })

  test('I3: the leader is frozen: when it goes on, it tells nothing and follows', async () => {
    const { a, b, world, pass } = await startBoth()
    world.freeze('a')
    await pass(2 * TAKEOVER_MS)
    expect(b.server.role).toBe('leader')
    world.thaw('a')
    let mayTell: boolean | null = null
    void a.server.confirm().then((may) => {
      mayTell = may
    })
    await pass(3 * SECOND)
    expect([mayTell as boolean | null, a.server.role, a.events]).toEqual([false, 'standby', ['watches', 'abandons']])
    void b.write('two')
    await pass(2 * SECOND)
    expect(a.content().records).toEqual(['leader a', 'leader b', 'two'])
    expect(a.asides).toEqual([])
  })

  test('I7: a record of a leader that was frozen is refused, and nothing of it stays', async () => {
    const { a, b, world, pass } = await startBoth()
    world.freeze('a')
    await pass(2 * TAKEOVER_MS)
    world.thaw('a')
    void a.write('late')
    await pass(5 * SECOND)
    expect([a.server.role, b.server.role]).toEqual(['standby', 'leader'])
    expect(world.records.map(({ record }) => record.writes)).toEqual(['leader a', 'leader b'])
    expect(a.handed).toEqual(['late'])
    expect(a.content().records).toEqual(b.content().records)
  })

  test('I6: the leader is cut off: both watch, then it sets its own aside and follows', async () => {
    const { a, b, world, pass } = await startBoth()
    world.cut('a')
    await pass(2 * TAKEOVER_MS)
    expect([a.server.role, b.server.role, await a.server.confirm()]).toEqual(['alone', 'leader', true])
    void a.write('seen by a')
    void b.write('seen by b')
    world.heal('a')
    await pass(10 * SECOND)
    expect([a.server.role, b.server.role]).toEqual(['standby', 'leader'])
    expect(a.asides.map(({ records }) => records)).toEqual([['leader a', 'seen by a']])
    expect(a.content().records).toEqual(b.content().records)
    expect(a.events).toEqual(['watches', 'stops'])
    expect([a.handed, b.handed]).toEqual([['seen by a'], []])
  })

  test('a server that was alone is killed: when it begins again, it hands over what only it has told', async () => {
    const { a, b, world, pass } = await startBoth()
    world.cut('a')
    await pass(2 * TAKEOVER_MS)
    void a.write('seen by a')
    await pass(SECOND)
    world.kill('a')
    world.heal('a')
    a.begin()
    await pass(10 * SECOND)
    expect([a.server.role, b.server.role, a.handed]).toEqual(['standby', 'leader', ['seen by a']])
  })

  test('I1: no engine at the start: each watches; when it comes, one leads and the other follows', async () => {
    const { a, b, world, pass } = start()
    world.stop()
    a.begin()
    b.begin()
    await pass(2 * TAKEOVER_MS)
    expect([a.server.role, b.server.role]).toEqual(['alone', 'alone'])
    void a.write('seen by a')
    void b.write('seen by b')
    world.start()
    await pass(10 * SECOND)
    expect([a.server.role, b.server.role].sort()).toEqual(['leader', 'standby'])
    expect(a.content().records).toEqual(b.content().records)
    expect([...a.asides, ...b.asides]).toHaveLength(1)
    expect([...a.handed, ...b.handed]).toEqual([a.server.role === 'standby' ? 'seen by a' : 'seen by b'])
  })

  test('the engine goes away for less than the lease: nothing changes', async () => {
    const { a, b, world, pass } = await startBoth()
    world.stop()
    await pass(8 * SECOND)
    world.start()
    await pass(10 * SECOND)
    expect([a.server.role, b.server.role, a.events]).toEqual(['leader', 'standby', ['watches']])
  })

  test('the engine goes away and comes back: nothing is lost, and one leads', async () => {
    const { a, b, world, pass } = await startBoth()
    world.stop()
    await pass(2 * TAKEOVER_MS)
    expect([a.server.role, b.server.role]).toEqual(['alone', 'alone'])
    void a.write('seen by a')
    world.start()
    await pass(10 * SECOND)
    const roles = [a.server.role, b.server.role]
    expect(roles.toSorted()).toEqual(['leader', 'standby'])
    expect(a.content().records).toEqual(b.content().records)
    const [leads] = roles[0] === 'leader' ? [a] : [b]
    expect(leads.events).toEqual(['watches'])
  })

  test('what a server has kept while it was alone takes longer to publish than a lease: it keeps that up, and leads', async () => {
    const { a, b, world, pass } = await startBoth()
    world.kill('b')
    world.stop()
    await pass(2 * TAKEOVER_MS)
    const kept = Array.from({ length: 100 }, (_, index) => `kept ${index}`)
    for (const text of kept) void a.write(text)
    await pass(SECOND)
    world.faults.delayMs = [TAKEOVER_MS / 50, TAKEOVER_MS / 50]
    world.start()
    for (let turn = 0; turn < 100 && world.leader === null; turn++) await pass(100)
    b.begin()
    await pass(10 * TAKEOVER_MS)
    expect([a.server.role, a.events, b.server.role, a.asides]).toEqual(['leader', ['watches'], 'standby', []])
    expect(a.content().records).toEqual(['leader a', ...kept, 'leader a'])
    expect(b.content().records).toEqual(a.content().records)
  })

  test('a server that was away for longer than the journal keeps has a base copy, and nothing is set aside that others have', async () => {
    const stage = await startBoth()
    const { a, b, world, pass } = stage
    world.kill('b')
    for (let count = 0; count < 20; count++) {
      void a.write(`w${count}`)
      await pass(200)
    }
    world.trim(15)
    // The leader notices that its copy is too old.
    await pass(70 * SECOND)
    b.begin()
    await pass(5 * SECOND)
    expect(b.server.role).toBe('standby')
    expect(b.content().records).toEqual(a.content().records)
  })

  test('the engine goes away while a server reads what it missed: it watches with what it had before', async () => {
    const { a, b, world, pass } = await startBoth()
    for (let count = 0; count < 300; count++) void a.write(`w${count}`)
    await pass(20 * SECOND)
    world.cut('b')
    await pass(2 * TAKEOVER_MS)
    void b.write('seen by b')
    void a.write('more')
    await pass(SECOND)
    const had = b.content().records
    world.heal('b')
    for (let turn = 0; turn < 100 && b.content().records === had; turn++) await pass(100)
    world.stop()
    expect(b.content().records.length).toBeLessThan(300)
    await pass(2 * TAKEOVER_MS)
    expect([b.server.role, b.content().records, b.asides]).toEqual(['alone', had, []])
    expect(had.at(-1)).toBe('seen by b')
    world.start()
    await pass(20 * SECOND)
    expect(b.content().records).toEqual(a.content().records)
  })

  test('the engine goes away as soon as a server has read what it missed: it goes on with that', async () => {
    const { a, b, world, pass } = await startBoth()
    world.cut('b')
    await pass(2 * TAKEOVER_MS)
    void b.write('seen by b')
    void a.write('seen by a')
    await pass(SECOND)
    world.heal('b')
    for (let turn = 0; turn < 1000 && b.content().records.at(-1) !== 'seen by a'; turn++) await pass(10)
    world.stop()
    await pass(2 * TAKEOVER_MS)
    expect([b.server.role, b.content().records]).toEqual(['alone', a.content().records])
  })

  describe.each(['while it follows', 'before it leads'])('a standby has a record that the engine took back', (when) => {
    test(`it sees that ${when}, sets its file aside and has what all have`, async () => {
      const { a, b, world, pass } = await startBoth()
      void a.write('one')
      await pass(SECOND)
      world.cut('a')
      const strange = { id: 'strange', previousId: 'a-2', epoch: 1, nowMs: 1, writes: 'taken back' }
      void world.connect('a-dying').engine.journal.publish(strange, world.records.length)
      await pass(SECOND)
      expect(b.content().records.at(-1)).toBe('taken back')
      world.takeBack()
      world.heal('a')
      void a.write('two')
      if (when === 'before it leads') {
        // Before that comes to it.
        world.cut('b')
        await pass(SECOND)
        world.kill('a')
        world.heal('b')
      }
      await pass(3 * TAKEOVER_MS)
      const shared = world.records.map(({ record }) => record.writes)
      expect(shared.slice(0, 3)).toEqual(['leader a', 'one', 'two'])
      expect(b.content().records).toEqual(shared)
      expect(b.server.role).toBe(when === 'before it leads' ? 'leader' : 'standby')
      expect(b.asides.length).toBe(1)
    })
  })

  test('another journal in the place of the one it followed: what the server has is set aside, or begins that', async () => {
    const { a, b, world, pass } = await startBoth()
    world.renew()
    void a.write('lost')
    await pass(3 * TAKEOVER_MS)
    expect([a.server.role, b.server.role].toSorted()).toEqual(['leader', 'standby'])
    void a.write('more')
    void b.write('more')
    await pass(2 * SECOND)
    expect(a.content().records).toEqual(b.content().records)
  })
})
