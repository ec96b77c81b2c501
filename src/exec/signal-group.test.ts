import { expect, test } from 'bun:test'
import { signalGroup } from './signal-group.ts'

test('a group is reached while its leader is not reaped', async () => {
  const child = Bun.spawn(['sleep', '60'], { detached: true })
  expect(signalGroup({ id: child.pid, isLeaderReaped: false }, 'SIGTERM')).toBe(true)
  await child.exited
  expect(child.signalCode).toBe('SIGTERM')
})

test('a group that is gone is nobody', async () => {
  const child = Bun.spawn(['true'], { detached: true })
  await child.exited
  expect(signalGroup({ id: child.pid, isLeaderReaped: true }, 0)).toBe(false)
})

test('a stranger that got the number of a reaped leader is left alone', async () => {
  const stranger = Bun.spawn(['sleep', '60'], { detached: true })
  expect(signalGroup({ id: stranger.pid, isLeaderReaped: true }, 'SIGKILL')).toBe(false)
  stranger.kill('SIGTERM')
  await stranger.exited
  expect(stranger.signalCode).toBe('SIGTERM')
})
