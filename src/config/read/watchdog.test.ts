import { expect, test } from 'bun:test'
import { configOf, mistakesIn } from '../../../test/support/load-text.ts'

const MONITOR = 'monitors:\n  - name: a\n    command: [true]\n'

test.each([
  { name: 'a list', watchdog: '{command: [x]}', expected: { command: ['x'], intervalMs: 60_000 } },
  {
    name: 'a script and an interval',
    watchdog: '{shell_command: curl x, interval: 1}',
    expected: { command: ['sh', '-c', 'curl x'], intervalMs: 1000 },
  },
])('a watchdog of $name', ({ watchdog, expected }) => {
  expect(configOf(`watchdog: ${watchdog}\n${MONITOR}`).watchdog).toEqual(expected as never)
})

test.each([
  { name: 'text', watchdog: 'curl', mistakes: ['1:11 watchdog must be a map, not the text "curl"'] },
  { name: 'no command', watchdog: '{interval: 5}', mistakes: ['1:1 watchdog: it has no command'] },
  {
    name: 'two commands',
    watchdog: '{shell_command: x, command: [x]}',
    mistakes: ['1:30 watchdog: it has both shell_command and command'],
  },
  {
    name: 'a short interval',
    watchdog: '{command: [x], interval: 999ms}',
    mistakes: ['1:36 watchdog: interval must be at least 1s, not the text "999ms"'],
  },
  {
    name: 'a key of the guard',
    watchdog: '{command: [x], timeout: 5}',
    mistakes: ['1:26 watchdog: the key "timeout" is not known'],
  },
])('refuses a watchdog of $name', ({ watchdog, mistakes }) => {
  expect(mistakesIn(`watchdog: ${watchdog}\n${MONITOR}`)).toEqual(mistakes)
})
