import { expect, setDefaultTimeout, test } from 'bun:test'
import { join } from 'node:path'
import { hasNats, startNats } from '../support/nats.ts'
import { TEST_LIMIT_MS } from '../support/pace.ts'
import { openSite } from '../support/site.ts'

setDefaultTimeout(TEST_LIMIT_MS)

const ROOT = join(import.meta.dir, '../..')
const MONITORS = 'monitors: [ { name: door, command: "true" } ]'

/** Loaded before Minitor, it says on standard error what modules of several machines were loaded in the end. */
const SPY = `
process.on('exit', () => {
  const found = Object.keys(require.cache).filter((path) => /\\/src\\/cluster\\/|\\/@nats-io\\//.test(path))
  process.stderr.write(found.map((path) => 'loaded ' + path + '\\n').join(''))
})
`

/** What of several machines the source tree loads until it watches, and then stops. */
async function loadedBy(config: string, env: Readonly<Record<string, string>> = {}): Promise<readonly string[]> {
  await using site = openSite({ 'config.yml': config, 'spy.ts': SPY })
  const life = site.start({
    args: ['--preload', site.path('spy.ts'), join(ROOT, 'src/main.ts'), 'run', '--database', site.path('loaded.db')],
    env,
    // In the place of the executable, in which nobody can look.
    wrapper: ['sh', '-c', 'shift; exec "$0" "$@"', join(ROOT, 'node_modules/.bin/bun')],
  })
  await life.watches()
  life.signal('SIGTERM')
  await life.exitCode()
  return life
    .stderr()
    .split('\n')
    .filter((line) => line.startsWith('loaded '))
    .map((line) => line.slice('loaded '.length).replace(`${ROOT}/`, ''))
}

test('without `cluster` no module of it is loaded', async () => {
  expect(await loadedBy(MONITORS)).toEqual([])
})

test.skipIf(!hasNats)('with it there are some, which this way of looking sees', async () => {
  await using nats = await startNats()
  const loaded = await loadedBy(`cluster: { node: a }\n${MONITORS}`, { MINITOR_CLUSTER: nats.urls[0] })
  expect(loaded.filter((path) => path.startsWith('src/cluster/server/'))).not.toEqual([])
  expect(loaded.filter((path) => path.startsWith('node_modules/@nats-io/'))).not.toEqual([])
})
