import { expect, setDefaultTimeout, test } from 'bun:test'
import manifest from '../../package.json' with { type: 'json' }
import { licenses, listOfContents } from '../../packaging/contents.ts'
import { debianChangelog } from '../../packaging/debian-package.ts'
import { installedFiles } from '../../packaging/installed-files.ts'
import { configOf } from '../support/load-text.ts'
import { limitMs } from '../support/pace.ts'

setDefaultTimeout(limitMs(120_000))

test('the list of contents names what is in the executable, and is the same each time', async () => {
  const text = await listOfContents()
  const { bomFormat, metadata, components } = JSON.parse(text) as {
    bomFormat: string
    metadata: { component: { name: string; version: string } }
    components: { name: string; version: string; hashes: { alg: string; content: string }[] }[]
  }
  expect([bomFormat, metadata.component.name, metadata.component.version]).toEqual([
    'CycloneDX',
    'minitor',
    manifest.version,
  ])
  const versions = Object.fromEntries(components.map(({ name, version }) => [name, version]))
  expect(versions).toMatchObject(manifest.dependencies)
  expect(versions).toMatchObject({
    '@oven/bun-linux-x64': manifest.devDependencies.bun,
    '@oven/bun-linux-aarch64-musl': manifest.devDependencies.bun,
  })
  expect(Object.keys(versions)).not.toContain('typescript')
  expect(components.filter(({ hashes }) => !/^[0-9a-f]{128}$/.test(hashes[0]?.content ?? ''))).toEqual([])
  expect(await listOfContents()).toBe(text)
})

test('every package in the executable has its license in the packages', async () => {
  const text = await licenses()
  for (const [name, version] of Object.entries(manifest.dependencies)) expect(text).toContain(`\n${name} ${version}\n`)
})

test("the changelog in Debian's form", () => {
  const markdown = `# Changelog

## 1.1.0-rc.1 (unreleased)
- [FEATURE] One.

## 1.0.0 (2026-12-31)
The first one.

- [CHANGE] A line that goes on and on until it is longer than the eighty columns that Debian
  allows.
- [BUGFIX] Two.
`
  expect(debianChangelog(markdown, 1_800_000_000)).toBe(`minitor (1.1.0~rc.1) unstable; urgency=medium

  * [FEATURE] One.

 -- Minitor maintainers <minitor@packages.invalid>  Fri, 15 Jan 2027 08:00:00 +0000

minitor (1.0.0) unstable; urgency=medium

  * [CHANGE] A line that goes on and on until it is longer than the eighty
    columns that Debian allows.
  * [BUGFIX] Two.

 -- Minitor maintainers <minitor@packages.invalid>  Thu, 31 Dec 2026 12:00:00 +0000
`)
})

test('what is installed as the configuration is one', async () => {
  const file = (await installedFiles()).find(({ path }) => path === '/etc/minitor/config.yml')
  expect(file?.mode).toBe(0o640)
  expect(configOf(String(file?.content)).monitors.length).toBeGreaterThan(0)
})

test('the unit of the agent is hardened as that of the server', async () => {
  const files = await installedFiles()
  const settings = (name: string): readonly string[] => {
    const { content } = files.find(({ path }) => path === `/usr/lib/systemd/system/${name}`) ?? {}
    return String(content).match(/^(?!\S+Directory)(?:[A-Z]\w+)=.*$/gm) ?? []
  }
  const [agent, server] = ['minitor-agent.service', 'minitor.service'].map(settings)
  expect(server?.filter((line) => !agent?.includes(line)).map((line) => line.replace(/=.*/, ''))).toEqual([
    'Description',
    'Documentation',
    'Type',
    'NotifyAccess',
    'WatchdogSec',
    'ExecStart',
    'ExecReload',
    'RestartSec',
    'User',
  ])
  expect(files.find(({ path }) => path === '/etc/minitor/agent.env')?.mode).toBe(0o600)
})
