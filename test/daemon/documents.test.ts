import { describe, expect, setDefaultTimeout, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { YAML } from 'bun'
import { startDaemon } from '../support/daemon-process.ts'
import { createWorkspace } from '../support/executable.ts'
import { limitMs } from '../support/pace.ts'
import { startSmtpSink } from './smtp-sink.ts'

setDefaultTimeout(limitMs(30_000))

const ROOT = join(import.meta.dir, '..', '..')
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8')
const YAML_BLOCK = /^```yaml( recipe)?\n(.*?)^```$/gms

const indented = (yaml: string) => yaml.replace(/^/gm, '  ')

/** Every configuration that the documents show; a recipe is one for alerts alone. */
const examples = ['README.md', 'docs/configuration.md', 'docs/notifications.md', 'docs/checks.md'].flatMap((file) =>
  [...read(file).matchAll(YAML_BLOCK)].map(([, recipe, yaml = ''], index) => ({
    name: `${file}, example ${index + 1}`,
    yaml: recipe === undefined ? yaml : `monitors: [{name: a, command: ["true"]}]\nalerts:\n${indented(yaml)}`,
    isRecipe: recipe !== undefined,
  })),
)

/** What the documents take from the environment. */
const environmentOf = (yaml: string) =>
  Object.fromEntries(
    [...yaml.matchAll(/\$\{([A-Z_]+)\}/g)].map(([, name = '']) => [name, 'https://example.org/secret']),
  )

test('there are recipes', () => {
  expect(examples.filter(({ isRecipe }) => isRecipe).length).toBeGreaterThan(6)
})

/** Examples are about one thing, and say nothing of what else a configuration wants. */
const ABOUT_THE_REST = /^warning: (?:only the log is told of|alert "[^"]+": (?:no monitor uses it|\{url\} is empty))/

describe.concurrent('a configuration that the documents show is valid', () => {
  test.each(examples)('$name', async ({ yaml }) => {
    await using daemon = startDaemon({ config: yaml, args: ['validate'], env: environmentOf(yaml) })
    const exitCode = await daemon.exitCode()
    const said = daemon.stderr().match(/^(?:warning|error): .*$/gm) ?? []
    expect({ exitCode, said: said.filter((line) => !ABOUT_THE_REST.test(line)) }).toEqual({ exitCode: 0, said: [] })
  })
})

/**
 * A mailer as strict as the real ones together: a lone dot ends the mail without -i, lines of more than 998 bytes are
 * returned, and bytes beyond ASCII need a declared character set, and may not stand in headers.
 */
const SENDMAIL = `#!/bin/sh
exec awk -v options=" $*" '
BEGIN { inHead = 1; ignoresDots = options ~ / -[a-z]*i/ }
!ignoresDots && $0 == "." { exit }
length($0) > 998 { print "message has lines too long for transport"; exit 1 }
inHead && $0 == "" { inHead = 0 }
inHead && !/^[!-9;-~]+:/ && !/^ / { print "no header: " $0; exit 1 }
inHead && tolower($0) ~ /^content-type:.*charset=utf-8/ { hasCharset = 1 }
/[\\200-\\377]/ && (inHead || !hasCharset) { print "what are these bytes?"; exit 1 }
{ print > "mail.txt" }
'
`
const LONG = 'x'.repeat(2000)

interface MailAlert {
  readonly command: readonly string[]
  readonly input: string
}

const alertOf = (yaml: string, name: string) =>
  (YAML.parse(yaml) as { alerts?: Record<string, MailAlert> }).alerts?.[name]
const mailOf = (yaml: string) => alertOf(yaml, 'mail')

async function startersMail(): Promise<MailAlert | undefined> {
  using place = createWorkspace()
  await place.minitor('init')
  // It stands there commented out.
  const [alerts = ''] = /^# alerts:.*?\n\n/ms.exec(place.read('config.yml')) ?? []
  return mailOf(alerts.replaceAll(/^# ?/gm, ''))
}

const mails = [
  ...examples.flatMap(({ name, yaml }) => {
    const mail = mailOf(yaml)
    return mail === undefined ? [] : [{ name, of: async () => mail }]
  }),
  { name: 'what init writes', of: startersMail },
]

test('README, the reference, the recipes and init have mails', () => {
  expect(mails.length).toBeGreaterThanOrEqual(5)
})

describe('J14: the mail that the documents show arrives', () => {
  test.each(mails)('$name', async ({ of }) => {
    const mail = await of()
    const config = {
      check_interval: '200ms',
      monitors: [{ name: 'Küche', command: 'cat output; exit 1', alert_after: 1, alert_every: 0, alerts: ['mail'] }],
      alerts: { mail: { ...mail, env: { LC_ALL: 'C' } } },
    }
    await using daemon = startDaemon({
      config: JSON.stringify(config),
      files: { output: `a\n.\nb\n${LONG}\n\u00e4`, 'bin/sendmail': SENDMAIL },
      env: { PATH: `bin:${process.env.PATH}` },
    })
    Bun.spawnSync(['chmod', '+x', daemon.path('bin/sendmail')])
    await daemon.line(({ msg }) => msg.includes('mail delivered "down"'))
    const [head = '', ...body] = daemon.read('mail.txt').split('\n\n')
    expect(head.split('\n')).toContain(
      `Subject: =?utf-8?B?${Buffer.from('Küche check has failed 1 times').toString('base64')}?=`,
    )
    // Spam filters count a mail without it as one of theirs.
    expect(head).toMatch(/^To: /m)
    const text = body.join('\n\n')
    expect(text).toContain('a\n.\nb\n')
    expect(text.replaceAll('\n', '')).toContain(LONG)
    expect(text).toContain('ä')
  })

  test('by curl', async () => {
    const [alert] = examples.flatMap(({ yaml }) => alertOf(yaml, 'curl-mail') ?? [])
    await using sink = await startSmtpSink()
    // The sink knows neither TLS nor passwords.
    const command = (alert?.command ?? [])
      .filter((word, index, words) => word !== '--user' && words[index - 1] !== '--user')
      .map((word) => (word.startsWith('smtps:') ? `smtp://127.0.0.1:${sink.port}` : word))
    const config = {
      monitors: [{ name: 'Küche', command: 'cat output; exit 1', alert_after: 1, alerts: ['mail'] }],
      alerts: { mail: { ...alert, command } },
    }
    await using daemon = startDaemon({ config: JSON.stringify(config), files: { output: 'a\n.\nb\n' } })
    await daemon.line(({ msg }) => msg.includes('mail delivered "down"'))
    expect(sink.mails).toMatchObject([{ from: 'minitor@example.org', to: ['me@example.org'] }])
    expect(sink.mails[0]?.text).toEndWith('\n\na\n.\nb\n')
  })
})

describe('J14: under the hardening of the unit, a drop-in gives setuid and setgid bits back', () => {
  const unit = read('packaging/systemd/minitor.service')
  /** Each of them, while it is set, makes systemd ignore NoNewPrivileges=no (systemd.exec(5)). */
  const implies =
    /^(NoNewPrivileges|LockPersonality|MemoryDenyWriteExecute|PrivateDevices|ProtectClock|ProtectHostname|ProtectKernelLogs|ProtectKernelModules|ProtectKernelTunables|RestrictAddressFamilies|RestrictNamespaces|RestrictRealtime|RestrictSUIDSGID|SystemCallFilter|SystemCallArchitectures|DynamicUser)=(?!no$)/gm
  const forbidding = new Set([...unit.matchAll(implies)].map(([, setting]) => setting))

  test.each(['sendmail', 'sudo'])('%s', (name) => {
    const dropIn = read(`packaging/systemd/drop-ins/${name}.conf`)
    expect(forbidding.size).toBeGreaterThan(10)
    const left = [...forbidding].filter((setting) => !new RegExp(`^${setting}=(?:no)?$`, 'm').test(dropIn))
    expect(left).toEqual([])
  })

  test('the queues of Postfix and Exim can be written', () => {
    const dropIn = read('packaging/systemd/drop-ins/sendmail.conf')
    for (const queue of ['/var/spool/postfix', '/var/spool/exim4', '/var/log/exim4']) expect(dropIn).toContain(queue)
  })
})
