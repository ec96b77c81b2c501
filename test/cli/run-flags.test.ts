import { expect, test } from 'bun:test'
import { startDaemon } from '../support/daemon-process.ts'
import { eventually } from '../support/eventually.ts'

const CONFIG = `monitors: [{name: website, command: [true], check_interval: 200ms}]
alerts: {hello: {command: 'echo {kind} > greeted'}}
`

/** A port that was free a moment ago. */
function freePort(): string {
  const server = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data: () => {} } })
  const { port } = server
  server.stop(true)
  return String(port)
}

// What the log says at the start; the originals' flags do not change it.
const STARTED = /watches 1 monitor, 2 alerts$/

test.each([
  { name: 'no flag at all', args: [] },
  { name: 'the command by its name', args: ['run'] },
  { name: "Python's short flags", args: ['-c', 'config.yml'] },
  { name: "Python's -v, repeated", args: ['-v', '-v', '-v'] },
  { name: "Python's -vvv", args: ['-vvv'] },
  { name: "Python's --verbose", args: ['--config', 'config.yml', '--verbose'] },
  { name: "minitor-go's flags with one dash", args: ['-config', 'config.yml', '-debug'] },
  { name: "minitor-go's flags with =", args: ['-config=config.yml', '-debug=true', '-metrics=false'] },
  { name: "minitor-go's switches without effect", args: ['-py-compat', '-self-monitor'] },
  { name: '--database :memory:', args: ['--database', ':memory:'] },
  { name: 'MINITOR_DATABASE', args: [], env: { MINITOR_DATABASE: ':memory:' } },
  { name: 'run with flags', args: ['run', '--config', 'config.yml', '--watch', '--debug'] },
])('runs with $name', async ({ args, env }) => {
  await using daemon = startDaemon({ config: CONFIG, args, ...(env ? { env } : {}) })
  await daemon.line(({ msg }) => STARTED.test(msg))
  await daemon.line({ monitor: 'website', status: 'up' })
  daemon.signal('SIGTERM')
  expect(await daemon.exitCode()).toBe(0)
  expect(daemon.stderr()).toBe('')
})

test.each([
  { name: "Python's", flags: (port: string) => ['-m', '-p', port] },
  { name: "Python's, long", flags: (port: string) => ['--metrics', '--metrics-port', port] },
  { name: "minitor-go's", flags: (port: string) => ['-metrics', '-metrics-port', port] },
  { name: "minitor-go's, with =", flags: (port: string) => ['-metrics=true', `-metrics-port=${port}`] },
  { name: 'an address', flags: (port: string) => ['--listen', `127.0.0.1:${port}`] },
])('metrics are served with the flags of $name', async ({ flags }) => {
  const port = freePort()
  await using daemon = startDaemon({ config: CONFIG, args: flags(port) })
  await daemon.line(({ msg }) => /^metrics are at http:\/\/(?:localhost|127\.0\.0\.1):\d+\/metrics$/.test(msg))
  await daemon.line({ monitor: 'website', status: 'up' })
  const text = await eventually('the check is counted', async () => {
    const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
    return /^minitor_check_total\{.*monitor="website".*\} [1-9]/m.test(metrics) && metrics
  })
  expect(text).toContain('minitor_monitor_up_count{monitor="website"} 1')
})

test.each([{ flag: '--startup-alerts' }, { flag: '-startup-alerts' }])('$flag tells at the start', async ({ flag }) => {
  await using daemon = startDaemon({ config: CONFIG, args: [flag, 'hello,log'] })
  await eventually('the alert was run', () => daemon.read('greeted') !== '')
  expect(daemon.read('greeted').trim()).not.toBe('down')
})

test('-v and --debug tell of every check, which is otherwise not told', async () => {
  await using loud = startDaemon({ config: CONFIG, args: ['-v'] })
  await using quiet = startDaemon({ config: CONFIG })
  for (const daemon of [loud, quiet]) await daemon.line({ monitor: 'website', status: 'up' })
  const aboutChecks = () => loud.lines.filter(({ monitor }) => monitor === 'website')
  await eventually('three checks are told', () => aboutChecks().length >= 3)
  expect(quiet.lines.filter(({ monitor }) => monitor === 'website')).toHaveLength(1)
})
