import { describe, expect, test } from 'bun:test'
import { configOf, loadFiles, mistakesIn } from '../../../test/support/load-text.ts'

const COMPOSED = 'Caf\u00e9'
const DECOMPOSED = 'Cafe\u0301'

describe('a name that can be written in two ways', () => {
  test('is one name, wherever it stands', () => {
    const { monitors, alerts, maintenance } = configOf(`monitors:
  - {name: ${DECOMPOSED}, command: x, tags: [${COMPOSED}], alerts: [${DECOMPOSED}]}
  - {name: b, command: x, depends_on: [${COMPOSED}], alerts: [${COMPOSED}]}
alerts: {${DECOMPOSED}: {command: x, fallback: log}, log: {command: x}}
maintenance: [{schedule: "@daily", duration: 1h, monitors: [${COMPOSED}], tags: [${DECOMPOSED}]}]
`)
    expect(monitors.map(({ name, dependsOn, tags }) => [name, dependsOn, tags])).toEqual([
      [COMPOSED, [], [COMPOSED]],
      ['b', [COMPOSED], []],
    ])
    expect([[...alerts.keys()].includes(COMPOSED), maintenance[0]?.of]).toEqual([
      true,
      { monitors: [COMPOSED], tags: [COMPOSED] },
    ])
  })

  test('is refused as the name of two', () => {
    expect(
      mistakesIn(`monitors:\n  - {name: ${COMPOSED}, command: x}\n  - {name: ${DECOMPOSED}, command: x}\n`),
    ).toEqual([`3:12 there are two monitors named "${DECOMPOSED}"`])
    const alerts = `alerts:\n  ${COMPOSED}: {command: x}\n  ${DECOMPOSED}: {command: x}\n`
    expect(mistakesIn(`monitors: [{name: a, command: x}]\n${alerts}`)).toEqual([
      `4:3 there are two alerts named "${COMPOSED}"`,
    ])
  })
})

test('two names are the same where a value from outside makes them so', () => {
  const text = `monitors:\n  - {name: "\${A}", command: x}\n  - {name: web, command: x}\n`
  expect(mistakesIn(text, { A: 'web' })).toEqual(['3:12 there are two monitors named "web"'])
})

describe('an address that two monitors would have', () => {
  test.each([
    {
      names: ['Web', 'web'],
      said: [/^the address of monitor "web" is \/monitors\/web-\w{7}, as a monitor above has \/monitors\/web$/],
    },
    { names: ['A b', 'a-b', 'A-B'], said: [/monitor "a-b" is \/monitors\/a-b-\w{7}/, /monitor "A-B"/] },
    { names: ['API v1', 'API (v1)'], said: [/monitor "API \(v1\)"/] },
    { names: ['web', 'db', '!'], said: [] },
  ])('is said: $names', ({ names, said }) => {
    const monitors = names.map((name) => `  - {name: "${name}", command: x}\n`).join('')
    const loaded = loadFiles({ 'config.yml': `monitors:\n${monitors}` })
    expect(loaded.ok ? loaded.warnings.map(({ message }) => message) : loaded.mistakes).toEqual(
      said.map((words) => expect.stringMatching(words)),
    )
  })
})
