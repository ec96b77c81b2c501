import { expect, test } from 'bun:test'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { startDaemon } from '../support/daemon-process.ts'
import { eventually } from '../support/eventually.ts'
import { freePort } from './scrape.ts'

const ROOT = join(import.meta.dir, '..', '..')
const QUICKSTART = 'examples/quickstart/config.yml'

test('the quickstart, as `npm start` runs it: break it, see the alert, mend it, see the recovery', async () => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
  const [runtime, main, ...args] = scripts.start.split(' ')
  expect([runtime, main]).toEqual(['bun', 'src/main.ts'])
  expect(args).toContain(QUICKSTART)
  // Somebody else may have the port of the example.
  const listen = ['--listen', `127.0.0.1:${await freePort()}`]
  const files = { [QUICKSTART]: readFileSync(join(ROOT, QUICKSTART)) }
  await using daemon = startDaemon({ files, args: [...args, ...listen] })
  await daemon.next({ monitor: 'Break me', status: 'up' })
  daemon.write('examples/quickstart/broken', '')
  await daemon.next({ monitor: 'Break me', status: 'failing' })
  await daemon.next({ monitor: 'Break me', status: 'down' })
  await daemon.line({ alert: 'log', msg: 'Break me check has failed 3 times' })
  const shout = await daemon.next({ alert: 'shout' })
  expect(shout.output).toBe(
    '*** Break me check has failed 3 times ***\nIt printed: there is a file examples/quickstart/broken\n',
  )
  rmSync(join(daemon.directory, 'examples/quickstart/broken'))
  await daemon.next({ monitor: 'Break me', status: 'up' })
  await daemon.line({ alert: 'log', msg: 'Break me check is up again!' })
  await eventually('the recovery is shouted', () => {
    return daemon.lines.some(({ alert, output }) => alert === 'shout' && output?.includes('up again!'))
  })
  // The others make sense on any machine, whatever they say of this one.
  for (const monitor of ['Root disk', 'Memory', 'Load']) {
    expect(await daemon.line({ monitor })).toMatchObject({ outcome: expect.stringMatching(/^(passed|failed)$/) })
  }
  daemon.signal('SIGINT')
  expect(await daemon.exitCode()).toBe(0)
})
