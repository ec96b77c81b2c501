/** What is inside: the list of contents (CycloneDX, by npm), and the licenses that go with the executable. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import manifest from '../package.json' with { type: 'json' }
import { run, sourceTime } from './run.ts'
import { lockedIntegrity, ROOT, TARGETS } from './targets.ts'

interface Contents {
  serialNumber?: string
  metadata: { timestamp: string; component: { name: string; type: string } }
  components: { name: string; version: string }[]
  dependencies: { ref: string; dependsOn: string[] }[]
}

/** The list of contents as JSON: the packages of the bundle, and the runtimes, which npm takes for build tools. */
export async function listOfContents(): Promise<string> {
  const contents = await bundled()
  // npm puts the present, a random number and the directory's name here: the same sources are to give the same list.
  contents.metadata.timestamp = new Date((await sourceTime()) * 1_000).toISOString()
  delete contents.serialNumber
  Object.assign(contents.metadata.component, { name: manifest.name, type: 'application' })
  const runtimes = [...new Set(TARGETS.map(({ runtime }) => runtime))].map(runtimeComponent)
  contents.components.push(...runtimes)
  contents.dependencies[0]?.dependsOn.push(...runtimes.map((runtime) => runtime['bom-ref']))
  return `${JSON.stringify(contents, null, 2)}\n`
}

async function bundled(): Promise<Contents> {
  const command = ['npm', 'sbom', '--sbom-format=cyclonedx', '--omit=dev', '--package-lock-only']
  return JSON.parse(await run(command, { cwd: ROOT }))
}

function runtimeComponent(name: string) {
  const version = manifest.devDependencies.bun
  const [, sha512 = ''] = lockedIntegrity(name)?.split('-') ?? []
  return {
    'bom-ref': `@oven/${name}@${version}`,
    type: 'platform',
    name: `@oven/${name}`,
    version,
    scope: 'required',
    description: 'The runtime inside the executable, with its SQLite and JavaScriptCore.',
    purl: `pkg:npm/%40oven/${name}@${version}`,
    hashes: [{ alg: 'SHA-512', content: Buffer.from(sha512, 'base64').toString('hex') }],
    licenses: [{ license: { id: 'MIT' } }],
  }
}

/** Of a text that comes with every Debian, and with Minitor's own license. */
const isApache = (text: string) => /^Apache License\s+Version 2\.0, January 2004/.test(text)

/** The licenses of Minitor and of everything in its executable, as text. */
export async function licenses(): Promise<string> {
  const { components } = await bundled()
  const texts = components.map(({ name, version }) => {
    const directory = join(ROOT, 'node_modules', name)
    const file = readdirSync(directory).find((entry) => /^licen[cs]e/i.test(entry))
    if (file === undefined) throw new Error(`${name} comes without the text of its license`)
    const text = readFileSync(join(directory, file), 'utf8').trim()
    return `\n${'-'.repeat(78)}\n${name} ${version}\n\n${isApache(text) ? 'Apache License 2.0, as Minitor itself.' : text}\n`
  })
  return `Minitor is licensed under the Apache License 2.0.
Copyright: the authors of Minitor

On Debian, the text of this license is in /usr/share/common-licenses/Apache-2.0.

The executable contains the runtime Bun ${manifest.devDependencies.bun}, which is licensed under the MIT license. Bun is linked
with other software, among it JavaScriptCore (LGPL 2) and SQLite (public domain);
its documentation lists them with their licenses and their sources.

It also contains these packages, under the licenses below.
${texts.join('')}`
}
