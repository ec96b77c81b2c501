import { Database } from 'bun:sqlite'
import { afterAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { createScratch } from '../../../test/support/database.ts'
import { TEST_LIMIT_MS } from '../../../test/support/pace.ts'
import type { Notification } from '../../core/model/types.ts'
import { createDeliveryRows } from '../tables/deliveries.ts'
import { LATEST_VERSION, migrate, STEPS, takeSteps, versionOf } from './migrate.ts'

setDefaultTimeout(TEST_LIMIT_MS)

const scratch = createScratch()
afterAll(scratch.remove)

const open = (path = scratch.newPath()) => new Database(path, { create: true, readwrite: true })

function schemaOf(database: Database): string[] {
  return database
    .query<{ sql: string }, []>('SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name')
    .all()
    .map(({ sql }) => sql)
}

const ONE = 'CREATE TABLE one (x INTEGER) STRICT; INSERT INTO one VALUES (1)'
const TWO = 'CREATE TABLE two (x INTEGER) STRICT; INSERT INTO two SELECT x + 1 FROM one'
const THREE = 'ALTER TABLE one ADD COLUMN y INTEGER; UPDATE one SET y = (SELECT x FROM two)'

describe('steps', () => {
  test('are each taken once, in order', () => {
    const database = open()
    takeSteps(database, [ONE])
    expect(versionOf(database)).toBe(1)
    takeSteps(database, [ONE, TWO, THREE])
    expect(versionOf(database)).toBe(3)
    takeSteps(database, [ONE, TWO, THREE])
    expect(database.query('SELECT * FROM one').all()).toEqual([{ x: 1, y: 2 }])
    expect(database.query('SELECT * FROM two').all()).toEqual([{ x: 2 }])
  })

  test('of an older Minitor leave a newer file alone', () => {
    const database = open()
    takeSteps(database, [ONE, TWO])
    const before = schemaOf(database)
    takeSteps(database, [ONE])
    expect([versionOf(database), schemaOf(database)]).toEqual([2, before])
  })

  test.each([
    { name: 'at its begin', broken: `CREATE TABLE one (y); ${TWO}` },
    {
      name: 'in its middle',
      broken: `CREATE TABLE two (x); UPDATE one SET x = 9; INSERT INTO none VALUES (1); ${THREE}`,
    },
    { name: 'at its end', broken: `${TWO}; ${THREE}; SELECT raise_nothing()` },
  ])('that fail $name leave what there was, and the next start completes them', ({ broken }) => {
    const path = scratch.newPath()
    const database = open(path)
    expect(() => takeSteps(database, [ONE, broken, THREE])).toThrow()
    expect(database.inTransaction).toBe(false)
    expect([versionOf(database), schemaOf(database)]).toEqual([1, ['CREATE TABLE one (x INTEGER) STRICT']])
    expect(database.query('SELECT x FROM one').all()).toEqual([{ x: 1 }])
    database.close()
    const again = open(path)
    takeSteps(again, [ONE, TWO, THREE])
    expect(versionOf(again)).toBe(3)
    expect(again.query('SELECT * FROM one').all()).toEqual([{ x: 1, y: 2 }])
  })

  test('fail while another process writes, and are taken after it', () => {
    const path = scratch.newPath()
    const database = open(path)
    database.run('PRAGMA journal_mode = WAL')
    const other = open(path)
    other.run('BEGIN IMMEDIATE')
    expect(() => takeSteps(database, [ONE])).toThrow('database is locked')
    other.run('ROLLBACK')
    takeSteps(database, [ONE])
    expect(versionOf(database)).toBe(1)
  })
})

test('D9: killed anywhere in a migration, the next start completes it', async () => {
  const untouched = scratch.newPath()
  open(untouched).close()
  const whole = open()
  migrate(whole)
  for (const [index, kill] of [
    // Killed within each step, and at its end.
    "sql.includes('CREATE TABLE incidents')",
    "sql.includes('user_version = 1')",
    "sql.includes('CREATE TABLE checks')",
    "sql.includes('user_version = 2')",
    "sql.includes('CREATE TABLE pings')",
    "sql.includes('user_version = 3')",
    "sql.includes('summed_to_ms')",
    "sql.includes('user_version = 4')",
    "sql.includes('CREATE TABLE series')",
    "sql.includes('user_version = 5')",
    "sql.includes('startedAtMs')",
    "sql.includes('user_version = 6')",
    "sql.includes('CREATE TABLE pauses')",
    "sql.includes('user_version = 7')",
  ].entries()) {
    const path = scratch.newPath()
    copyFileSync(untouched, path)
    const script = `
      import { Database } from 'bun:sqlite'
      import { migrate } from ${JSON.stringify(join(import.meta.dir, 'migrate.ts'))}
      const database = new Database(${JSON.stringify(path)}, { readwrite: true })
      database.run('PRAGMA journal_mode = WAL')
      const run = database.run.bind(database)
      database.run = (sql, ...values) => {
        const done = run(sql, ...values)
        if (${kill}) process.kill(process.pid, 'SIGKILL')
        return done
      }
      migrate(database)`
    const child = Bun.spawn([process.execPath, '-e', script], { stderr: 'inherit' })
    await child.exited
    expect(child.signalCode).toBe('SIGKILL')
    const database = open(path)
    expect(versionOf(database)).toBe(Math.floor(index / 2))
    migrate(database)
    expect(versionOf(database)).toBe(LATEST_VERSION)
    expect(schemaOf(database)).toEqual(schemaOf(whole))
    database.close()
  }
})

describe('a notification of schema 5 is read with all that it said', () => {
  const DOWN = {
    id: 'i-1',
    incidentId: 'i',
    monitor: 'web',
    atMs: 1_767_225_720_700.5,
    kind: 'down',
    alerts: ['mail', 'sms'],
    values: {
      monitor_name: 'web',
      alert_count: '1',
      alert_message: 'web check has failed 3 times',
      failure_count: '3',
      last_output: 'refused "at" \\ \u001b[31m\n\ud83d\ude00, é',
      last_success: '2025-12-31T23:59:00.123Z',
      is_up: 'false',
      kind: 'down',
      status: 'down',
      incident_id: 'i',
      notification_id: 'i-1',
      started_at: '2026-01-01T00:00:00.001Z',
      downtime: '2m1s',
      exit_code: '7',
      reason: 'exit code 7',
      description: 'The blog',
      runbook: 'restart it',
      tags: 'edge,b"q\\',
      group: 'public',
      hostname: 'box',
      url: 'http://box/monitors/web',
    },
  }
  const { values: _, ...named } = DOWN
  const TYPED: Notification = {
    ...named,
    kind: 'down',
    message: 'web check has failed 3 times',
    isUp: false,
    status: 'down',
    alertCount: 1,
    failureCount: 3,
    startedAtMs: Date.UTC(2026, 0, 1) + 1,
    lastSuccessAtMs: Date.UTC(2025, 11, 31, 23, 59) + 123,
    exitCode: 7,
    reason: 'exit code 7',
    output: DOWN.values.last_output,
    description: 'The blog',
    runbook: 'restart it',
    tags: ['edge', 'b"q\\'],
    group: 'public',
    hostname: 'box',
    url: 'http://box/monitors/web',
  }
  const nothing = { last_success: 'Never', exit_code: '', tags: '', is_up: 'true', kind: 'restarted', status: 'up' }
  const BACK = { ...DOWN, incidentId: null, kind: 'restarted', values: { ...DOWN.values, ...nothing } }

  test.each([
    { name: 'of an outage', stored: DOWN, expected: TYPED },
    {
      name: 'of a start',
      stored: BACK,
      expected: {
        ...TYPED,
        incidentId: null,
        kind: 'restarted',
        status: 'up',
        isUp: true,
        lastSuccessAtMs: null,
        exitCode: null,
        tags: [],
      },
    },
  ])('$name', ({ stored, expected }) => {
    const database = open()
    takeSteps(database, STEPS.slice(0, 5))
    const { id, incidentId, monitor, atMs } = stored
    database
      .query('INSERT INTO notifications VALUES (?, ?, ?, ?, ?)')
      .run(id, incidentId, monitor, Math.round(atMs), JSON.stringify(stored))
    database
      .query("INSERT INTO deliveries VALUES (1, ?, ?, 'mail', 'pending', 1, 2, 3, NULL, 'exit code 9')")
      .run(`${id}/mail`, id)
    migrate(database)
    const [delivery] = createDeliveryRows(database).load()
    expect(delivery).toMatchObject({ alert: 'mail', status: 'pending', attemptCount: 2, reason: 'exit code 9' })
    expect(delivery?.notification).toEqual(expected as Notification)
  })
})
