import { describe, expect, test } from 'bun:test'
import { join } from 'node:path'
import { createDocker } from '../fixtures/docker.ts'
import { type DaemonProcess, startDaemon } from '../support/daemon-process.ts'
import { requireDebianPackage } from '../support/debian.ts'
import { eventually } from '../support/eventually.ts'
import { freePort, scrape } from './scrape.ts'
import { startSmtpSink } from './smtp-sink.ts'

const PLUGINS = '/usr/lib/nagios/plugins'
const SCRIPTS = join(import.meta.dir, '..', '..', 'scripts')
const hasPlugins = requireDebianPackage('monitoring-plugins-basic', `${PLUGINS}/check_http`)
const hasMsmtp = requireDebianPackage('msmtp', 'msmtp')
const hasDockerTools = requireDebianPackage('jq', 'jq') && requireDebianPackage('curl', 'curl')

describe.skipIf(!hasPlugins).concurrent("Debian's monitoring plugins", () => {
  test('check_disk, check_http, check_procs, check_load: their performance data are metrics', async () => {
    using server = Bun.serve({ hostname: '127.0.0.1', port: 0, fetch: () => new Response('hello') })
    const port = await freePort()
    await using daemon = startDaemon({
      config: [
        'check_interval: 1h',
        'defaults: { warning_exit_codes: [ 1 ], alert_after: 1 }',
        'monitors:',
        `  - { name: disk, command: [ ${PLUGINS}/check_disk, -w, '1%', -c, '0%', -p, / ] }`,
        `  - { name: http, command: [ ${PLUGINS}/check_http, -I, 127.0.0.1, -p, '${server.port}' ] }`,
        `  - { name: procs, command: '${PLUGINS}/check_procs -w 1:100000 -c 1:200000' }`,
        `  - { name: load, command: '${PLUGINS}/check_load -w 900,900,900 -c 990,990,990' }`,
        // Warning is exit code 1, critical 2.
        `  - { name: warned, command: '${PLUGINS}/check_procs -w 0:0 -c 0:100000' }`,
        `  - { name: critical, command: '${PLUGINS}/check_procs -w 0:0 -c 0:0' }`,
      ].join('\n'),
      args: ['--listen', `127.0.0.1:${port}`],
    })
    for (const monitor of ['disk', 'http', 'procs', 'load']) {
      expect(await daemon.line({ monitor })).toMatchObject({ status: 'up', outcome: 'passed', exit_code: 0 })
    }
    expect(await daemon.line({ monitor: 'warned' })).toMatchObject({ status: 'up', outcome: 'warned', exit_code: 1 })
    expect(await daemon.line({ monitor: 'critical' })).toMatchObject({
      status: 'down',
      outcome: 'failed',
      exit_code: 2,
    })
    const data = (await scrape(port)).filter(({ name }) => name === 'minitor_performance_data')
    const of = (monitor: string) => data.filter(({ labels }) => labels.monitor === monitor)
    const labelsOf = (monitor: string) => of(monitor).map(({ labels }) => labels.label)
    expect(labelsOf('disk')).toEqual(['/'])
    expect(labelsOf('http')).toEqual(['time', 'size'])
    expect(labelsOf('load')).toEqual(['load1', 'load5', 'load15'])
    expect(labelsOf('procs')).toEqual(['procs'])
    expect(labelsOf('critical')).toEqual(['procs'])
    for (const { labels, value } of data) {
      expect({ labels, isRight: labels.monitor === 'load' ? value >= 0 : value > 0 }).toEqual({ labels, isRight: true })
    }
  })

  test('check_http: the server stops and starts again', async () => {
    const serve = (port: number) => Bun.serve({ hostname: '127.0.0.1', port, fetch: () => new Response('hello') })
    let server = serve(0)
    const { port } = server
    try {
      await using daemon = startDaemon({
        config: [
          'check_interval: 300ms',
          `monitors: [ { name: site, command: '${PLUGINS}/check_http -I 127.0.0.1 -p ${port}', alert_after: 2, alert_up: [ log ] } ]`,
        ].join('\n'),
      })
      await daemon.next({ monitor: 'site', status: 'up' })
      await server.stop(true)
      const down = await daemon.next({ monitor: 'site', status: 'down' })
      expect(down).toMatchObject({ exit_code: 2, output: expect.stringContaining('refused') })
      server = serve(port ?? 0)
      await daemon.next({ monitor: 'site', status: 'up' })
      await daemon.next({ alert: 'log', msg: 'site check is up again!' })
    } finally {
      await server.stop(true)
    }
  })
})

// What trips those who speak SMTP: a lone dot, dots at the beginning, "From ", long lines, characters beyond ASCII.
const SAID = `first line\n.\n..two dots\nFrom here on\n${'long '.repeat(190)}\nünïcode 😀 $(touch PWNED) "quoted"\nlast line`

test.skipIf(!hasMsmtp).concurrent('mail through msmtp: subject and body arrive as they are', async () => {
  await using sink = await startSmtpSink()
  await using daemon = startDaemon({
    config: [
      'check_interval: 200ms',
      'monitors:',
      '  - { name: Mail, command: "cat said; test ! -e broken", alert_after: 2, alert_every: 0, alerts: [ mail ],',
      '      alert_up: [ mail ] }',
      'alerts:',
      '  mail:',
      '    command: |',
      "      printf 'To: me@example.org\\nSubject: %s\\nContent-Type: text/plain; charset=utf-8\\n\\n%s\\n' \\",
      '        {alert_message} {last_output} | msmtp -C msmtprc -t',
    ].join('\n'),
    files: {
      said: SAID,
      broken: '',
      msmtprc: `account default\nhost 127.0.0.1\nport ${sink.port}\nfrom minitor@example.org\nauth off\ntls off\n`,
    },
  })
  const down = await eventually('a mail', () => sink.mails[0], { explain: daemon.rawLog })
  expect(down).toMatchObject({ from: 'minitor@example.org', to: ['me@example.org'] })
  expect(down.text).toContain('\nSubject: Mail check has failed 2 times\n')
  expect(down.text.slice(down.text.indexOf('\n\n') + 2)).toBe(`${SAID}\n`)
  daemon.write('config.yml', daemon.read('config.yml').replace('test ! -e broken', 'true'))
  daemon.signal('SIGHUP')
  const up = await eventually('another one', () => sink.mails[1], { explain: daemon.rawLog })
  expect(up.text).toContain('\nSubject: Mail check is up again!\n')
  // Nothing piles up; at any one moment a check and an alert may run.
  await eventually('only what runs is left', () => daemon.descendants().length <= 3)
})

test.skipIf(!hasMsmtp).concurrent('mail while the mail server is away: retried until it is back', async () => {
  const port = await freePort()
  await using daemon = startDaemon({
    config: [
      'check_interval: 200ms',
      'monitors: [ { name: Mail, command: "false", alert_after: 1, alert_every: 0, alerts: [ mail ] } ]',
      'alerts:',
      '  mail:',
      '    command: |',
      "      printf 'Subject: %s\\n\\n%s\\n' {alert_message} {notification_id} | msmtp -C msmtprc me@example.org",
    ].join('\n'),
    files: { msmtprc: `account default\nhost 127.0.0.1\nport ${port}\nfrom minitor@example.org\nauth off\ntls off\n` },
  })
  const failed = await daemon.next({ alert: 'mail' })
  expect(failed.output).toContain('msmtp:')
  await using sink = await startSmtpSink(port)
  await eventually('the mail', () => sink.mails[0], { explain: daemon.rawLog })
  expect(sink.mails).toHaveLength(1)
})

test.skipIf(!hasDockerTools).concurrent("the Docker scripts as checks, against Docker's API", async () => {
  const isHealthy = (daemon: DaemonProcess, monitor: string) => daemon.line({ monitor })
  await using daemon = startDaemon({
    config: [
      'check_interval: 1h',
      'defaults: { alert_after: 1, env: { DOCKER_HOST: "unix://docker.sock.absolute" } }',
      'monitors:',
      `  - { name: web, command: [ ${SCRIPTS}/docker_check.sh, web ] }`,
      `  - { name: killed, command: [ ${SCRIPTS}/docker_check.sh, killed, '2' ] }`,
      `  - { name: healthy, command: [ ${SCRIPTS}/docker_healthcheck.sh, healthy ] }`,
      `  - { name: unhealthy, command: [ ${SCRIPTS}/docker_healthcheck.sh, unhealthy ] }`,
    ].join('\n'),
    // The socket's place is known once the directory is there.
    wrapper: [
      'sh',
      '-c',
      'sed -i "s#docker.sock.absolute#$PWD/docker.sock#" config.yml; while test ! -S docker.sock; do sleep 0.01; done; exec "$@"',
      'sh',
    ],
  })
  using _docker = Bun.serve({ unix: join(daemon.directory, 'docker.sock'), fetch: createDocker() })
  expect(await isHealthy(daemon, 'web')).toMatchObject({ status: 'up', output: '' })
  expect(await isHealthy(daemon, 'killed')).toMatchObject({
    status: 'down',
    exit_code: 137,
    output: 'err: ü 2\nout: \t3\n',
  })
  expect(await isHealthy(daemon, 'healthy')).toMatchObject({ status: 'up', output: 'healthy\n' })
  expect(await isHealthy(daemon, 'unhealthy')).toMatchObject({
    status: 'down',
    exit_code: 1,
    output: 'unhealthy\nno answer "500"\n',
  })
})
