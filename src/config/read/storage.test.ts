import { expect, test } from 'bun:test'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { configOf, mistakesIn } from '../../../test/support/load-text.ts'
import { loadConfig } from './load.ts'

const MONITOR = 'monitors:\n  - name: a\n    command: [true]\n'
const DAY_MS = 86_400_000

test.each([
  { name: 'beside the file', path: 'conf/a.yml', line: '', database: 'conf/minitor.db' },
  { name: 'in the directory', path: 'conf', line: '', database: 'conf/minitor.db' },
  { name: 'relative to the file', path: 'conf/a.yml', line: 'database: state/x.db', database: 'conf/state/x.db' },
  { name: 'relative to the directory', path: 'conf', line: 'database: ../x.db', database: 'x.db' },
  { name: 'a number as it is written', path: 'conf', line: 'database: 007', database: 'conf/007' },
  { name: 'from the environment', path: 'conf', line: `database: \${STATE}/minitor.db`, database: 'state/minitor.db' },
])('the database: $name', ({ path, line, database }) => {
  const directory = mkdtempSync(join(tmpdir(), 'minitor-storage-'))
  try {
    mkdirSync(join(directory, 'conf'))
    writeFileSync(join(directory, 'conf/a.yml'), `${line}\n${MONITOR}`)
    const environment = { STATE: join(directory, 'state') }
    for (const given of [join(directory, path), relative(process.cwd(), join(directory, path))]) {
      const loaded = loadConfig({ path: given, environment })
      expect(loaded).toMatchObject({ ok: true, config: { database: join(directory, database) } })
    }
  } finally {
    rmSync(directory, { recursive: true })
  }
})

test.each([
  { line: 'database: ":memory:"', database: ':memory:' },
  { line: 'database: /var/lib/minitor/a b.db', database: '/var/lib/minitor/a b.db' },
])('$line', ({ line, database }) => {
  expect(configOf(`${line}\n${MONITOR}`).database).toBe(database)
})

const DEFAULTS = { checksMs: 7 * DAY_MS, hourlyMs: 90 * DAY_MS, dailyMs: 1825 * DAY_MS }

test.each([
  { retention: '{}', expected: DEFAULTS },
  { retention: '{checks: 1m}', expected: { ...DEFAULTS, checksMs: 60_000 } },
  { retention: '{hourly: 3600}', expected: { ...DEFAULTS, hourlyMs: 3_600_000 } },
  { retention: `{daily: "\${YEARS}"}`, expected: { ...DEFAULTS, dailyMs: 365 * DAY_MS } },
  {
    retention: '{checks: 2d, hourly: 3d, daily: 4d}',
    expected: { checksMs: 2 * DAY_MS, hourlyMs: 3 * DAY_MS, dailyMs: 4 * DAY_MS },
  },
])('retention $retention', ({ retention, expected }) => {
  expect(configOf(`retention: ${retention}\n${MONITOR}`, { YEARS: '1y' }).retention).toEqual(expected)
})

test.each([
  { name: 'no path', line: 'database: ""', mistakes: ['1:11 database must not be empty, not the text ""'] },
  { name: 'a list', line: 'database: [a]', mistakes: ['1:11 database must be text, not a list'] },
  {
    name: 'a NUL in a path',
    line: 'database: "a\\0b"',
    mistakes: ['1:11 database must be a path, not the text "a\\u0000b"'],
  },
  { name: 'nothing', line: 'retention:', mistakes: ['1:10 retention has no value'] },
  { name: 'a time for all', line: 'retention: 7d', mistakes: ['1:12 retention must be a map, not the text "7d"'] },
  {
    name: 'times that are none or too short',
    line: 'retention: {checks: 59s, hourly: 59m, daily: never}',
    mistakes: [
      '1:21 retention: checks must be at least 1m, not the text "59s"',
      '1:34 retention: hourly must be at least 1h, not the text "59m"',
      '1:46 retention: daily must be a duration, not the text "never"',
    ],
  },
  {
    name: 'an unknown key',
    line: 'retention: {check: 7d}',
    mistakes: ['1:13 retention: the key "check" is not known'],
  },
])('refuses $name', ({ line, mistakes }) => {
  expect(mistakesIn(`${line}\n${MONITOR}`)).toEqual(mistakes)
})
