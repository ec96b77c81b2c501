import { describe, expect, test } from 'bun:test'
import { startDaemon } from '../support/daemon-process.ts'

const fails = async (options: Parameters<typeof startDaemon>[0]) => {
  await using daemon = startDaemon(options)
  const exitCode = await daemon.exitCode()
  expect(daemon.descendants()).toEqual([])
  return { exitCode, stdout: daemon.rawLog(), stderr: daemon.stderr() }
}

describe.concurrent('a start that cannot be: exit 2, and what is wrong on standard error', () => {
  test('no configuration', async () => {
    const { exitCode, stdout, stderr } = await fails({})
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
    expect(stderr).toStartWith('error: cannot read config.yml: there is no such file\n')
    // A new user's next step.
    expect(stderr).toContain('minitor init')
  })

  test.each([
    { lack: 'no mkfifo', path: '/nowhere', reason: '"mkfifo" is in none of the directories of PATH' },
    { lack: 'an mkfifo that fails', path: '.', reason: 'mkfifo ended with exit code 1' },
  ])('J5: commands cannot be run: $lack', async ({ path, reason }) => {
    await using daemon = startDaemon({
      config: 'monitors: [ { name: door, command: [ /bin/true ] } ]',
      files: { mkfifo: '#!/bin/false\n' },
      wrapper: ['sh', '-c', `chmod +x mkfifo; PATH=${path}; exec "$@"`, 'sh'],
    })
    expect(await daemon.exitCode()).toBe(2)
    expect(daemon.stderr()).toStartWith('error: no command can be run here: ')
    expect(daemon.stderr()).toContain(reason)
    expect(daemon.stderr()).toContain('install mkfifo (coreutils, busybox)')
    expect(daemon.temporaryFiles()).toEqual([])
  })

  test('a configuration that is not there', async () => {
    const { exitCode, stderr } = await fails({ args: ['--config', 'nowhere/minitor.yml'] })
    expect(exitCode).toBe(2)
    expect(stderr).toStartWith('error: cannot read nowhere/minitor.yml: there is no such file\n')
  })

  test('all mistakes at once, each with its place, line and caret, and a hint', async () => {
    const { exitCode, stdout, stderr } = await fails({
      config: [
        'monitors:',
        '  - name: door',
        '    comand: "touch ran"',
        '  - name: door',
        '    command: "touch ran"',
        '    alerts: [ tel ]',
        '    check_interval: -5',
        'alerts:',
        '  tell: { command: "echo {alert_cuont}" }',
      ].join('\n'),
    })
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
    expect([...stderr.matchAll(/^ --> (\S+)$/gm)].map(([, place]) => place)).toEqual([
      'config.yml:3:5',
      'config.yml:4:11',
      'config.yml:6:15',
      'config.yml:7:21',
      'config.yml:9:26',
    ])
    for (const hint of ['"command"', '"tell"', '{alert_count}']) expect(stderr).toContain(`did you mean ${hint}?`)
    expect(stderr).toContain('3 |     comand: "touch ran"\n  |     ^^^^^^\n')
  })

  test('YAML that is none', async () => {
    const { exitCode, stdout, stderr } = await fails({ config: 'monitors:\n  - name: [door\n' })
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
    expect(stderr).toMatch(/^ --> config\.yml:[23]:\d+$/m)
    expect(stderr).not.toContain('    at ')
  })

  test('a variable of the environment that is not set', async () => {
    const { exitCode, stderr } = await fails({
      config: `monitors: [ { name: door, command: [ echo, "\${NOT_SET_HERE}" ] } ]`,
    })
    expect(exitCode).toBe(2)
    expect(stderr).toContain('NOT_SET_HERE')
    expect(stderr).toMatch(/^ --> config\.yml:1:\d+$/m)
  })

  test.each([
    { name: 'an unknown flag', args: ['--metric'], says: '--metrics' },
    { name: 'an unknown command', args: ['rum'], says: 'run' },
    { name: 'a port that is none', args: ['-m', '-p', 'http'], says: 'http' },
  ])('$name', async ({ args, says }) => {
    const { exitCode, stdout, stderr } = await fails({ config: 'monitors: [ { name: a, command: "true" } ]', args })
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
    expect(stderr).toContain(says)
  })
})
