import { describe, expect, test } from 'bun:test'
import { eventually } from '../support/eventually.ts'
import { type Life, openSite, type Site } from '../support/site.ts'

/** Starts a service in a session of its own, in the background of its own group, or both. */
const STARTS = {
  'in a session of its own':
    "setsid sh -c 'echo $$ >pid.new; mv pid.new pid; exec sleep 600' >/dev/null 2>&1 </dev/null &",
  'in its own group': 'sleep 600 & echo $! >pid.new; mv pid.new pid',
} as const

const SERVICE = [
  'check_interval: 100ms',
  'alerts: { repair: { command: ./service.sh } }',
  'monitors:',
  '  - { name: service, command: "echo >>runs; kill -0 $(cat pid)", alert_after: 1, alert_every: 0, alerts: [ repair ] }',
  '  - { name: slow, command: "sleep 600 & sleep 600", timeout: 1h }',
].join('\n')

const pidIn = (site: Site) => Number(site.read('pid'))

/** Those of the check that is always under way: two sleeps. */
const inFlight = (site: Site, service: number) => site.descendants().filter((pid) => pid !== service && isSleep(pid))
const isSleep = (pid: number) =>
  Bun.spawnSync(['ps', '-o', 'comm=', '-p', `${pid}`])
    .stdout.toString()
    .startsWith('sleep')

async function checks(site: Site, life: Life): Promise<void> {
  const before = site.read('runs').length
  await eventually('it checks', () => site.read('runs').length >= before + 5, { explain: life.rawLog })
}

async function isRepaired(site: Site, life: Life): Promise<number> {
  await eventually('the service runs', () => site.read('pid') !== '', { explain: life.rawLog })
  await life.line({ msg: 'repair delivered "down" for "service"' })
  await checks(site, life)
  return pidIn(site)
}

describe.concurrent.each(Object.keys(STARTS) as (keyof typeof STARTS)[])(
  'H4, C16, J7: a service that an alert starts',
  (kind) => {
    test(`survives kill -9, a clean stop, a restart and a reload (${kind})`, async () => {
      await using site = openSite({ 'config.yml': SERVICE })
      site.write('service.sh', `#!/bin/sh\n${STARTS[kind]}\n`)
      Bun.spawnSync(['chmod', '+x', site.path('service.sh')])
      const first = site.start()
      const service = await isRepaired(site, first)
      await eventually('the slow one runs', () => inFlight(site, service).length === 2)
      const leftovers = inFlight(site, service)
      await first.kill()

      const second = site.start()
      await second.line(({ msg }) => /^\d processes of the last Minitor still ran and were ended$/.test(msg))
      expect(site.descendants().filter((pid) => leftovers.includes(pid))).toEqual([])
      await checks(site, second)
      expect(site.descendants().includes(service)).toBe(true)
      second.signal('SIGHUP')
      await eventually('it is reloaded', () => second.lines.some(({ msg }) => msg.startsWith('configuration reloaded')))
      await checks(site, second)
      second.signal('SIGTERM')
      expect(await second.exitCode()).toBe(0)
      expect(site.descendants().includes(service)).toBe(true)

      const third = site.start()
      await checks(site, third)
      expect(site.descendants().includes(service)).toBe(true)
      expect(third.lines.filter(({ msg }) => msg.includes('still ran'))).toEqual([])
      expect(pidIn(site)).toBe(service)
    })
  },
)
