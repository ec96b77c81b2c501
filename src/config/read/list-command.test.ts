import { describe, expect, test } from 'bun:test'
import { loadFiles } from '../../../test/support/load-text.ts'

const config = (command: string) => `monitors:\n  - {name: a, command: ${command}}\n`
const read = (text: string) => {
  const loaded = loadFiles({ 'config.yml': text })
  return loaded.ok ? { errors: [], warnings: loaded.warnings } : { errors: loaded.mistakes, warnings: [] }
}

describe('a list with what only a shell understands', () => {
  test.each(['||', '&&', '>>', '2>&1', '2>/dev/null', '>/dev/null', '|&', '&>', '2>', '1>&2', '>&2', '<<<', '<<'])(
    '%j is refused',
    (item) => {
      const { errors } = read(config(`[ping, host, "${item}", x]`))
      expect(errors.map(({ message, hint, column }) => ({ message, hint, column }))).toEqual([
        {
          message: `monitor "a": "${item}" is an argument here, as the command is a list`,
          hint: 'a list is run without a shell; write the command as text',
          column: 37,
        },
      ])
    },
  )

  const redirections = [
    '>/tmp/x',
    '2>/tmp/x',
    '2>>log',
    '>>log',
    '&>log',
    '>$HOME/x',
    '</etc/hosts',
    '<<EOF',
    '<<-end',
    '<<<text',
  ]
  test.each(['|', ';', '&', '>', '<', ...redirections])('%j is a warning', (item) => {
    const { errors, warnings } = read(config(`[ping, host, "${item}", x]`))
    expect(errors).toEqual([])
    expect(warnings.map(({ message }) => message)).toEqual([
      `monitor "a": "${item}" is an argument here, as the command is a list`,
    ])
  })

  test.each([
    '[awk, -F, "|", "{print $1}", f]',
    '[find, /var, -exec, stat, "{}", ";"]',
    '[test, a, "<", b]',
    '["[", a, ">", b, "]"]',
    '[grep, -e, ";", f]',
    '[grep, "<title>", f]',
    '[grep, "</html>", f]',
    '[check, ">=5"]',
    '[check, ">5"]',
    '[check, "->x"]',
    '[check, -e, ">x"]',
    '[check, "<5"]',
    '[git, log, "--format=<%an>"]',
    '[ping, host]',
    '[/opt/my check]',
    '"ping host || reboot"',
  ])('%s is fine', (command) => {
    expect(read(config(command))).toEqual({ errors: [], warnings: [] })
  })

  test.each(['["true -x"]', '["true -x", y]'])('a program with a space in its name is a warning: %s', (command) => {
    expect(read(config(command)).warnings.map(({ message }) => message)).toEqual([
      'monitor "a": "true -x" is the name of one program here',
    ])
  })

  test.each([
    ['an alert', 'monitors: [{name: a, command: ["true"]}]\nalerts: {x: {command: [echo, x, "||", y]}}\n'],
    ['the guard', 'monitors: [{name: a, command: ["true"]}]\nguard: {command: [ping, h, "&&", y]}\n'],
    ['the watchdog', 'monitors: [{name: a, command: ["true"]}]\nwatchdog: {command: [curl, h, "2>&1"]}\n'],
    ['defaults', 'defaults: {command: [ping, h, "||", y]}\nmonitors: [{name: a}]\n'],
  ])('in %s, too', (_, text) => {
    expect(read(text).errors).toHaveLength(1)
  })
})
