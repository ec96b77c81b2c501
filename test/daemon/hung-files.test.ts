import { afterAll, describe, expect, test } from 'bun:test'
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { canMount } from '../crash-loop/tmpfs.ts'
import { requireDebianPackage } from '../support/debian.ts'
import { eventually } from '../support/eventually.ts'
import { type Life, openSite, type Site } from '../support/site.ts'

const directory = mkdtempSync(join(tmpdir(), 'minitor-hung-'))
afterAll(() => rmSync(directory, { recursive: true }))

const program = join(directory, 'hung-files')
const canHang = canMount() && existsSync('/dev/fuse') && requireDebianPackage('gcc', 'gcc') && isBuilt()
if (!canHang) console.error('skipped: J9 needs root, /dev/fuse and gcc, for files that hang')

function isBuilt(): boolean {
  return Bun.spawnSync(['gcc', '-O1', '-o', program, join(import.meta.dir, 'hung-files.c')]).success
}

/** In it, `open` hangs when it is opened, and `look` at the first look. */
async function mountHung(place: string): Promise<AsyncDisposable> {
  mkdirSync(place)
  const server = Bun.spawn([program, place], { stdout: 'pipe', stderr: 'inherit' })
  const { value } = await server.stdout.getReader().read()
  expect(new TextDecoder().decode(value)).toBe('mounted\n')
  return {
    async [Symbol.asyncDispose]() {
      // By force: who still waits is let go.
      Bun.spawnSync(['umount', '--force', '--lazy', place])
      server.kill()
      await server.exited
    },
  }
}

const CONFIG = 'check_interval: 100ms\nmonitors: [{name: tick, command: "echo >>runs"}]\n'
const isRead = ({ msg }: { msg: string }) => msg.startsWith('configuration reloaded')

async function ticks(site: Site, life: Life): Promise<void> {
  const before = site.read('runs').length
  await eventually('it checks', () => site.read('runs').length >= before + 3, { explain: life.rawLog })
}

describe.skipIf(!canHang).concurrent('J9: on a network file system that hangs', () => {
  const cases = ['open', 'look'].flatMap((file) => [
    {
      name: `the configuration (${file})`,
      spoil(site: Site) {
        site.remove('config.yml')
        symlinkSync(`hung/${file}`, site.path('config.yml'))
      },
      hung: 'config.yml',
    },
    {
      name: `a secret (${file})`,
      spoil: (site: Site) => site.write('config.yml', `x-secret: "\${file:hung/${file}}"\n${CONFIG}`),
      hung: `hung/${file}`,
    },
  ])
  test.each(cases)('$name: a reload says so, and checks go on', async ({ spoil, hung }) => {
    await using site = openSite({ 'config.yml': CONFIG })
    await using _ = await mountHung(site.path('hung'))
    const life = site.start()
    await ticks(site, life)
    spoil(site)
    life.signal('SIGHUP')
    await ticks(site, life)
    const { output = '' } = await life.line({ level: 'error' })
    expect(output).toMatch(new RegExp(`cannot read \\S*${hung}: it does not answer`))
    await ticks(site, life)
    site.remove('config.yml')
    site.write('config.yml', CONFIG)
    life.signal('SIGHUP')
    await life.line(isRead)
    life.signal('SIGTERM')
    expect(await life.exitCode()).toBe(0)
  })

  test('a file that is watched: checks go on, and SIGHUP takes the next', async () => {
    await using site = openSite({ 'config.yml': CONFIG })
    await using _ = await mountHung(site.path('hung'))
    const life = site.start({ args: ['--watch'] })
    await ticks(site, life)
    site.remove('config.yml')
    symlinkSync('hung/look', site.path('config.yml'))
    await ticks(site, life)
    await ticks(site, life)
    site.remove('config.yml')
    site.write('config.yml', CONFIG)
    life.signal('SIGHUP')
    await life.line(isRead)
    await ticks(site, life)
  })
})
