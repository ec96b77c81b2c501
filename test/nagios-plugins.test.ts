import { describe, expect, test } from 'bun:test'
import { parsePerfdata } from '../src/core/model/perfdata.ts'
import { requireDebianPackage } from './support/debian.ts'

const PLUGINS = '/usr/lib/nagios/plugins'
const hasPlugins = requireDebianPackage('monitoring-plugins-basic', `${PLUGINS}/check_http`)

describe('performance data of real Nagios plugins', () => {
  test.skipIf(!hasPlugins)('check_load: three averages', async () => {
    const data = parsePerfdata(await outputOf('check_load', '-w', '10,11,12', '-c', '90,91,92'))
    expect(data.map(({ label }) => label)).toEqual(['load1', 'load5', 'load15'])
    expect(data.every(({ value }) => value >= 0)).toBe(true)
  })

  test.skipIf(!hasPlugins)('check_disk: bytes used', async () => {
    const [root] = parsePerfdata(await outputOf('check_disk', '-w', '1%', '-c', '0%', '-p', '/'))
    expect(root).toMatchObject({ label: '/', unit: expect.stringMatching(/^(B|MiB|MB)$/) })
    expect(root?.value).toBeGreaterThan(0)
  })

  test.skipIf(!hasPlugins)('check_procs: a count', async () => {
    const [processes] = parsePerfdata(await outputOf('check_procs'))
    expect(processes).toMatchObject({ label: 'procs', unit: '' })
    expect(processes?.value).toBeGreaterThan(0)
  })

  test.skipIf(!hasPlugins)('check_http: the time and the size of an answer', async () => {
    using server = Bun.serve({ hostname: '127.0.0.1', port: 0, fetch: () => new Response('hello') })
    const data = parsePerfdata(await outputOf('check_http', '-I', '127.0.0.1', '-p', String(server.port)))
    expect(data.map(({ label, unit }) => `${label} ${unit}`)).toEqual(['time s', 'size B'])
    expect(data[0]?.value).toBeGreaterThan(0)
    expect(data[1]?.value).toBeGreaterThan(5)
  })
})

async function outputOf(plugin: string, ...args: string[]): Promise<string> {
  const child = Bun.spawn([`${PLUGINS}/${plugin}`, ...args], { stdin: 'ignore' })
  return await child.stdout.text()
}
