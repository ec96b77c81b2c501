import { describe, expect, test } from 'bun:test'
import type { LogLevel } from '../core/model/log-settings.ts'
import type { LogFields } from '../core/model/ports.ts'
import { UNPRINTABLE } from '../core/text/printable.ts'
import { createLog, type LogOptions } from './log.ts'

const NOW = Date.UTC(2026, 10, 23, 7, 5, 9, 42)

/** Takes every chunk at once, as a file does. */
function collect(options: Partial<LogOptions>) {
  const chunks: string[] = []
  const target = {
    write: (chunk: string, callback: () => void) => {
      chunks.push(chunk)
      queueMicrotask(callback)
    },
    on: () => {},
  }
  const mask = (text: string) => text.replaceAll('hunter22', '***')
  const log = createLog({
    target,
    place: 'file',
    format: null,
    hasColour: false,
    level: 'info',
    mask,
    now: () => NOW,
    ...options,
  })
  const text = async () => {
    await log.close()
    return chunks.join('')
  }
  return { log, text }
}

async function jsonOf(level: LogLevel, message: string, fields?: LogFields): Promise<Record<string, unknown>> {
  const { log, text } = collect({})
  log.write(level, message, fields)
  return JSON.parse(await text())
}

async function humanOf(level: LogLevel, message: string, fields?: LogFields): Promise<string> {
  const { log, text } = collect({ place: 'terminal' })
  log.write(level, message, fields)
  return await text()
}

describe('one JSON object a line', () => {
  test('time, level, fields, message', async () => {
    const fields = { monitor: 'web', failures: 3, isUp: false, alert: null, names: ['a', 'b'] }
    expect(await jsonOf('warn', 'it is late', fields)).toEqual({
      time: '2026-11-23T07:05:09.042Z',
      level: 'warn',
      ...fields,
      msg: 'it is late',
    })
  })

  test('a percent sign and quotes are text', async () => {
    expect(await jsonOf('info', '%s %d 100 % "quoted" \\', { note: '%o' })).toMatchObject({
      msg: '%s %d 100 % "quoted" \\',
      note: '%o',
    })
  })

  test('C13: secrets are masked in message, fields and lists, then texts are cut', async () => {
    const line = await jsonOf('info', 'key hunter22', {
      a: 'hunter22',
      b: ['x hunter22'],
      output: 'hunter22'.repeat(5e5),
    })
    expect(line).toMatchObject({ msg: 'key ***', a: '***', b: ['x ***'] })
    expect(String(line.output).length).toBeLessThanOrEqual(4_000)
    expect(JSON.stringify(line)).not.toContain('hunter')
  })

  test('F6: A8: what a terminal would obey is escaped in the line, and exact for a parser', async () => {
    const output = 'a\x1b[2J\x9b\u202e\u200b\u2028\ud800\0\r\u{e0041}\n😀'
    const { log, text } = collect({})
    log.write('info', output, { output })
    const line = await text()
    expect(line.trimEnd()).not.toMatch(UNPRINTABLE)
    expect(line.trimEnd()).not.toContain('\n')
    expect(JSON.parse(line)).toMatchObject({ msg: output, output })
  })
})

describe('lines for people', () => {
  const time = new Date(NOW).toTimeString().slice(0, 8)

  test.each<{ name: string; level: LogLevel; message: string; fields?: LogFields; expected: string }>([
    { name: 'level and message', level: 'info', message: 'ready', expected: `${time} info    ready\n` },
    {
      name: 'the status instead of the level',
      level: 'error',
      message: 'web is down',
      fields: { status: 'down', exit_code: 7, command: ['curl', '-s'], output: 'refused' },
      expected: `${time} down    web is down\n${' '.repeat(17)}$ curl -s\n${' '.repeat(17)}| refused\n`,
    },
    {
      name: 'no more than the message where all is well',
      level: 'info',
      message: 'web is up',
      fields: { status: 'up', exit_code: 0, command: ['curl', '-s'], output: 'fine' },
      expected: `${time} up      web is up\n`,
    },
    {
      name: 'output below',
      level: 'info',
      message: 'said',
      fields: { output: 'one\ntwo\n\n' },
      expected: `${time} info    said\n${' '.repeat(17)}| one\n${' '.repeat(17)}| two\n`,
    },
    {
      name: 'F6: nothing that moves the cursor or fakes a line',
      level: 'info',
      message: 'a\n12:00:00 up\x1b[2J\u202e',
      fields: { output: 'b\rc\x07' },
      expected: `${time} info    a\\n12:00:00 up\\x1b[2J\\u202e\n${' '.repeat(17)}| b\\rc\\x07\n`,
    },
    {
      name: 'C13: secrets',
      level: 'info',
      message: 'hunter22',
      fields: { token: 'hunter22', output: 'x hunter22' },
      expected: `${time} info    ***\n${' '.repeat(17)}| x ***\n`,
    },
  ])('$name', async ({ level, message, fields, expected }) => {
    expect(await humanOf(level, message, fields)).toBe(expected)
  })

  test('C13: long texts are cut', async () => {
    const long = 'x'.repeat(1_000_000)
    expect((await humanOf('info', long, { reason: long, output: long })).length).toBeLessThan(4_000)
  })

  test('colours only where they are wanted', async () => {
    const { log, text } = collect({ place: 'terminal', hasColour: true })
    log.write('error', 'web is down', { status: 'down' })
    expect(await text()).toContain('\x1b[31mdown   \x1b[39m web is down')
    expect(await humanOf('error', 'web is down', { status: 'down' })).not.toContain('\x1b')
  })
})

test.each<{ level: LogLevel; expected: string[] }>([
  { level: 'debug', expected: ['debug', 'info', 'warn', 'error'] },
  { level: 'warn', expected: ['warn', 'error'] },
  { level: 'error', expected: ['error'] },
])('level $level leaves out what is below', async ({ level, expected }) => {
  const { log, text } = collect({ level })
  for (const each of ['debug', 'info', 'warn', 'error'] as const) log.write(each, each)
  expect([...(await text()).matchAll(/"msg":"(\w+)/g)].map(([, message]) => message ?? '')).toEqual(expected)
})
