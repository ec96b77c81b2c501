import { expect, test } from 'bun:test'
import { join } from 'node:path'
import { createWorkspace } from '../support/executable.ts'
import { failed, keepHistory } from '../support/history-file.ts'

const NAME = 'Caf\u00e9 Bar'
const CONFIG = `monitors:
  - {name: "${NAME}", command: [true], alert_after: 1, alerts: ["${NAME}"], tags: ["${NAME}"], group: "${NAME}"}
  - {name: b, command: [true], group: c, tags: [c]}
alerts: {"${NAME}": {command: [true]}}
`

// In another letter case, decomposed, and as the slug in addresses.
test.each([NAME.toLowerCase(), NAME.normalize('NFD'), 'caf\u00e9-bar', 'CAFE\u0301 BAR'])(
  'every command knows the monitor by %s',
  async (typed) => {
    using place = createWorkspace({ 'config.yml': CONFIG })
    const atMs = Date.now() - 60_000
    keepHistory(
      join(place.directory, 'minitor.db'),
      [failed(NAME, atMs, { alerts: [NAME], state: { incidentId: 'i', outageStartedAtMs: atMs } })],
      { aliveAtMs: Date.now() },
    )
    for (const args of [
      ['check', typed],
      ['simulate', typed],
      ['alert', typed, '--monitor', typed],
      ['history', typed],
      ['incidents', '--monitor', typed],
      ['silence', typed, '1h'],
      ['unsilence', typed],
      ['ack', typed],
      ['unack', typed],
      ['pause', typed],
      ['resume', typed],
      ['status', typed, '--json'],
      ...['--tag', '--group'].flatMap((option) => [
        ['check', option, typed],
        ['status', option, typed, '--json'],
        ['silence', option, typed, '1h'],
        ['unsilence', option, typed],
      ]),
    ]) {
      const { exitCode, stdout, stderr } = await place.minitor(...args)
      // Nobody watches, which is bad news of `status`.
      expect({ args, exitCode, stderr }).toEqual({ args, exitCode: args[0] === 'status' ? 1 : 0, stderr: '' })
      if (args[0] !== 'alert') expect(stdout).toContain(NAME)
    }
  },
)

test('a name in another case that may be two is none', async () => {
  using place = createWorkspace({ 'config.yml': 'monitors: [{name: A B, command: x}, {name: a B, command: x}]\n' })
  expect((await place.minitor('check', 'A b')).stderr).toContain('there is no monitor "A b"')
})
