import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../daemon/scrape.ts'
import { eventually } from '../support/eventually.ts'
import { hasNats, type NatsOptions, startNats } from '../support/nats.ts'
import { TEST_LIMIT_MS } from '../support/pace.ts'
import { openSite, runIn } from '../support/site.ts'

setDefaultTimeout(TEST_LIMIT_MS)

const PASSWORD = 'right-horse-battery'
const WRONG = 'wrong-horse-battery'
const LOGIN = `authorization { users: [{ user: minitor, password: ${PASSWORD}`

const certificates = mkdtempSync(join(tmpdir(), 'minitor-certificates-'))
afterAll(() => rmSync(certificates, { recursive: true }))
beforeAll(() => {
  for (const name of ['one', 'other']) {
    const script = join(import.meta.dir, '../../examples/cluster/certificates.sh')
    const made = Bun.spawnSync(['sh', '-ec', `mkdir ${name}; cd ${name}; "$0" 127.0.0.1`, script], {
      cwd: certificates,
    })
    if (made.exitCode !== 0) throw new Error(made.stderr.toString())
  }
})
const caOf = (name: string) => join(certificates, name, 'certificates/ca.pem')

/** Something that takes connections where NATS should, says `greeting`, and answers what it is told. */
function listenWith(greeting: string, answerTo: (text: string) => string) {
  const open = (socket: { write(text: string): void }) => void socket.write(greeting)
  const data = (socket: { write(text: string): void }, text: Buffer) => void socket.write(answerTo(text.toString()))
  const listener = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { open, data } })
  return { url: `nats://127.0.0.1:${listener.port}`, [Symbol.asyncDispose]: async () => listener.stop(true) }
}

const natsWith = (options: NatsOptions) => async () => {
  const nats = await startNats(options)
  return { url: nats.urls[0], [Symbol.asyncDispose]: nats[Symbol.asyncDispose] }
}

interface Case {
  readonly name: string
  readonly open: () => Promise<AsyncDisposable & { readonly url: string }>
  /** More of `cluster`, and the same for an agent. */
  readonly cluster?: () => string
  readonly agent?: () => readonly string[]
  readonly password?: string
  /** What is said by all: by the server in its log, or as it refuses to start. */
  readonly reason: RegExp
  /** Where a server and an agent say something else. */
  readonly ofServer?: RegExp
  readonly ofAgent?: RegExp
  readonly ofNodes?: RegExp
  /** What to do, by `minitor nodes` and `minitor doctor`. */
  readonly hint: RegExp
}

const ADDRESS = String.raw`(?:nats|tls)://[\w.-]+:\d+`
const NOBODY =
  /NATS has nobody for this: JetStream is disabled or has no leader, or no server of this cluster was ever there/

const CASES: readonly Case[] = [
  {
    name: 'JetStream is disabled',
    open: natsWith({ jetStream: null }),
    reason: NOBODY,
    ofServer: /NATS has JetStream disabled\n.*add jetstream \{\}/,
    hint: /is jetstream \{…\} in the configuration of nats-server/,
  },
  {
    name: 'JetStream is full',
    open: natsWith({ jetStream: 'max_file_store: 1MB' }),
    reason: /NATS JetStream has no room left: on its disk, in its max_file_store, or in its account/,
    ofAgent: NOBODY,
    ofNodes: /no server of the cluster "minitor" has been there yet/,
    hint: /start one: minitor run/,
  },
  {
    name: 'NATS is too old',
    open: async () =>
      listenWith('INFO {"server_id":"X","version":"2.8.4","headers":true,"max_payload":1048576}\r\n', (text) =>
        text.includes('PING') ? 'PONG\r\n' : '',
      ),
    reason: new RegExp(`NATS at ${ADDRESS} is too old: version 2.8.4`),
    hint: /Minitor needs 2\.9\.0 or later/,
  },
  {
    name: 'I10: a wrong password',
    open: natsWith({ config: `${LOGIN} }] }` }),
    cluster: () => `, user: minitor, password: ${WRONG}`,
    agent: () => ['--user', 'minitor'],
    password: WRONG,
    reason: new RegExp(`NATS at ${ADDRESS} refuses the login`),
    hint: /check credentials, user and password, token or nkey/,
  },
  {
    name: 'an authority that did not sign the certificate',
    open: () =>
      natsWith({
        config: `tls { cert_file: "${certificates}/one/certificates/server.pem", key_file: "${certificates}/one/certificates/server.key" }`,
      })(),
    cluster: () => `, tls: { ca: ${caOf('other')} }`,
    agent: () => ['--tls-ca', caOf('other')],
    reason: new RegExp(`the TLS connection to NATS at ${ADDRESS} fails: .*(?:certificate|self.signed)`),
    hint: /check cluster\.tls and the certificate of the NATS server/,
  },
  {
    name: 'a name that nobody knows',
    open: async () => ({ url: 'nats://no-such-host.invalid:4222', [Symbol.asyncDispose]: async () => {} }),
    reason: new RegExp(`NATS at ${ADDRESS} cannot be reached: there is no address for the name no-such-host.invalid`),
    hint: /is the name right, and can it be resolved here/,
  },
  {
    name: 'nobody listens',
    open: async () => ({ url: `nats://127.0.0.1:${await freePort()}`, [Symbol.asyncDispose]: async () => {} }),
    reason: new RegExp(`NATS at ${ADDRESS} cannot be reached: connection refused`),
    hint: /is nats-server running, and can it be reached from here/,
  },
  {
    name: 'an HTTP server listens',
    open: async () => listenWith('', () => 'HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n'),
    reason: new RegExp(`NATS at ${ADDRESS} cannot be reached: nobody there answers as NATS does`),
    hint: /is it the port for clients, 4222 if nothing else is configured/,
  },
  {
    name: 'an SSH server listens',
    open: async () => listenWith('SSH-2.0-OpenSSH_9.2\r\n', () => ''),
    reason: new RegExp(`NATS at ${ADDRESS} cannot be reached: what listens there is not NATS`),
    hint: /is it the port for clients/,
  },
  {
    name: 'I10: an account that may not make streams',
    open: natsWith({ config: `${LOGIN}, permissions: { publish: [nothing] } }] }` }),
    cluster: () => `, user: minitor, password: ${PASSWORD}`,
    agent: () => ['--user', 'minitor'],
    password: PASSWORD,
    reason: /NATS does not permit this login to do that: examples\/cluster\/accounts\.conf has the permissions/,
    ofAgent: /NATS does not permit this login to send to \$KV\.MINITOR_minitor_NODES\.nas/,
    hint: /the log of minitor run names/,
  },
]

describe.skipIf(!hasNats)('everybody says what is wrong with the engine, and what to do', () => {
  test.each(CASES)('$name', async ({ open, cluster = () => '', agent = () => [], password, reason, hint, ...own }) => {
    await using engine = await open()
    await using site = openSite({
      'config.yml': `cluster: { servers: [ "${engine.url}" ], node: a${cluster()} }\nmonitors: [ { name: x, command: "true", alerts: [] } ]\n`,
    })
    const env: Record<string, string> = password === undefined ? {} : { MINITOR_CLUSTER_PASSWORD: password }
    const lives = {
      server: site.start({ args: ['run', '--log-format', 'text'] }),
      agent: site.start({
        args: ['agent', '--cluster', engine.url, '--node', 'nas', '--log-format', 'text', ...agent()],
        env,
      }),
    }
    const said = (life: (typeof lives)['server']) => life.rawLog() + life.stderr()
    const shown = await Promise.all(['nodes', 'doctor'].map((command) => runIn(site.directory, { args: [command] })))
    for (const { stdout, stderr, exitCode } of shown) {
      expect(stdout + stderr).toMatch(own.ofNodes ?? reason)
      expect(stdout + stderr).toMatch(hint)
      expect(exitCode).toBeOneOf([1, 2])
    }
    for (const [who, expected] of [
      ['server', own.ofServer ?? reason],
      ['agent', own.ofAgent ?? reason],
    ] as const) {
      const explain = () => `\n${expected}\n${said(lives[who])}`
      await eventually(`the ${who} says it`, () => expected.test(said(lives[who])), { explain })
    }
    const all = [...Object.values(lives).map(said), ...shown.map(({ stdout, stderr }) => stdout + stderr)].join('\n')
    expect(all).not.toMatch(/horse/)
    expect(all).not.toMatch(/This is a bug|\n\s+at /)
  })
})

test.each(['a.b', 'a b', 'a*'])('I10: a cluster cannot be called "%s"', async (name) => {
  await using site = openSite({
    'config.yml': `cluster: { servers: [ "nats://127.0.0.1:4222" ], name: "${name}" }\nmonitors: [ { name: x, command: "true" } ]\n`,
  })
  const answers = await Promise.all(
    [['validate'], ['run'], ['agent', '--cluster', 'nats://127.0.0.1:4222', '--name', name]].map((args) =>
      runIn(site.directory, { args }),
    ),
  )
  for (const { exitCode, stdout, stderr } of answers) {
    expect([exitCode, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(/must be letters, digits, "-" and "_"/i)
  }
  expect(answers[0]?.stderr).toContain('config.yml:1:56')
})
