import { describe, expect, test } from 'bun:test'
import { loadFiles } from '../../../test/support/load-text.ts'

function scheduled(schedule: string, environment = {}) {
  const text = `monitors: [{name: a, command: x, schedule: "${schedule}"}]\n`
  const loaded = loadFiles({ 'config.yml': text }, environment)
  const findings = loaded.ok ? loaded.warnings : loaded.mistakes
  return { ok: loaded.ok, said: findings.map(({ message, hint }) => `${message}; ${hint}`) }
}

test.each([
  ...['*/5 * * * *', '0 3 * * 0', '0 0 3 * * 7', '0 8-18/2 * JAN,FEB MON-FRI', '0 0 L * ?', '@daily', '@hourly'],
  ...['0 0 15W * *', '0 0 * * 1#2', '0 0 * * 5-7'],
])('%s is cron', (schedule) => {
  expect(scheduled(schedule)).toEqual({ ok: true, said: [] })
})

test.each([
  { schedule: '0/15 * * * *', says: 'the minute is "0/15"; it takes 0-59' },
  { schedule: '0 22-2 * * *', says: 'the hour is "22-2"; it takes 0-23' },
  { schedule: '0 24 * * *', says: 'the hour is "24"' },
  { schedule: '0 0 * * FRI-MON', says: 'the weekday is "FRI-MON"; it takes 0-7 or SUN-SAT' },
  { schedule: '0 0 0 * *', says: 'the day is "0"; it takes 1-31' },
  { schedule: '0 0 * 13 *', says: 'the month is "13"; it takes 1-12' },
  { schedule: '0 8 ? * MON-FRI *', says: 'the month is "MON-FRI"' },
  { schedule: 'H * * * *', says: 'the minute is "H"' },
  { schedule: '99 0 3 * * *', says: 'the second is "99"; it takes 0-59' },
  { schedule: '0 */15 2 * * * 2027', says: 'a sixth, in front, is seconds, and there are no years' },
  { schedule: '0 3 * *', says: 'write five fields' },
  { schedule: '2027-01-01T00:00:00', says: 'write five fields' },
  { schedule: '@reboot', says: 'write @hourly, @daily' },
  { schedule: '@every 5m', says: 'an interval instead' },
])('$schedule is refused', ({ schedule, says }) => {
  const { ok, said } = scheduled(schedule)
  expect([ok, said.length, said[0]]).toEqual([false, 1, expect.stringContaining(says)])
})

// The tests run in UTC, as a library does that understands none of these.
describe('TZ', () => {
  const WARNING = /^TZ ".*" is not understood, so schedules are in UTC; write timezone/
  test.each(['CET-1CEST,M3.5.0,M10.5.0/3', 'UTC+2', '<+0330>-3:30', 'MSK-3', ':/etc/localtime', 'Foo/Bar'])(
    '%s is said',
    (TZ) => expect(scheduled('0 3 * * *', { TZ })).toEqual({ ok: true, said: [expect.stringMatching(WARNING)] }),
  )

  test.each(['', 'UTC', ':Etc/UTC', 'Europe/Berlin'])('"%s" is fine', (TZ) => {
    expect(scheduled('0 3 * * *', { TZ })).toEqual({ ok: true, said: [] })
  })

  test('does not matter beside a timezone, and is said once', () => {
    const monitors = [`{name: a, command: x, schedule: "0 3 * * *", timezone: UTC}`]
    const warningsOf = () => {
      const loaded = loadFiles({ 'config.yml': `monitors: [${monitors.join(', ')}]\n` }, { TZ: 'MSK-3' })
      return loaded.ok ? loaded.warnings.length : null
    }
    expect(warningsOf()).toBe(0)
    monitors.push('{name: b, command: x, schedule: "0 3 * * *"}', '{name: c, command: x, schedule: "0 4 * * *"}')
    expect(warningsOf()).toBe(1)
  })
})
