import { expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadConfig } from './load.ts'

function warnings(text: string, hasAdvice = true): string[] {
  const directory = mkdtempSync(join(tmpdir(), 'minitor-advice-'))
  const path = join(directory, 'config.yml')
  writeFileSync(path, text)
  const loaded = loadConfig({ path, environment: {}, hasAdvice })
  rmSync(directory, { recursive: true })
  return loaded.ok
    ? loaded.warnings.map(({ line, message, hint }) => `${line}: ${message}; ${hint}`)
    : loaded.mistakes.map(({ message }) => message)
}

const TELLS = 'monitors: [{name: a, command: ["true"], alerts: [x]}]\n'
const UNUSED = 'no monitor uses it; name it in alerts or alert_up of a monitor'
const URL_HINT = 'write the address of the pages there'

test.each<{ name: string; text: string; expected: string[] }>([
  { name: 'nothing', text: `${TELLS}alerts: {x: {command: [cat]}}\n`, expected: [] },
  {
    name: 'an alert that nobody uses',
    text: `${TELLS}alerts:\n  x: {command: [cat]}\n  y: {command: [cat]}\n  z: {command: y}\n`,
    expected: [`4: alert "y": ${UNUSED}`, `5: alert "z": ${UNUSED}`],
  },
  {
    name: 'used by a recovery, a step, a fallback, a start, or defaults',
    text: `defaults: {alerts: [e]}\nalert_restart: [d]\nmonitors:\n  - {name: a, command: ["true"], alerts: [{alert: b, after: 3}], alert_up: [c]}\n  - {name: b, command: ["true"]}\nalerts: {b: {command: [cat], fallback: f}, c: {command: [cat]}, d: {command: [cat]}, e: {command: [cat]}, f: {command: [cat]}}\n`,
    expected: [],
  },
  {
    name: 'monitors that only tell the log, as nobody has said otherwise',
    text: 'monitors:\n  - {name: a, command: ["true"]}\n  - {name: b, command: ["true"], alerts: [log]}\n  - {name: c, command: ["true"], enabled: false}\n',
    expected: [
      '2: only the log is told of 1 monitor: "a"; name an alert in alerts; to mean the log, write alerts: [log]',
    ],
  },
  {
    name: 'many of them in one',
    text: `monitors:\n${[1, 2, 3, 4].map((n) => `  - {name: m${n}, command: ["true"]}\n`).join('')}`,
    expected: [
      '2: only the log is told of 4 monitors: "m1", "m2", "m3", …; name an alert in alerts; to mean the log, write alerts: [log]',
    ],
  },
  ...['', 'web: {}\n', 'web: {public: false}\n'].map((web) => ({
    name: `a public monitor of pages that are not: ${web}`,
    text: `${web}monitors:\n  - {name: a, command: ["true"], alerts: [log], public: true}\n`,
    expected: [
      `${web === '' ? 2 : 3}: monitor "a": the public sees it only if web.public is set, too; write public: true or a list of groups below web`,
    ],
  })),
  ...['web: {public: true}', 'web: {public: [g]}'].map((web) => ({
    name: `a public monitor of public pages: ${web}`,
    text: `${web}\nmonitors:\n  - {name: a, command: ["true"], alerts: [log], public: true}\n  - {name: b, command: ["true"], alerts: [log], public: false}\n`,
    expected: [],
  })),
  {
    name: '{url} without pages',
    text: `${TELLS}alerts: {x: {command: [echo, "{url}"]}}\n`,
    expected: [`2: alert "x": {url} is empty without web.url; ${URL_HINT}`],
  },
  {
    name: '{url} of pages whose address nobody knows, in a script and in input',
    text: `web: {}\nmonitors: [{name: a, command: ["true"], alerts: [x, y]}]\nalerts:\n  x: {command: "mail -s {url} me"}\n  y: {command: [cat], input: {a: ["{url}"]}}\n`,
    expected: [4, 5].map(
      (line) =>
        `${line}: alert "${line === 4 ? 'x' : 'y'}": {url} is an address that is right on this machine only without web.url; ${URL_HINT}`,
    ),
  },
  {
    name: '{url} with web.url',
    text: `web: {url: "https://example.org"}\n${TELLS}alerts: {x: {command: [echo, "{url}"]}}\n`,
    expected: [],
  },
  {
    name: 'days and weekdays',
    text: 'monitors:\n  - {name: a, command: ["true"], schedule: "0 3 1 * 1", alerts: [log]}\n  - {name: b, command: ["true"], schedule: "0 3 */2 * 1", alerts: [log]}\n  - {name: c, command: ["true"], schedule: "@daily", alerts: [log]}\n',
    expected: [
      '2: monitor "a": schedule "0 3 1 * 1" names days and weekdays, and runs on days that match either; write * in one of the two',
    ],
  },
  {
    name: 'a heartbeat that is down at the fourth missing ping',
    text: 'web: {}\nmonitors:\n  - {name: a, heartbeat: {key: 12345678, interval: 1d}, alerts: [log]}\n  - {name: b, heartbeat: {key: 12345679, interval: 1d}, alerts: [log], alert_after: 1}\n  - {name: c, heartbeat: {key: 12345670, interval: 1d}, alerts: [log], alert_after: 3d}\n',
    expected: [
      '3: monitor "a": it is down only once 4 pings are missing (alert_after: 4); most heartbeats want alert_after: 1, and time to be late in grace',
    ],
  },
])('advice: $name', ({ text, expected }) => {
  expect(warnings(text)).toEqual(expected)
  expect(warnings(text, false)).toEqual([])
})
