import { expect, test } from 'bun:test'
import { join } from 'node:path'
import { createDurationCounts } from '../src/engine/checks/counts.ts'
import { createServer } from '../src/web/http/server.ts'
import { createMetricsApp } from '../src/web/metrics/metrics-app.ts'
import { tallyOf, telemetryOf } from './fixtures/telemetry.ts'
import { requireDebianPackage } from './support/debian.ts'
import { alert, delivers, start } from './support/delivery-stage.ts'
import { MINUTE } from './support/time.ts'
import { UNEXPECTED_FAULTS } from './support/web-fakes.ts'

const hasPromtool = requireDebianPackage('prometheus', 'promtool')

// The names are those of Minitor and minitor-go: dashboards depend on them. Everything else must please the linter.
const KNOWN_COMPLAINTS = [
  'minitor_check_milliseconds use base unit "seconds" instead of "milliseconds"',
  'minitor_monitor_up_count non-histogram and non-summary metrics should not have "_count" suffix',
]
const LINT_ONLY_EXIT_CODE = 3

const RULES_TEST = join(import.meta.dir, 'fixtures', 'prometheus-rules.yml')

test.skipIf(!hasPromtool)('promtool reads all metrics and complains only of the names it must', async () => {
  const hostile = [
    '"quoted"',
    'two\nlines',
    'back\\slash\\n',
    '\x1b[2J',
    '😀 emoji',
    '} 1\nfake_metric 1',
    '{a="b",}',
    '#',
  ]
  const monitors = hostile.map((monitor) =>
    tallyOf({
      monitor,
      status: 'failing',
      mutedBy: 'silence',
      lastCheckAtMs: 1_700_000_000_123,
      passed: { quiet: 1, told: 2 },
      voidCount: 1,
      skippedCount: 1,
      lastPassedMs: 0.25,
      lastFailedMs: 1e-7,
      lastOutput: `OK | '${monitor.replaceAll("'", "''")}'=1e300% a=-0.5 a=7`,
    }),
  )
  const durations = createDurationCounts()
  durations.add({ outcome: 'passed', durationMs: 12.5 })
  const stage = start(
    hostile.map((name) => alert(name)),
    delivers,
  )
  for (const name of hostile) stage.tell('down', name, [name])
  await stage.clock.advance(MINUTE)
  const server = createServer({
    listen: { hostname: '127.0.0.1', port: 0 },
    faults: UNEXPECTED_FAULTS,
    trustedProxies: () => null,
    app: createMetricsApp({
      faults: UNEXPECTED_FAULTS,
      telemetry: telemetryOf({ monitors: () => monitors, others: [durations.family, ...stage.loop.families()] }),
      version: '1.2.3"\\\n',
      heartbeats: null,
      mask: String,
    }),
  })
  if (server.kind === 'refused') throw new Error(server.reason)
  const response = await fetch(new URL('/metrics', server.url))
  const promtool = Bun.spawn(['promtool', 'check', 'metrics'], { stdin: response, stdout: 'pipe', stderr: 'pipe' })
  const complaints = (await promtool.stderr.text()) + (await promtool.stdout.text())
  await server.close()
  expect(complaints.trim().split('\n').toSorted()).toEqual(KNOWN_COMPLAINTS)
  expect(await promtool.exited).toBe(LINT_ONLY_EXIT_CODE)
})

test.skipIf(!hasPromtool)("the example's alert rules fire when they should, and only then", async () => {
  const promtool = Bun.spawn(['promtool', 'test', 'rules', RULES_TEST], { stdout: 'pipe', stderr: 'pipe' })
  const said = (await promtool.stderr.text()) + (await promtool.stdout.text())
  expect([await promtool.exited, said.trim()]).toEqual([0, `Unit Testing:  ${RULES_TEST}\n  SUCCESS`])
})
