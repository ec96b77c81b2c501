import { afterAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { YAML } from 'bun'
import { requireDebianPackage } from '../support/debian.ts'
import { createWorkspace } from '../support/executable.ts'
import { limitMs } from '../support/pace.ts'

setDefaultTimeout(limitMs(30_000))

interface Recipe {
  readonly name: string
  readonly command: string | readonly string[]
}

const DOCUMENT = readFileSync(join(import.meta.dir, '../../docs/checks.md'), 'utf8')
const [, yaml = ''] = /^```yaml\n(.*?)^```$/ms.exec(DOCUMENT) ?? []
const { monitors } = YAML.parse(yaml) as { monitors: readonly Recipe[] }

/** Runs a recipe by `minitor check`, with these words replaced and these programs in front of the real ones. */
async function check(name: string, { replace = {}, ...rest }: Case): Promise<string> {
  const recipe = monitors.find((one) => one.name === name)
  const command = Object.entries(replace).reduce(
    (text, [from, to]) => text.replaceAll(from, to),
    JSON.stringify(recipe?.command),
  )
  const programs = Object.entries(rest.programs ?? {}).map(([program, body]) => [
    `bin/${program}`,
    `#!/bin/sh\n${body}\n`,
  ])
  using place = createWorkspace({
    'config.yml': `monitors: [{name: it, command: ${command}, timeout: ${limitMs(5_000)}ms}]`,
    ...rest.files,
    ...Object.fromEntries(programs),
  })
  if (rest.prepare !== undefined) expect(await place.shell(rest.prepare)).toMatchObject({ exitCode: 0 })
  const [{ outcome, output }] = JSON.parse((await place.minitor('check', '--json')).stdout)
  return `${outcome}: ${output.trim()}`
}

interface Said {
  readonly name: string
  readonly given: Case
  readonly says: string | RegExp
}

interface Case {
  readonly replace?: Readonly<Record<string, string>>
  readonly programs?: Readonly<Record<string, string>>
  readonly files?: Readonly<Record<string, string>>
  readonly prepare?: string
}

/** Answers as a health page; its certificate is good for so many days. */
function serve(days: number) {
  const made = Bun.spawnSync(
    'openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=localhost -keyout - -out -'
      .split(' ')
      .concat('-days', String(days)),
  )
  const pem = made.stdout.toString()
  return Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    tls: {
      key: /-----BEGIN PRIVATE.*?END PRIVATE KEY-----/s.exec(pem)?.[0] ?? '',
      cert: pem.slice(pem.indexOf('-----BEGIN CERT')),
    },
    fetch: () => new Response('ok'),
  })
}

describe.skipIf(!requireDebianPackage('openssl', 'openssl'))('a certificate', () => {
  test.each([
    { days: 30, says: /^passed: notAfter=.*\nCertificate will not expire$/ },
    { days: 5, says: /^failed: notAfter=.*\nCertificate will expire$/ },
  ])('of $days days', async ({ days, says }) => {
    using server = serve(days)
    expect(await check('Certificate', { replace: { 'example.org:443': `127.0.0.1:${server.port}` } })).toMatch(says)
  })
  test('that nobody shows', async () => {
    expect(await check('Certificate', { replace: { 'example.org:443': '127.0.0.1:1' } })).toStartWith('failed: ')
  })
})

const health = Bun.serve({
  port: 0,
  hostname: '127.0.0.1',
  fetch: ({ url }) => Response.json({ status: url.endsWith('/ok') ? 'ok' : 'ill' }),
})
afterAll(() => health.stop(true))
const page = (path: string) => ({ 'https://example.org/health': `http://127.0.0.1:${health.port}${path}` })

const hasCurl = requireDebianPackage('curl', 'curl')

const CURL_CASES: readonly Said[] = [
  { name: 'Words on a page', given: { replace: page('/ok') }, says: 'passed: {"status":"ok"}' },
  { name: 'Words on a page', given: { replace: page('/ill') }, says: 'failed: the answer is not "ok"' },
  {
    name: 'Words on a page',
    given: { replace: { 'https://example.org/health': 'http://127.0.0.1:1' } },
    says: /^failed: curl: \(7\) .*\nthe answer is not "ok"$/,
  },
]

test.each<Said>([
  ...(hasCurl ? CURL_CASES : []),
  { name: 'Name server', given: { programs: { dig: 'echo 192.0.2.7' } }, says: 'passed: 192.0.2.7' },
  { name: 'Name server', given: { programs: { dig: 'echo 192.0.2.8' } }, says: 'failed: 192.0.2.8' },
  {
    name: 'Backup',
    given: { replace: { '/srv/backup': '.' }, prepare: 'head -c 3000000 /dev/zero >new.tar.zst' },
    says: 'passed: ./new.tar.zst',
  },
  {
    name: 'Backup',
    given: {
      replace: { '/srv/backup': '.' },
      prepare: ': >empty.tar.zst; head -c 3000000 /dev/zero >old.tar.zst; touch -d "3 days ago" old.tar.zst',
    },
    says: 'failed: no backup of the last day',
  },
  { name: 'Failed units', given: { programs: { systemctl: ':' } }, says: 'passed: ' },
  {
    name: 'Failed units',
    given: { programs: { systemctl: 'echo "cron.service loaded failed failed"' } },
    says: 'failed: cron.service loaded failed failed',
  },
  { name: 'Root disk', given: { programs: { df: 'printf "F\\n/ 1 1 1 12%% /\\n"' } }, says: 'passed: 12% used' },
  { name: 'Root disk', given: { programs: { df: 'printf "F\\n/ 1 1 1 95%% /\\n"' } }, says: 'failed: 95% used' },
])('$name: $says', async ({ name, given, says }) => {
  const said = await check(name, given)
  if (typeof says === 'string') expect(said).toBe(says)
  else expect(said).toMatch(says)
})
