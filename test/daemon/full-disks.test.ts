import { describe, expect, test } from 'bun:test'
import { canMount, mountTmpfs } from '../crash-loop/tmpfs.ts'
import { eventually } from '../support/eventually.ts'
import { type Life, openSite, type Site } from '../support/site.ts'

const isMounting = canMount()
if (!isMounting) console.error('skipped: J4 needs root, to mount')

/** The alert notes how many bytes its input has. */
const CONFIG = [
  'check_interval: 100ms',
  'defaults: { alert_after: 1, alert_every: 0, alerts: [ tell ] }',
  'alerts: { tell: { command: "wc -c >told.new; mv told.new told" } }',
  'monitors: [ { name: door, command: "echo >>runs; test ! -e broken" } ]',
].join('\n')

async function checks(site: Site, life: Life): Promise<void> {
  const before = site.read('runs').length
  await eventually('it checks', () => site.read('runs').length >= before + 5, { explain: life.rawLog })
}

async function tells(site: Site, life: Life): Promise<void> {
  site.write('broken', '')
  await eventually('it is told', () => site.read('told') !== '', { explain: life.rawLog })
  // The document is whole, wherever it was put.
  expect(Number(site.read('told'))).toBeGreaterThan(100)
}

const DISKS = ['tmp', 'state', 'log'] as const

describe.concurrent('the disk is full', () => {
  test
    .skipIf(!isMounting)
    .each([
      { full: ['tmp'] },
      { full: ['state'] },
      { full: ['log'] },
      { full: ['tmp', 'log'] },
      { full: ['tmp', 'state', 'log'] },
    ] as const)('J4: of $full: checks run, alerts arrive', async ({ full }) => {
    await using site = openSite({ 'config.yml': CONFIG })
    using disks = new DisposableStack()
    const mounted = new Map(DISKS.map((name) => [name, disks.use(mountTmpfs(site.path(name), 'size=1m'))]))
    const life = site.start({
      args: ['--database', 'state/minitor.db'],
      wrapper: ['sh', '-c', 'exec "$@" >log/log', 'sh'],
    })
    await checks(site, life)
    for (const name of full) mounted.get(name)?.fill()
    await tells(site, life)
    await checks(site, life)
    expect(life.isOver()).toBe(false)
  })

  test.skipIf(!isMounting).each(['size=4k', 'size=1m,nr_inodes=1', 'ro'])(
    'J4: of TMPDIR, from the start (%s): checks run, alerts arrive',
    async (options) => {
      await using site = openSite({ 'config.yml': CONFIG })
      using disk = mountTmpfs(site.path('tmp'), options)
      if (options === 'size=4k') disk.fill()
      const life = site.start()
      await checks(site, life)
      await tells(site, life)
    },
  )

  test.skipIf(!isMounting)('J4: of everything: what an alert reads is in memory', async () => {
    await using site = openSite({ 'config.yml': CONFIG })
    using disk = mountTmpfs(site.path('work'), 'size=1m')
    site.write('work/config.yml', CONFIG)
    // In a mount namespace of its own, every place for temporary files is a small disk.
    const small = 'for place in /dev/shm /run /var/tmp; do mount -t tmpfs -o size=64k none $place; done'
    const life = site.start({
      args: ['--database', ':memory:'],
      wrapper: ['unshare', '--mount', 'sh', '-c', `${small}; cd work; exec "$@"`, 'sh'],
      env: { TMPDIR: '/run' },
    })
    await eventually('it checks', () => site.read('work/runs') !== '', { explain: life.rawLog })
    const root = `/proc/${life.pid}/root`
    const filling = ['/dev/shm', '/run', '/var/tmp'].map((place) => `${root}${place}/filling`)
    for (const file of filling) Bun.spawnSync(['dd', 'if=/dev/zero', `of=${file}`, 'bs=1k', 'count=100'])
    site.write('work/broken', '')
    await eventually('it is told', () => Number(site.read('work/told')) > 100, { explain: life.rawLog })
    disk.fill()
  })
})
