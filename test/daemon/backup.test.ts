import { Database } from 'bun:sqlite'
import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { startDaemon } from '../support/daemon-process.ts'
import { eventually } from '../support/eventually.ts'
import { breakIt, letRun, lines, mend, monitor, mute, runs, TELL, told, toldSoon } from './telling.ts'

const CONFIG = lines(
  'check_interval: 100ms',
  'monitors:',
  monitor('web', 'alert_every: 0'),
  monitor('api', 'alert_every: 0'),
  ...Array.from(
    { length: 20 },
    (_, index) => `  - { name: busy ${index}, command: "echo a line; exit 1", alerts: [ ] }`,
  ),
  '  - { name: slow, command: "exec sleep 600", timeout: 1h }',
  TELL,
)

test('a backup while the daemon writes: whole each time, and a daemon that starts from it knows what was told', async () => {
  await using daemon = startDaemon({ config: CONFIG })
  await eventually('both are up', () => daemon.lines.filter(({ status }) => status === 'up').length === 2)
  breakIt(daemon, 'web')
  await toldSoon(daemon, ['web down'])
  await mute(daemon, 'silence', 'api', '1h')

  const names = Array.from({ length: 5 }, (_, index) => `copy${index}.db`)
  const counts: number[] = []
  for (const name of names) {
    await letRun(daemon, 'web')
    const { exitCode, stderr } = await daemon.minitor('backup', name)
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
    const copy = new Database(join(daemon.directory, name), { readonly: true })
    expect(copy.query('PRAGMA integrity_check').all()).toEqual([{ integrity_check: 'ok' }])
    counts.push(copy.query<{ count: number }, []>('SELECT count(*) AS count FROM checks').get()?.count ?? 0)
    copy.close()
  }
  expect(counts).toEqual(counts.toSorted((one, other) => one - other))
  expect(counts.at(-1)).toBeGreaterThan(counts[0] ?? 0)
  expect(daemon.lines.filter(({ level }) => level === 'error')).toEqual([])

  const slow = () =>
    daemon.descendants().find((pid) => daemon.read(`../../proc/${pid}/cmdline`).startsWith('sleep\x00600'))
  const slowPid = slow()
  expect(slowPid).toBeGreaterThan(0)
  await using heir = startDaemon({
    config: CONFIG,
    files: { 'minitor.db': readFileSync(join(daemon.directory, names.at(-1) ?? '')), web: '', api: '' },
  })
  await letRun(heir, 'web')
  await heir.line({ monitor: 'api', muted_by: 'silence' })
  expect(told(heir)).toEqual([])
  mend(heir, 'web')
  await toldSoon(heir, ['web up'])
  // The first one goes on, with all its processes.
  expect(slow()).toBe(slowPid)
  expect(heir.lines.map(({ msg }) => msg).join()).not.toContain('of the last Minitor')
  const before = runs(daemon, 'web')
  await eventually('the first one goes on', () => runs(daemon, 'web') > before)
})
