import { expect, test } from 'bun:test'
import { describeAlerts, scriptOf } from './policy-words.ts'
import type { Command } from './types.ts'

test.each<{ command: Command; script: string | null }>([
  { command: ['sh', '-c', 'exit 1\n'], script: 'exit 1\n' },
  { command: ['sh', '-c', ''], script: '' },
  { command: ['sh', '-c', 'echo "$1"', 'sh', 'an argument'], script: null },
  { command: ['sh', '-c'], script: null },
  { command: ['sh', 'script'], script: null },
  { command: ['bash', '-c', 'true'], script: null },
])('$command is the script $script', ({ command, script }) => {
  expect(scriptOf(command)).toBe(script)
})

test('alerts in words', () => {
  expect(
    describeAlerts([
      { alert: 'log', after: null },
      { alert: 'restart', after: null, on: ['down'] },
      { alert: 'sms', after: { kind: 'time', ms: 60_000 }, on: ['down', 'flapping'] },
    ]),
  ).toBe('log, restart (on down), sms (after 1m; on down, flapping)')
})
