import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort, scrapeText } from './daemon/scrape.ts'
import { startDaemon } from './support/daemon-process.ts'

const read = (file: string) => readFileSync(join(import.meta.dir, '..', file), 'utf8')
const DOCUMENT = read('docs/metrics.md')
/** Those of a cluster have a test of their own, in src/cluster/nodes/telemetry.test.ts. */
const CLUSTER = DOCUMENT.split('\n## ').find((section) => section.startsWith('In a cluster\n')) ?? ''
const DESCRIBED = [...DOCUMENT.matchAll(/^\| `(\w+)` \| (\w+) \|/gm)]

test('docs/metrics.md names all metrics, with their types, and no others', async () => {
  const port = await freePort()
  await using _ = startDaemon({
    config: 'monitors: [{ name: web, command: "true" }]',
    args: ['--metrics', '-p', `${port}`],
  })
  const told = [...(await scrapeText(port)).matchAll(/^# TYPE (\S+) (\S+)$/gm)]
  const pairs = (matches: readonly RegExpExecArray[]) => matches.map(([, name, type]) => `${name} ${type}`).toSorted()
  const alone = DESCRIBED.filter(([line]) => !CLUSTER.includes(line))
  expect(pairs(alone)).toEqual(pairs(told))
})

// A query that ends in `or vector(0)` has an answer whatever the metric is called.
test.each(['examples/prometheus-grafana/dashboard.json', 'examples/prometheus-grafana/rules.yml', 'docs/metrics.md'])(
  '%s asks for no metric that does not exist',
  (file) => {
    const known = DESCRIBED.flatMap(([, name = '', type]) =>
      type === 'histogram' ? [name, `${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
    )
    const named = [...read(file).matchAll(/\b(?:minitor|process)_\w+/g)].map(([name]) => name)
    expect(named.length).toBeGreaterThan(5)
    expect(named.filter((name) => !known.includes(name))).toEqual([])
  },
)
