import { expect, test } from 'bun:test'
import { aConfig, aMonitor, anAlert } from '../../../test/support/samples.ts'
import type { Config } from './config.ts'
import { changesOf } from './config-changes.ts'

const BEFORE = aConfig([aMonitor({ name: 'a' }), aMonitor({ name: 'b', group: 'x' })], [anAlert()])
const named = (name: string) => aMonitor({ name, group: name })

test.each<{ name: string; after: Config; summary: string; details?: string[]; waiting?: string[] }>([
  { name: 'nothing', after: { ...BEFORE }, summary: '2 monitors, 2 alerts' },
  {
    name: 'monitors',
    after: { ...BEFORE, monitors: [aMonitor({ name: 'a', tags: ['t'] }), aMonitor({ name: 'c' })] },
    summary: '2 monitors (1 new, 1 changed, 1 removed), 2 alerts',
    details: ['new monitors: "c"', 'changed monitors: "a"', 'removed monitors: "b"'],
  },
  {
    name: 'a new name',
    after: { ...BEFORE, monitors: [aMonitor({ name: 'z' }), aMonitor({ name: 'b', group: 'x' })] },
    summary: '2 monitors (1 new, 1 removed), 2 alerts',
    details: [
      'new monitors: "z"',
      'removed monitors: "a"',
      '"z" was "a": history does not follow a new name, and an open incident has ended',
    ],
  },
  {
    name: 'many monitors',
    after: {
      ...BEFORE,
      monitors: [...BEFORE.monitors, ...Array.from({ length: 12 }, (_, index) => named(`m${index}`))],
    },
    summary: '14 monitors (12 new), 2 alerts',
    details: ['new monitors: "m0", "m1", "m2", "m3", "m4", "m5", "m6", "m7", "m8", "m9", and 2 more'],
  },
  {
    name: 'alerts and sections',
    after: { ...aConfig(BEFORE.monitors, [anAlert({ timeoutMs: 1 })]), maxConcurrentChecks: 1 },
    summary: '2 monitors, 2 alerts (1 changed)',
    details: ['changed alerts: "mail"', 'changed: max_concurrent_checks'],
  },
  {
    name: 'what waits for a restart',
    after: { ...BEFORE, database: '/other.db' },
    summary: '2 monitors, 2 alerts',
    waiting: ['database'],
  },
])('$name', ({ after, summary, details = [], waiting = [] }) => {
  expect(changesOf(BEFORE, after, BEFORE)).toEqual({ summary, details, waiting })
})
