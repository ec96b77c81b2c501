import { expect, test } from 'bun:test'
import { join } from 'node:path'
import { createWorkspace } from '../support/executable.ts'
import { failed, keepHistory } from '../support/history-file.ts'

const NAME = 'Caf\u00e9 Bar'
const CONFIG = `monitors: [{name: "${NAME}", command: [true], alert_after: 1, alerts: [note]}, {name: b, command: [true]}]
alerts: {note: {command: [true]}}
`

// In another letter case, decomposed, and as the slug in addresses.
test.each([NAME.toLowerCase(), NAME.normalize('NFD'), 'caf\u00e9-bar', 'CAFE\u0301 BAR'])(
  'every command knows the monitor by %s',
  async (typed) => {
    using place = createWorkspace({ 'config.yml': CONFIG })
    const atMs = Date.now() - 60_000
    keepHistory(
      join(place.directory, 'minitor.db'),
      [failed(NAME, atMs, { alerts: ['note'], state: { incidentId: 'i', outageStartedAtMs: atMs } })],
      { aliveAtMs: Date.now() },
    )
    for (const args of [
      ['check', typed],
      ['simulate', typed],
      ['alert', 'note', '--monitor', typed],
      ['history', typed],
      ['incidents', '--monitor', typed],
      ['silence', typed, '1h'],
      ['unsilence', typed],
      ['ack', typed],
      ['unack', typed],
    ]) {
      const { exitCode, stdout, stderr } = await place.minitor(...args)
      expect({ args, exitCode, stderr }).toEqual({ args, exitCode: 0, stderr: '' })
      if (args[0] !== 'alert') expect(stdout).toContain(NAME)
    }
  },
)

test('a name in another case that may be two is none', async () => {
  using place = createWorkspace({ 'config.yml': 'monitors: [{name: A B, command: x}, {name: a B, command: x}]\n' })
  expect((await place.minitor('check', 'A b')).stderr).toContain('there is no monitor "A b"')
})
