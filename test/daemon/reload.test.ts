import { describe, expect, test } from 'bun:test'
import { mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { type DaemonProcess, startDaemon } from '../support/daemon-process.ts'
import { eventually } from '../support/eventually.ts'
import { complaintsIn } from '../support/log-book.ts'
import { limitMs } from '../support/pace.ts'
import { freePort, sampleIs } from './scrape.ts'

const config = (name: string, rest = '') =>
  `check_interval: 100ms\nmonitors: [ { name: ${name}, command: "echo >>${name}.runs", alert_after: 1 } ]\n${rest}`

const BROKEN = 'monitors: [ { name: broken, comand: "true" } ]\n'

const runsOf = (daemon: DaemonProcess, name: string) => daemon.read(`${name}.runs`).length

/** The configuration with this monitor is the one in force: it runs, and goes on. */
async function runs(daemon: DaemonProcess, name: string) {
  const before = runsOf(daemon, name)
  await eventually(`${name} runs`, () => runsOf(daemon, name) >= before + 3, { explain: daemon.rawLog })
}

/** This monitor does not run any more: three runs of another one go by without it. */
async function hasStopped(daemon: DaemonProcess, name: string, other: string) {
  await runs(daemon, other)
  const before = runsOf(daemon, name)
  await runs(daemon, other)
  expect(runsOf(daemon, name)).toBe(before)
}

describe.concurrent('a reload holds nothing up', () => {
  const fifo = (daemon: DaemonProcess, name: string) => {
    rmSync(join(daemon.directory, name), { force: true })
    Bun.spawnSync(['mkfifo', join(daemon.directory, name)])
  }
  const secret = (file: string) =>
    config('new', `alerts: { tell: { command: "true", env: { KEY: "\${file:${file}}" } } }`)
  const script = (text: string) => config('new', `alerts: { tell: { command: '${text} {last_output}' } }`)

  test.each([
    { name: 'a FIFO', spoil: (daemon: DaemonProcess) => fifo(daemon, 'config.yml'), says: 'it is not a file' },
    {
      name: 'a FIFO as a secret',
      spoil: (daemon: DaemonProcess) => {
        fifo(daemon, 'key')
        daemon.write('config.yml', secret('key'))
      },
      says: 'cannot read key: it is not a file',
    },
    ...['/dev/zero', '/dev/tty', '/dev/stdin', '/proc/self/fd/0'].map((file) => ({
      name: `${file} as a secret`,
      spoil: (daemon: DaemonProcess) => daemon.write('config.yml', secret(file)),
      says: `cannot read ${file}: `,
    })),
    {
      name: 'a file of nested brackets',
      spoil: (daemon: DaemonProcess) => daemon.write('config.yml', '['.repeat(100_000)),
      says: 'nested too deep',
    },
    {
      name: 'an alert of 5,000 nested $(',
      spoil: (daemon: DaemonProcess) => daemon.write('config.yml', script('echo $('.repeat(5_000))),
      says: 'nested too deep',
    },
  ])('J9: $name: a mistake, and checks go on', async ({ spoil, says }) => {
    // A pipe that nobody writes into, and that stays open.
    const wrapper = ['sh', '-c', 'mkfifo in; exec 9<>in; exec "$@" <in', 'sh']
    await using daemon = startDaemon({ config: config('old'), wrapper })
    await runs(daemon, 'old')
    spoil(daemon)
    daemon.signal('SIGHUP')
    const { output = '' } = await daemon.line({ level: 'error' })
    expect(output).toContain(says)
    await runs(daemon, 'old')
  })

  test('J9: a FIFO in a directory that is watched: a mistake, and checks go on', async () => {
    await using daemon = startDaemon({
      files: { 'conf/a.yml': config('old') },
      args: ['--config', 'conf', '--watch', '--database', 'minitor.db'],
    })
    await runs(daemon, 'old')
    fifo(daemon, 'conf/b.yml')
    const { output = '' } = await daemon.line({ level: 'error' })
    expect(output).toContain('cannot read conf/b.yml: it is not a file')
    await runs(daemon, 'old')
    daemon.remove('conf/b.yml')
    await eventually('it is right again', () =>
      daemon.lines.some(({ msg }) => msg.startsWith('configuration reloaded')),
    )
  })
})

describe.concurrent('E10: reload by SIGHUP', () => {
  test('takes a new configuration', async () => {
    await using daemon = startDaemon({ config: config('old') })
    await runs(daemon, 'old')
    daemon.write('config.yml', config('new'))
    daemon.signal('SIGHUP')
    await daemon.next({ monitor: 'new', status: 'up' })
    await hasStopped(daemon, 'old', 'new')
  })

  test.each([
    { name: 'broken', spoil: (daemon: DaemonProcess) => daemon.write('config.yml', BROKEN), says: 'comand' },
    {
      name: 'missing',
      spoil: (daemon: DaemonProcess) => rmSync(join(daemon.directory, 'config.yml')),
      says: 'no such file',
    },
    {
      name: 'unreadable',
      spoil: (daemon: DaemonProcess) => {
        rmSync(join(daemon.directory, 'config.yml'))
        symlinkSync('config.yml', join(daemon.directory, 'config.yml'))
      },
      says: 'config.yml',
    },
    { name: 'empty', spoil: (daemon: DaemonProcess) => daemon.write('config.yml', ''), says: 'monitors' },
  ])('a $name file: the old one runs on; log and metric say so', async ({ spoil, says }) => {
    const port = await freePort()
    await using daemon = startDaemon({ config: config('old'), args: ['--listen', `127.0.0.1:${port}`] })
    await runs(daemon, 'old')
    const metricIs = (value: number) => sampleIs(port, value, 'minitor_config_last_reload_successful')
    await metricIs(1)
    spoil(daemon)
    daemon.signal('SIGHUP')
    expect(JSON.stringify(await daemon.next({ level: 'error' }))).toContain(says)
    await metricIs(0)
    await runs(daemon, 'old')
    rmSync(join(daemon.directory, 'config.yml'), { force: true })
    daemon.write('config.yml', config('new'))
    daemon.signal('SIGHUP')
    await runs(daemon, 'new')
    await metricIs(1)
  })

  test('an outage goes on: no second alert for it, and its recovery is told', async () => {
    const door = (description: string) =>
      [
        'check_interval: 100ms',
        'monitors:',
        `  - { name: door, description: ${description}, command: 'echo >>runs; test ! -e broken', alert_after: 2,`,
        '      alert_every: 0, alerts: [ tell ], alert_up: [ tell ] }',
        "alerts: { tell: { command: 'echo {kind} {incident_id} {description} >>told' } }",
      ].join('\n')
    await using daemon = startDaemon({ config: door('one'), files: { broken: '' } })
    const { incident } = await daemon.next({ monitor: 'door', status: 'down' })
    daemon.write('config.yml', door('two'))
    daemon.signal('SIGHUP')
    await daemon.next({ msg: 'configuration reloaded: 1 monitor (1 changed), 2 alerts' })
    const before = daemon.read('runs').length
    await eventually('it is checked again', () => daemon.read('runs').length > before + 5)
    rmSync(join(daemon.directory, 'broken'))
    await eventually('the recovery is told', () => daemon.read('told').includes('up'))
    expect(daemon.read('told')).toBe(`down ${incident} one\nup ${incident} two\n`)
  })
})

describe.concurrent('E10: minitor reload', () => {
  test('reports success', async () => {
    await using daemon = startDaemon({ config: config('old') })
    await runs(daemon, 'old')
    daemon.write('config.yml', config('new'))
    const { exitCode, stdout, stderr } = await daemon.minitor('reload')
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
    expect(stdout).toBe(
      'reloaded: 1 monitor (1 new, 1 removed), 1 alert\n  new monitors: "new"\n  removed monitors: "old"\n',
    )
    await runs(daemon, 'new')
  })

  test('reports what does not follow a new name, and what waits for a restart', async () => {
    const named = (name: string) => `monitors: [ { name: ${name}, command: "true" } ]\n`
    await using daemon = startDaemon({ config: named('old') })
    await daemon.watches()
    daemon.write('config.yml', `${named('new')}database: other.db\n`)
    const { stdout } = await daemon.minitor('reload', '--database', 'minitor.db')
    const details = [
      'new monitors: "new"',
      'removed monitors: "old"',
      '"new" was "old": history does not follow a new name, and an open incident has ended',
    ]
    const waits = 'database has changed in the configuration: that takes effect at the next start'
    const summary = '1 monitor (1 new, 1 removed), 1 alert'
    expect(stdout).toBe(`reloaded: ${[summary, ...details, waits].join('\n  ')}\n`)
    expect(await daemon.line({ msg: `configuration reloaded: ${summary}` })).toMatchObject({
      output: details.join('\n'),
    })
    await daemon.line({ level: 'warn', msg: waits })
  })

  test('reports the mistakes, each with its place, and that the old one runs on', async () => {
    await using daemon = startDaemon({ config: config('old') })
    await runs(daemon, 'old')
    daemon.write('config.yml', BROKEN)
    const { exitCode, stdout, stderr } = await daemon.minitor('reload')
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
    expect(stderr).toContain('config.yml:1:29')
    expect(stderr).toContain('did you mean "command"?')
    expect(stderr).toContain('The old configuration stays in use.')
    await runs(daemon, 'old')
    const json = await daemon.minitor('reload', '--json')
    expect(json.exitCode).toBe(2)
    expect(JSON.parse(json.stdout)).toMatchObject({ ok: false, report: expect.stringContaining('comand') })
  })

  test('finds a daemon by the file it runs on, however it is named', async () => {
    await using daemon = startDaemon({ config: config('old') })
    await runs(daemon, 'old')
    symlinkSync('config.yml', join(daemon.directory, 'link.yml'))
    expect(await daemon.minitor('reload', '-c', './tmp/../link.yml')).toMatchObject({ exitCode: 0 })
  })

  test('says so when no daemon runs', async () => {
    await using daemon = startDaemon({ config: config('old') })
    await runs(daemon, 'old')
    daemon.signal('SIGTERM')
    await daemon.exitCode()
    const { exitCode, stderr } = await daemon.minitor('reload')
    expect(exitCode).toBe(2)
    expect(stderr).toContain('no daemon')
  })
})

describe.concurrent('E11: --watch', () => {
  const start = () => startDaemon({ config: config('old'), args: ['run', '--watch'] })
  const at = (daemon: DaemonProcess, file: string) => join(daemon.directory, file)

  test.each([
    {
      name: 'written in place',
      change: (daemon: DaemonProcess) => daemon.write('config.yml', config('new')),
    },
    {
      name: 'atomic rename, as editors do',
      change: (daemon: DaemonProcess) => {
        daemon.write('config.yml~', config('new'))
        renameSync(at(daemon, 'config.yml~'), at(daemon, 'config.yml'))
      },
    },
    {
      name: 'unlink and create',
      change: (daemon: DaemonProcess) => {
        rmSync(at(daemon, 'config.yml'))
        daemon.write('config.yml', config('new'))
      },
    },
  ])('$name', async ({ change }) => {
    await using daemon = start()
    await runs(daemon, 'old')
    change(daemon)
    await runs(daemon, 'new')
    await hasStopped(daemon, 'old', 'new')
    daemon.write('config.yml', config('newest'))
    await runs(daemon, 'newest')
  })

  test('a symbolic link swapped, as Kubernetes mounts it', async () => {
    await using daemon = startDaemon({
      files: { 'v1/config.yml': config('old'), 'v2/config.yml': config('new'), 'v3/config.yml': config('newest') },
      args: ['-c', 'mount/config.yml', '--watch'],
      wrapper: ['sh', '-c', 'mkdir mount; ln -s ../v1 mount/..data; ln -s ..data/config.yml mount/; exec "$@"', 'sh'],
    })
    await runs(daemon, 'old')
    for (const [version, name] of [
      ['v2', 'new'],
      ['v3', 'newest'],
    ] as const) {
      symlinkSync(`../${version}`, at(daemon, 'mount/..data_tmp'))
      renameSync(at(daemon, 'mount/..data_tmp'), at(daemon, 'mount/..data'))
      await runs(daemon, name)
    }
  })

  test('written in two halves: the old one runs on until it is whole', async () => {
    await using daemon = start()
    await runs(daemon, 'old')
    const whole = `# ${'x'.repeat(100)}\n${config('new', 'alerts: { tell: { command: "true" } }')}`
    const half = whole.slice(0, whole.indexOf('alert_after') - 5)
    daemon.write('config.yml', half)
    await runs(daemon, 'old')
    daemon.write('config.yml', whole)
    await runs(daemon, 'new')
    await hasStopped(daemon, 'old', 'new')
  })

  test('a file of a directory that comes, changes and goes', async () => {
    await using daemon = startDaemon({
      files: { 'conf/a.yml': config('old') },
      args: ['-c', 'conf', '--watch'],
    })
    await runs(daemon, 'old')
    daemon.write('conf/b.yml', 'monitors: [ { name: more, command: "echo >>more.runs" } ]')
    await runs(daemon, 'more')
    daemon.write('conf/b.yml', 'monitors: [ { name: other, command: "echo >>other.runs" } ]')
    await runs(daemon, 'other')
    rmSync(at(daemon, 'conf/b.yml'))
    await eventually('it is gone', async () => {
      const before = runsOf(daemon, 'other')
      await runs(daemon, 'old')
      return runsOf(daemon, 'other') === before
    })
  })

  test('is not fooled by a touch', async () => {
    await using daemon = start()
    await runs(daemon, 'old')
    daemon.write('config.yml', config('old'))
    daemon.write('config.yml', config('old'))
    await runs(daemon, 'old')
    await runs(daemon, 'old')
    expect(daemon.lines.filter(({ msg }) => msg.includes('reloaded'))).toEqual([])
  })

  test('without --watch nothing is reloaded', async () => {
    await using daemon = startDaemon({ config: config('old') })
    await runs(daemon, 'old')
    daemon.write('config.yml', config('new'))
    await runs(daemon, 'old')
    await runs(daemon, 'old')
    expect(runsOf(daemon, 'new')).toBe(0)
  })
})

describe.concurrent('E11: 100 reloads a second', () => {
  test.each([
    { name: 'SIGHUP', args: [] },
    { name: '--watch', args: ['--watch'] },
  ])('$name: checks go on, no false alert, the last one counts', async ({ args }) => {
    const steady = (name: string) =>
      [
        // Longer than from one reload to the next, each of which might begin it anew.
        `check_interval: ${limitMs(500)}ms`,
        'monitors:',
        '  - { name: steady, command: "echo >>steady.runs", alert_after: 1, alerts: [ shout ] }',
        '  - { name: long, command: "sleep 0.5; echo >>long.runs", alert_after: 1, alerts: [ shout ] }',
        `  - { name: ${name}, command: "echo >>${name}.runs", alert_after: 1, alerts: [ shout ] }`,
        'alerts: { shout: { command: "echo {monitor_name} >>shouts", shell: bash } }',
      ].join('\n')
    await using daemon = startDaemon({ config: steady('first'), args })
    await runs(daemon, 'steady')
    mkdirSync(join(daemon.directory, 'next'))
    const change = (name: string) => {
      daemon.write('next/config.yml', steady(name))
      renameSync(join(daemon.directory, 'next/config.yml'), join(daemon.directory, 'config.yml'))
      if (args.length === 0) daemon.signal('SIGHUP')
    }
    const before = { steady: runsOf(daemon, 'steady'), long: runsOf(daemon, 'long') }
    const haveGoneOn = () => runsOf(daemon, 'steady') > before.steady + 4 && runsOf(daemon, 'long') > before.long + 1
    // They go on while the reloads do, however long that takes.
    for (let count = 0; count < 200 || !haveGoneOn(); count++) {
      change(`m${count % 7}`)
      // The pace is the stimulus: nothing is waited for.
      await Bun.sleep(10)
    }
    change('last')
    await runs(daemon, 'last')
    await runs(daemon, 'long')
    expect(daemon.read('shouts')).toBe('')
    expect(complaintsIn(daemon.lines)).toEqual([])
  })
})

describe.concurrent('E12: a reload while a check runs', () => {
  const long = 'echo begin >>runs; while test ! -e go; do sleep 0.02; done; echo end >>runs'
  const one = (command: string, keys = '') =>
    `check_interval: 100ms\nmonitors: [ { name: long, command: "${command}", timeout: 1h, alert_after: 1 ${keys}} ]`

  test('its command changes: no overlap, no false failure, then the new command', async () => {
    await using daemon = startDaemon({ config: one(long) })
    await eventually('it runs', () => daemon.read('runs') === 'begin\n')
    daemon.write('config.yml', one('echo new >>runs'))
    expect(await daemon.minitor('reload')).toMatchObject({ exitCode: 0 })
    daemon.write('go', '')
    await eventually('the new one runs', () => daemon.read('runs').includes('new\nnew\n'))
    expect(daemon.read('runs')).toMatch(/^begin\nend\n(new\n)+$/)
    expect(complaintsIn(daemon.lines)).toEqual([])
  })

  test('its command changes twice: the last one counts', async () => {
    await using daemon = startDaemon({ config: one(long) })
    await eventually('it runs', () => daemon.read('runs') === 'begin\n')
    for (const word of ['new', 'newest']) {
      daemon.write('config.yml', one(`echo ${word} >>runs`))
      expect(await daemon.minitor('reload')).toMatchObject({ exitCode: 0 })
    }
    daemon.write('go', '')
    await eventually('the newest one runs', () => daemon.read('runs').includes('newest'))
    expect(daemon.read('runs')).toMatch(/^begin\nend\n(newest\n)+$/)
  })

  test('it is removed and fails afterwards: nobody is told', async () => {
    const failing = long.replace('echo end', 'echo failed')
    await using daemon = startDaemon({ config: one(`${failing}; exit 1`) })
    await eventually('it runs', () => daemon.read('runs') === 'begin\n')
    daemon.write('config.yml', config('other'))
    expect(await daemon.minitor('reload')).toMatchObject({ exitCode: 0 })
    daemon.write('go', '')
    await runs(daemon, 'other')
    await eventually('its process is gone', () => daemon.descendants().length === 0)
    await runs(daemon, 'other')
    expect(daemon.lines.filter(({ monitor }) => monitor === 'long')).toEqual([])
  })
})
