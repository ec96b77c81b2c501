import { Database } from 'bun:sqlite'
import { expect } from 'bun:test'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { DaemonProcess } from '../support/daemon-process.ts'
import { eventually } from '../support/eventually.ts'

export const lines = (...text: readonly string[]) => text.join('\n')
export const TELL = "alerts: { tell: { command: 'echo {monitor_name} {kind} {failure_count} >>told' } }"

/** Fails while a file is there that is called like it. */
export const monitor = (name: string, keys: string) =>
  `  - { name: ${name}, command: "echo >>${name}.runs; test ! -e ${name}", alert_after: 1, alerts: [ tell ], alert_up: [ tell ], ${keys} }`

/** `MONITOR KIND` of what was told, in its order. */
export const told = (daemon: DaemonProcess) =>
  daemon
    .read('told')
    .split('\n')
    .slice(0, -1)
    .map((line) => line.split(' ').slice(0, 2).join(' '))

export const runs = (daemon: DaemonProcess, name: string) => daemon.read(`${name}.runs`).length

/** Lets a monitor be checked a few times more. */
export async function letRun(daemon: DaemonProcess, name: string): Promise<void> {
  const before = runs(daemon, name)
  await eventually(`${name} is checked on`, () => runs(daemon, name) > before + 6)
}

export const breakIt = (daemon: DaemonProcess, name: string) => daemon.write(name, '')
export const mend = (daemon: DaemonProcess, name: string) => rmSync(join(daemon.directory, name))

/** Runs a command that changes the mutes, and waits until the daemon knows. */
export async function mute(daemon: DaemonProcess, ...args: string[]): Promise<string> {
  const changes = () => daemon.lines.filter(({ msg }) => /^(?:(?:un)?silenced|acknowledged)/.test(msg)).length
  const before = changes()
  const { exitCode, stdout, stderr } = await daemon.minitor(...args)
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
  expect(stdout).not.toContain('No daemon runs')
  await eventually('the daemon knows', () => changes() > before)
  return stdout
}

export async function toldSoon(daemon: DaemonProcess, expected: readonly string[]): Promise<void> {
  await eventually(`${expected.join(', ')} is told`, () => told(daemon).length >= expected.length, {
    explain: () => ` but ${told(daemon).join(', ')}`,
  })
  expect(told(daemon)).toEqual([...expected])
}

/** Why nobody was told, of the checks of a monitor that are kept. */
export function quietReasons(daemon: DaemonProcess, name: string): string[] {
  const database = new Database(join(daemon.directory, 'minitor.db'), { readonly: true })
  try {
    const sql =
      'SELECT DISTINCT quiet FROM checks WHERE quiet IS NOT NULL AND monitor_id = (SELECT id FROM monitors WHERE name = ?)'
    return database
      .query<{ quiet: string }, [string]>(sql)
      .all(name)
      .map(({ quiet }) => quiet)
  } finally {
    database.close()
  }
}
