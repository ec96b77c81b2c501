import { expect, test } from 'bun:test'
import type { Command } from '../../core/model/types.ts'
import { isPattern, refusalOf } from './allowed.ts'

function refused(
  command: Command,
  patterns: readonly string[],
  env: Readonly<Record<string, string>> = {},
): string | null {
  return refusalOf({ command, env, workingDirectory: null, timeoutMs: 1, runId: 'a-b-c', input: null }, patterns)
}

const PLUGINS = '/usr/lib/nagios/plugins/*'

test.each<{ program: string; pattern: string; isAllowed: boolean }>([
  { program: '/usr/lib/nagios/plugins/check_disk', pattern: PLUGINS, isAllowed: true },
  { program: '/usr/lib/nagios/plugins/check_disk', pattern: '/usr/lib/nagios/plugins/check_*', isAllowed: true },
  { program: '/usr/lib/nagios/plugins/eventhandlers/x', pattern: PLUGINS, isAllowed: false },
  {
    program: '/usr/lib/nagios/plugins/../../../bin/sh',
    pattern: '/usr/lib/nagios/plugins/*/*/*/bin/sh',
    isAllowed: false,
  },
  { program: '/usr/lib/nagios/plugins/./x', pattern: '/usr/lib/nagios/plugins/*/x', isAllowed: false },
  { program: '/usr/lib/nagios/plugins', pattern: PLUGINS, isAllowed: false },
  { program: 'ping', pattern: 'ping', isAllowed: true },
  { program: '/bin/ping', pattern: 'ping', isAllowed: false },
  { program: 'ping', pattern: '/bin/ping', isAllowed: false },
  { program: 'pinga', pattern: 'ping', isAllowed: false },
  { program: 'aping', pattern: 'ping', isAllowed: false },
  { program: '/bin/a\nb', pattern: '/bin/*', isAllowed: true },
  { program: '/binXa', pattern: '/bin.a', isAllowed: false },
  { program: '/bin/[', pattern: '/bin/[', isAllowed: true },
  { program: '', pattern: '*', isAllowed: true },
])('$pattern and $program', ({ program, pattern, isAllowed }) => {
  expect(refused([program], [pattern])).toBe(isAllowed ? null : `does not allow ${program}`)
})

test('one pattern of several is enough', () => {
  expect(refused(['ping', '-c1', 'x'], [PLUGINS, 'ping'])).toBeNull()
  expect(refused(['sh', '-c', 'ping'], [PLUGINS, 'ping'])).toBe('does not allow sh')
})

test('variables of a monitor could make a program load others', () => {
  expect(refused(['ping'], ['ping'], { MINITOR_MONITOR_NAME: 'web' })).toBeNull()
  expect(refused(['ping'], ['ping'], { MINITOR_MONITOR_NAME: 'web', LD_PRELOAD: '/tmp/x.so' })).toBe(
    'does not allow a monitor to set variables (LD_PRELOAD)',
  )
})

test.each([
  { pattern: '/usr/lib/nagios/plugins/*', is: true },
  { pattern: 'ping', is: true },
  { pattern: '/opt/my checks/*', is: true },
  { pattern: '', is: false },
  { pattern: 'opt/x', is: false },
  { pattern: './x', is: false },
  { pattern: '/opt/../bin/*', is: false },
  { pattern: '/opt/', is: false },
])('a pattern: $pattern', ({ pattern, is }) => {
  expect(isPattern(pattern)).toBe(is)
})
