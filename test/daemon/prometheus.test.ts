import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type DaemonProcess, startDaemon } from '../support/daemon-process.ts'
import { requireDebianPackage } from '../support/debian.ts'
import { eventually } from '../support/eventually.ts'
import { TEST_LIMIT_MS } from '../support/pace.ts'
import { EXAMPLE, type Prometheus, startPrometheus } from '../support/prometheus.ts'
import { freePort } from './scrape.ts'

const hasPrometheus = requireDebianPackage('prometheus', 'prometheus')

// Something of everything, so that every query of the example has something to find.
const CONFIG = [
  'check_interval: 200ms',
  'defaults: { alert_every: 1, alerts: [] }',
  'maintenance: [ { schedule: "* * * * *", duration: 1h, monitors: [ kept quiet ] } ]',
  'monitors:',
  '  - { name: fine, command: "echo \'OK | time=0.25s\'" }',
  '  - { name: down, command: "false", alert_after: 1, alerts: [ tell, broken ] }',
  '  - { name: kept quiet, command: "false", alert_after: 1, alerts: [ tell ] }',
  '  - { name: failing, command: "false", alert_after: 1000000 }',
  '  - { name: slow, command: "sleep 0.5" }',
  '  - { name: hostile, command: "cat hostile.txt" }',
  '  - { name: \'odd "name" \\n {x="y"} 😀\', command: "true" }',
  'alerts: { tell: { command: "true" }, broken: { command: "false", retry_for: 0s } }',
].join('\n')
const HOSTILE = `OK | '"quoted"'=1 'back\\slash\\n'=2 😀=3 '{a="b"}'=4
more | 'two
lines'=5 '} 1
minitor_fake 1'=6
`

interface Dashboard {
  readonly templating: { readonly list: readonly { readonly type: string; readonly definition?: string }[] }
  readonly panels: readonly {
    readonly id: number
    readonly title: string
    readonly targets?: readonly { readonly expr: string; readonly datasource: { readonly uid: string } }[]
  }[]
}

const DASHBOARD = JSON.parse(readFileSync(join(EXAMPLE, 'dashboard.json'), 'utf8')) as Dashboard
const QUERIES = DASHBOARD.panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => ({ title, expr })))
const VARIABLES = DASHBOARD.templating.list.flatMap(({ definition }) => definition ?? [])

/** What Grafana puts in the place of its variables, for all monitors and a short time. */
function filled(query: string): string {
  return query
    .replaceAll(/\$(?:instance|monitor)\b/g, '.*')
    .replaceAll('$__rate_interval', '10s')
    .replaceAll('$__range', '5m')
}

describe.skipIf(!hasPrometheus)('a real Prometheus with the example', () => {
  let daemon: DaemonProcess
  let prometheus: Prometheus
  const firing = (rule: string, monitor?: string) =>
    eventually(`${rule} fires`, async () => {
      const { alerts = [] } = (await prometheus.rules()).find(({ name }) => name === rule) ?? {}
      return alerts.some(({ labels, state }) => state === 'firing' && labels.monitor === monitor)
    })

  beforeAll(async () => {
    const port = await freePort()
    daemon = startDaemon({
      config: CONFIG,
      files: { 'hostile.txt': HOSTILE },
      args: ['--listen', `127.0.0.1:${port}`],
    })
    prometheus = await startPrometheus(port)
    await eventually(
      'it has scraped a few times',
      async () => {
        const [scrapes] = await prometheus.query('sum_over_time(up{job="minitor"}[5m])')
        return (scrapes?.value ?? 0) >= 3
      },
      { explain: daemon.stderr },
    )
  }, TEST_LIMIT_MS)

  afterAll(async () => {
    await prometheus?.[Symbol.asyncDispose]()
    await daemon?.[Symbol.asyncDispose]()
  }, TEST_LIMIT_MS)

  // Of several machines there is nothing to tell here.
  test.each(QUERIES.filter(({ expr }) => !/minitor_(?:cluster|work)_/.test(expr)))(
    'dashboard, $title: $expr',
    async ({ expr }) => {
      await eventually(`an answer to ${expr}`, async () => {
        const series = await prometheus.query(filled(expr))
        return series.some(({ value }) => Number.isFinite(value))
      })
    },
  )

  test.each(VARIABLES)('dashboard, %s', async (variable) => {
    const [, match = '', label = ''] = /^label_values\((.+), (\w+)\)$/.exec(variable) ?? []
    const values = await prometheus.labelValues(label, filled(match))
    expect(values.length).toBe(label === 'monitor' ? 7 : 1)
  })

  test('every rule can be evaluated', async () => {
    const rules = await eventually('all are evaluated', async () => {
      const rules = await prometheus.rules()
      return rules.every(({ health }) => health !== 'unknown') && rules
    })
    expect(rules.length).toBeGreaterThanOrEqual(5)
    expect(rules.filter(({ health }) => health !== 'ok')).toEqual([])
    for (const { query } of rules) await prometheus.query(query)
  })

  test('a monitor that is down fires; one that is kept quiet does not', async () => {
    await firing('MinitorMonitorDown', 'down')
    const down = await prometheus.query('minitor_monitor_status{status="down"}')
    expect(down.map(({ labels }) => labels.monitor).toSorted()).toEqual(['down', 'kept quiet'])
    expect(await prometheus.query('ALERTS{alertname="MinitorMonitorDown", monitor!="down"}')).toEqual([])
  })

  test('failed deliveries fire', () => firing('MinitorDeliveriesFailed'))

  test('F7: hostile names and labels arrive as they are, and nothing else is added', async () => {
    const data = await prometheus.query('minitor_performance_data{monitor="hostile"}')
    expect(data.map(({ labels, value }) => [labels.label, value]).toSorted()).toEqual(
      [
        ['"quoted"', 1],
        ['back\\slash\\n', 2],
        ['😀', 3],
        ['{a="b"}', 4],
        ['two\nlines', 5],
        ['} 1\nminitor_fake 1', 6],
      ].toSorted(),
    )
    const odd = await prometheus.query('minitor_monitor_status{monitor=~"odd.*"}')
    expect(odd.map(({ labels }) => labels.monitor)).toEqual(['odd "name" \\n {x="y"} 😀'])
    expect(await prometheus.query('minitor_fake')).toEqual([])
  })

  test('durations are those of checks', async () => {
    const [slow] = await prometheus.query('minitor_check_duration_seconds_bucket{outcome="passed", le="0.5"}')
    const [all] = await prometheus.query('minitor_check_duration_seconds_count{outcome="passed"}')
    expect(all?.value).toBeGreaterThan(slow?.value ?? 0)
    // A check may end between the rendering of the two.
    await eventually('both counts are the same', async () => {
      const [checks] = await prometheus.query('sum(minitor_check_duration_seconds_count) - sum(minitor_check_total)')
      return checks?.value === 0
    })
  })

  test('a reload that is refused fires', async () => {
    daemon.write('config.yml', 'monitors: nonsense')
    daemon.signal('SIGHUP')
    await firing('MinitorReloadFailed')
  })

  // The last one, as it ends the daemon.
  test('Minitor that is gone is noticed', async () => {
    daemon.signal('SIGTERM')
    await eventually('the rule waits', async () => {
      return (await prometheus.rules()).find(({ name }) => name === 'MinitorGone')?.state === 'pending'
    })
  })
})

test('the dashboard asks the data source that its reader chooses, and its panels can be told apart', () => {
  const sources = DASHBOARD.panels.flatMap(({ targets = [] }) => targets.map(({ datasource }) => datasource.uid))
  expect(new Set(sources)).toEqual(new Set(['$' + '{datasource}']))
  expect(new Set(DASHBOARD.panels.map(({ id }) => id)).size).toBe(DASHBOARD.panels.length)
})
