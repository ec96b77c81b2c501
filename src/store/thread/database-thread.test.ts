import { afterAll, expect, setDefaultTimeout, test } from 'bun:test'
import { join } from 'node:path'
import { createScratch, HOLDER, opened } from '../../../test/support/database.ts'
import { TEST_LIMIT_MS } from '../../../test/support/pace.ts'
import { aChange } from '../../../test/support/samples.ts'
import { DATABASE_WORKER } from '../../threads.ts'
import { createDatabaseThread } from './database-thread.ts'

setDefaultTimeout(TEST_LIMIT_MS)

const scratch = createScratch()
afterAll(scratch.remove)

const write = (name: string) => ({ kind: 'check', change: aChange(name, 1, { alerts: ['mail', 'sms'] }) }) as const

test('does what is asked of it in order, and closes behind that', async () => {
  const path = scratch.newPath()
  const access = createDatabaseThread(path, HOLDER, DATABASE_WORKER)
  opened(await access.open())
  const ends: string[] = []
  const end = (name: string) => () => void ends.push(name)
  await Promise.all([
    access.apply([write('a'), write('b')], 7).then(end('first')),
    access.apply([write('c')], 8).then(end('second')),
    access.close().then(end('closed')),
  ])
  expect(ends).toEqual(['first', 'second', 'closed'])

  const again = createDatabaseThread(path, HOLDER, DATABASE_WORKER)
  const { snapshot } = opened(await again.open()) as Extract<Awaited<ReturnType<typeof again.open>>, { kind: 'opened' }>
  expect([[...snapshot.monitors.keys()].sort(), snapshot.lastAliveAtMs]).toEqual([['a', 'b', 'c'], 8])
  const [mail, sms] = snapshot.deliveries
  expect(mail?.notification).toEqual(write('a').change.notifications[0] as never)
  expect(sms?.notification).toBe(mail?.notification as never)
  await again.close()
})

test('moves a file aside on demand, and says where it is', async () => {
  const path = scratch.newPath()
  const access = createDatabaseThread(path, HOLDER, DATABASE_WORKER)
  opened(await access.open())
  await access.apply([write('a')], 7)
  expect(await access.replace(Date.parse('2026-08-01T12:34:56Z'))).toEqual({
    kind: 'replaced',
    setAside: `${path}.corrupt-20260801T123456Z`,
  })
  expect(await access.apply([write('b')], 8)).toEqual({ kind: 'kept', refused: [] })
  await access.close()
})

/** Runs a script that has a thread for a new file as `access`, to its end. */
async function run(script: string, path = scratch.newPath()) {
  const source = `
    import { createDatabaseThread } from ${JSON.stringify(join(import.meta.dir, 'database-thread.ts'))}
    import { DATABASE_WORKER } from ${JSON.stringify(join(import.meta.dir, '../../threads.ts'))}
    const access = createDatabaseThread(${JSON.stringify(path)}, ${JSON.stringify(HOLDER)}, DATABASE_WORKER)
    ${script}`
  const child = Bun.spawn([process.execPath, '-e', source], { stdout: 'pipe', stderr: 'pipe' })
  const [output, errors] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()])
  return { exitCode: await child.exited, output, errors }
}

test.each([
  {
    name: 'after it is closed',
    script: "await access.open(); await access.close(); console.log('done')",
    output: 'done\n',
  },
  {
    name: 'after its file was refused',
    script: 'console.log((await access.open()).kind)',
    path: join(scratch.directory, 'missing', 'm.db'),
    output: 'refused\n',
  },
])('does not keep the process from its end $name', async ({ script, path, output }) => {
  expect(await run(script, path)).toEqual({ exitCode: 0, output, errors: '' })
})

test('a bug in it ends the process', async () => {
  const { exitCode, output, errors } = await run("void access.apply([], 1).then(() => console.log('went on'))")
  expect([exitCode, output]).toEqual([1, ''])
  expect(errors).toContain('in the database thread: ')
  expect(errors).toContain('the database is not open')
})
