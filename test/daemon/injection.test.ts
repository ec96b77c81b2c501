import { expect, test } from 'bun:test'
import { readdirSync } from 'node:fs'
import { startDaemon } from '../support/daemon-process.ts'
import { eventually } from '../support/eventually.ts'

// What a check may print, or what stands in a monitor's name or description. Each would make a file if it ran.
const PAYLOADS = [
  '$(touch PWNED)',
  '`touch PWNED`',
  "'; touch PWNED; '",
  '"; touch PWNED; "',
  '"$(touch PWNED)"',
  "'$(touch PWNED)'",
  '\\"; touch PWNED; \\"',
  "\\'; touch PWNED; \\'",
  ') ; touch PWNED ; (',
  '$(($(touch PWNED)))',
  `\${x:-$(touch PWNED)}`,
  'x; touch PWNED\ntouch PWNED\n&& touch PWNED | touch PWNED & touch PWNED',
  '> PWNED',
  '<(touch PWNED)',
  '!!; touch PWNED #',
  `{last_output} {monitor_name} {{x}} $MINITOR_LAST_OUTPUT \${HOME}`,
  '-rf',
  '--help',
  '-n -e \\n\\t\\0101 %s%n%d %%',
  '* ? [a-z] ~ ~root {a,b} $IFS',
  'a  b\tc   d',
  '\\',
  '\\\\\\',
  'it\'s "quoted" \\ and `more`',
  'ünïcode \u{1f600} \u202e \u200b \u00a0 \u2028',
  '\x01\x02\x1b[2J\x7f',
  '\r\nSubject: x\r\n',
  'EOF\nE\n.\n',
]

// One for each place where a value can stand; each writes it to a file of its own.
const ALERTS = {
  bare: 'printf %s {last_output} >"$MINITOR_MONITOR_NAME.bare"',
  double: 'printf %s "{last_output}" >"$MINITOR_MONITOR_NAME.double"',
  single: 'printf %s \'{last_output}\' >"$MINITOR_MONITOR_NAME.single"',
  inside: `text=$(printf %s {last_output}.); printf %s "\${text%.}" >"$MINITOR_MONITOR_NAME.inside"`,
  insideDouble: `text="$(printf %s "{last_output}".)"; printf %s "\${text%.}" >"$MINITOR_MONITOR_NAME.insideDouble"`,
  backticks: `text=\`printf %s {last_output}.\`; printf %s "\${text%.}" >"$MINITOR_MONITOR_NAME.backticks"`,
  between: 'printf %s a{last_output}"b{last_output}c" >"$MINITOR_MONITOR_NAME.between"',
  here: 'cat >"$MINITOR_MONITOR_NAME.here" <<END\n{last_output}\nEND',
  described: 'printf %s {description} >"$MINITOR_MONITOR_NAME.described"',
  list: ['sh', '-c', 'printf %s "$1" >"$MINITOR_MONITOR_NAME.list"', 'sh', '{last_output}'],
  inList: ['sh', '-c', 'printf %s "$1" >"$MINITOR_MONITOR_NAME.inList"', 'sh', '<{last_output}>'],
  environment: 'printf %s "$MINITOR_LAST_OUTPUT" >"$MINITOR_MONITOR_NAME.environment"',
} as const

/** As `$( )` does, `{last_output}` leaves the line breaks at its end behind. */
function expected(payload: string): Record<keyof typeof ALERTS, string> {
  const said = payload.replace(/\n+$/, '')
  return {
    bare: said,
    double: said,
    single: said,
    inside: said,
    insideDouble: said,
    backticks: said,
    between: `a${said}b${said}c`,
    here: `${said}\n`,
    described: payload,
    list: said,
    inList: `<${said}>`,
    environment: said,
  }
}

test.concurrent('F1 to F4: whatever a check prints arrives as it is, in every place, and never runs', async () => {
  const names = Object.keys(ALERTS)
  const monitors = PAYLOADS.map((payload, index) => ({
    name: `m${index}`,
    command: ['sh', '-c', `cat m${index}.payload; exit 1`],
    description: payload,
    check_interval: '1h',
    alert_after: 1,
    alerts: names,
  }))
  const alerts = Object.fromEntries(Object.entries(ALERTS).map(([name, command]) => [name, { command }]))
  await using daemon = startDaemon({
    // JSON is YAML. A dollar is doubled where Minitor would read a variable of its environment.
    config: JSON.stringify({
      monitors: monitors.map((monitor) => ({ ...monitor, description: monitor.description.replaceAll('$', '$$$$') })),
      alerts,
    }).replaceAll('\x7f', '\\u007f'),
    files: Object.fromEntries(PAYLOADS.map((payload, index) => [`m${index}.payload`, payload])),
  })
  const isDone = () => daemon.lines.filter(({ alert }) => alert !== undefined).length >= PAYLOADS.length * names.length
  await eventually('all have told', isDone, { explain: () => daemon.rawLog().slice(-2_000) + daemon.stderr() })
  for (const [index, payload] of PAYLOADS.entries()) {
    const got = Object.fromEntries(names.map((name) => [name, daemon.read(`m${index}.${name}`)]))
    expect({ payload, ...got }).toEqual({ payload, ...expected(payload) })
  }
  expect(readdirSync(daemon.directory)).not.toContain('PWNED')
  expect(daemon.lines.filter(({ level, alert }) => alert !== undefined && level !== 'info')).toEqual([])
})

test.concurrent('F1: a monitor may have any name', async () => {
  const names = ['$(touch PWNED)', '`touch PWNED`', '\'; touch PWNED; "', '../PWNED', '-n', '{kind}', 'a\\nb "c" 😀']
  const command = "printf '%s\\n' {monitor_name} \"{alert_message}\" '{monitor_name}' >>told"
  await using daemon = startDaemon({
    config: JSON.stringify({
      defaults: { alert_after: 1, check_interval: '1h', alerts: ['tell'] },
      monitors: names.map((name) => ({ name: name.replaceAll('$', '$$$$'), command: ['false'] })),
      alerts: { tell: { command } },
    }),
  })
  const told = await eventually('all have told', () => {
    const lines = daemon.read('told').split('\n').slice(0, -1)
    return lines.length >= 3 * names.length && lines
  })
  for (const name of names) {
    expect(told.filter((line) => line === name)).toHaveLength(2)
    expect(told).toContain(`${name} check has failed 1 times`)
  }
  expect(readdirSync(daemon.directory)).not.toContain('PWNED')
})

test.concurrent('F2, A8: bytes that are no text: replaced, without NUL, and nothing else is lost', async () => {
  await using daemon = startDaemon({
    config: JSON.stringify({
      monitors: [
        { name: 'raw', command: 'cat payload; exit 1', alert_after: 1, check_interval: '1h', alerts: ['tell'] },
      ],
      alerts: { tell: { command: 'printf %s {last_output} >got; echo >>told' } },
    }),
    files: { payload: new Uint8Array([97, 0xff, 0xfe, 0, 98, 0xc3, 99, 0xf0, 0x9f, 0x98, 0x80, 100]) },
  })
  await eventually('it is told', () => daemon.read('told') !== '')
  expect(daemon.read('got')).toBe('a\ufffd\ufffdb\ufffdc\u{1f600}d')
})
