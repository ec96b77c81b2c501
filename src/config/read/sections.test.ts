import { expect, test } from 'bun:test'
import { configOf, loadFiles, mistakesIn } from '../../../test/support/load-text.ts'

const MONITORS = `monitors:
  - {name: router, command: [x], tags: [network, home]}
  - {name: web, command: [x], tags: [network]}
  - {name: retired, command: [x], enabled: false}
`
const HOUR_MS = 3_600_000

function windowOf(window: string, environment = {}) {
  return configOf(`maintenance:\n  - ${window}\n${MONITORS}`, environment).maintenance[0]
}

test.each([
  {
    name: 'for all',
    window: '{schedule: "0 3 * * 0", duration: 2h}',
    expected: { expression: '0 3 * * 0', timezone: null, durationMs: 2 * HOUR_MS, of: null },
  },
  {
    name: 'of some monitors',
    window: '{schedule: "@daily", duration: 1m, timezone: Europe/Berlin, monitors: [web, retired]}',
    expected: {
      expression: '@daily',
      timezone: 'Europe/Berlin',
      durationMs: 60_000,
      of: { monitors: ['web', 'retired'], tags: [] },
    },
  },
  {
    name: 'of some tags',
    window: '{schedule: "0 0 3 * * 0", duration: 31d, tags: [home]}',
    expected: { expression: '0 0 3 * * 0', durationMs: 744 * HOUR_MS, of: { monitors: [], tags: ['home'] } },
  },
  {
    name: 'of both',
    window: '{schedule: "0 3 * * 0", duration: 3600, monitors: [router], tags: [network]}',
    expected: { durationMs: HOUR_MS, of: { monitors: ['router'], tags: ['network'] } },
  },
  {
    name: 'from the environment',
    window: `{schedule: "\${AT}", duration: "\${LONG}", monitors: ["\${WHO}"]}`,
    expected: { expression: '0 4 * * *', durationMs: 90_000, of: { monitors: ['web'], tags: [] } },
  },
])('a window $name', ({ window, expected }) => {
  expect(windowOf(window, { AT: '0 4 * * *', LONG: '90', WHO: 'web' })).toMatchObject(expected)
})

test('several windows keep their order; none is none; a tag may be inherited', () => {
  const text = `maintenance:
  - {schedule: "0 1 * * *", duration: 1h, tags: [all]}
  - {schedule: "0 2 * * *", duration: 1h}
defaults: {tags: [all]}
monitors: [{name: a, command: [x]}]
`
  expect(configOf(text).maintenance.map(({ expression }) => expression)).toEqual(['0 1 * * *', '0 2 * * *'])
  expect(configOf(`maintenance: []\n${MONITORS}`).maintenance).toEqual([])
})

const GOOD = 'schedule: "0 3 * * 0", duration: 2h'

test.each([
  { name: 'a map', maintenance: `{${GOOD}}`, mistakes: ['1:14 maintenance must be a list of maps, not a map'] },
  { name: 'nothing', maintenance: '', mistakes: ['1:12 maintenance has no value'] },
  {
    name: 'an item that is text',
    maintenance: `[{${GOOD}}, sunday, {}]`,
    mistakes: [
      '1:54 maintenance must be a list of maps, not the text "sunday"',
      '1:62 maintenance number 3: the schedule is missing',
      '1:62 maintenance number 3: the duration is missing',
    ],
  },
  {
    name: 'keys by other names',
    maintenance: '[{cron: "0 3 * * 0", duraton: 2h}]',
    mistakes: [
      '1:16 maintenance number 1: the key "cron" is not known',
      '1:35 maintenance number 1: the key "duraton" is not known',
    ],
  },
  {
    name: 'a schedule that is none',
    maintenance: '[{schedule: sundays at 3, duration: 2h}]',
    mistakes: ['1:26 maintenance number 1: schedule must be a cron expression, not "sundays at 3"'],
  },
  {
    name: 'a day that never comes',
    maintenance: '[{schedule: "0 0 31 2 *", duration: 2h}]',
    mistakes: ['1:26 maintenance number 1: schedule "0 0 31 2 *" never comes'],
  },
  {
    name: 'a time zone that is none',
    maintenance: `[{${GOOD}, timezone: Mars}]`,
    mistakes: ['1:63 maintenance number 1: timezone "Mars" is not known on this machine'],
  },
  {
    name: 'a short duration',
    maintenance: '[{schedule: "0 3 * * 0", duration: 59s}]',
    mistakes: ['1:49 maintenance number 1: duration must be at least 1m, not the text "59s"'],
  },
  {
    name: 'a long duration',
    maintenance: '[{schedule: "0 3 * * 0", duration: 31d1ms}]',
    mistakes: ['1:49 maintenance number 1: duration must be at most 31d, not the text "31d1ms"'],
  },
  {
    name: 'a negative duration',
    maintenance: '[{schedule: "0 3 * * 0", duration: -1}]',
    mistakes: ['1:49 maintenance number 1: duration must be at least 1m, not the number -1'],
  },
  {
    name: 'a duration that is none',
    maintenance: '[{schedule: "0 3 * * 0", duration: all night}]',
    mistakes: ['1:49 maintenance number 1: duration must be a duration, not the text "all night"'],
  },
  {
    name: 'nobody',
    maintenance: `[{${GOOD}, monitors: [], tags: []}]`,
    mistakes: [
      '1:63 maintenance number 1: monitors must name at least one, not a list',
      '1:73 maintenance number 1: tags must name at least one, not a list',
    ],
  },
  {
    name: 'names that nobody has',
    maintenance: `[{${GOOD}, monitors: [web, wbe]}, {${GOOD}, tags: [netwrok, home]}]`,
    mistakes: [
      '1:69 maintenance number 1: monitors names a monitor that is not defined: "wbe"',
      '1:121 maintenance number 2: tags names a tag that no monitor has: "netwrok"',
    ],
  },
  {
    name: 'a name twice',
    maintenance: `[{${GOOD}, tags: [home, home]}]`,
    mistakes: ['1:66 maintenance number 1: tags names "home" twice'],
  },
])('refuses maintenance of $name', ({ maintenance, mistakes }) => {
  expect(mistakesIn(`${`maintenance: ${maintenance}`.trimEnd()}\n${MONITORS}`)).toEqual(mistakes)
})

test.each([
  {
    name: 'a monitor',
    text: `maintenance: [{${GOOD}, monitors: [wbe]}]\n${MONITORS}`,
    hint: 'did you mean "web"? Defined monitors: router, web, retired',
  },
  {
    name: 'a tag',
    text: `maintenance: [{${GOOD}, tags: [hom]}]\n${MONITORS}`,
    hint: 'did you mean "home"? Tags of monitors: network, home',
  },
  {
    name: 'a tag where there are none',
    text: `maintenance: [{${GOOD}, tags: [x]}]\nmonitors: [{name: a, command: [x]}]\n`,
    hint: 'Tags of monitors: none',
  },
])('says what $name was perhaps meant to be', ({ text, hint }) => {
  const loaded = loadFiles({ 'config.yml': text })
  expect(loaded.ok ? [] : loaded.mistakes.map((mistake) => mistake.hint)).toEqual([hint])
})
