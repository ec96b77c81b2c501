import { describe, expect, test } from 'bun:test'
import { requireDebianPackage } from '../support/debian.ts'
import { createPlace } from './database.ts'

const LONG = 'x'.repeat(148)
const CONFIG = `monitors:
  - {name: web, command: [true], tags: [edge], group: Berlin}
  - {name: api, command: [false], group: Berlin}
  - {name: db, command: [true], tags: [edge]}
  - {name: ${LONG}, command: [true], enabled: false}
`

describe.concurrent('status and check take', () => {
  test.each([
    { args: [], status: ['web', 'api', 'db', LONG], check: ['web', 'api', 'db'] },
    { args: ['API', 'web'], status: ['web', 'api'], check: ['api', 'web'] },
    { args: ['--tag', 'edge'], status: ['web', 'db'], check: ['web', 'db'] },
    { args: ['--group', 'Berlin'], status: ['web', 'api'], check: ['web', 'api'] },
    { args: [LONG], status: [LONG], check: [LONG] },
  ])('$args', async ({ args, status, check }) => {
    using place = createPlace(CONFIG)
    const shown = JSON.parse((await place.minitor('status', '--json', ...args)).stdout)
    expect(shown.monitors.map(({ name }: { name: string }) => name)).toEqual(status)
    const checked = JSON.parse((await place.minitor('check', '--json', ...args)).stdout)
    expect(checked.map(({ monitor }: { monitor: string }) => monitor)).toEqual(check)
  })

  test.each([
    { args: ['wbe'], error: 'error: there is no monitor "wbe"\n  = help: did you mean "web"?\n' },
    { args: ['--tag', 'egde'], error: 'error: no monitor has the tag "egde"\n  = help: did you mean "edge"?\n' },
    { args: ['--group', 'Bonn'], error: 'error: no monitor is in the group "Bonn"\n  = help: there are: Berlin\n' },
    { args: ['web', '--tag', 'edge'], error: 'error: "web" is too much\n  = help: --tag takes the place of a name\n' },
    { args: ['--tag', 'a', '--group', 'b'], error: 'cannot be used with' },
  ])('$args is wrong usage', async ({ args, error }) => {
    using place = createPlace(CONFIG)
    for (const command of ['status', 'check']) {
      const { exitCode, stderr } = await place.minitor(command, ...args)
      expect(exitCode).toBe(2)
      expect(stderr).toContain(error)
    }
  })
})

test('status --down shows what is down; the headline and the exit code are those of all that are asked for', async () => {
  using place = createPlace(CONFIG)
  const { stdout } = await place.minitor('status', '--down', '--group', 'Berlin')
  expect(stdout).toContain('All 2 pending\n')
  expect(stdout).not.toContain('web')
})

test.skipIf(!requireDebianPackage('bsdutils', 'script'))(
  'status fits a terminal; a pipe has the whole name',
  async () => {
    using place = createPlace(CONFIG)
    const { stdout } = await place.onTerminal({ NO_COLOR: '1' }, 'status')
    const lines = stdout.split('\r\n')
    for (const line of lines.slice(1)) expect(Bun.stringWidth(line)).toBeLessThanOrEqual(80)
    expect(stdout).toContain('xxx…  ')
    expect((await place.minitor('status')).stdout).toContain(LONG)
  },
)
