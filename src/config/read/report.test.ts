import { expect, test } from 'bun:test'
import { loadFiles } from '../../../test/support/load-text.ts'
import type { Mistake } from '../yaml/source.ts'
import { renderMistakes } from './report.ts'

function reportOf(text: string): string {
  const loaded = loadFiles({ 'config.yml': text })
  return loaded.ok ? '' : renderMistakes(loaded.mistakes)
}

const MISTAKE: Mistake = {
  file: 'config.yml',
  line: 7,
  column: 3,
  message: 'm',
  hint: null,
  excerpt: 'a: b',
  caretLength: 1,
}

test('an alert that is not defined', () => {
  const text = `alerts:
  log_down: {command: [echo]}
  log_up: {command: [echo]}
monitors:
  - name: website
    command: [curl]
    alert_down: [log_donw]
`
  expect(reportOf(text)).toBe(`error: monitor "website": alert_down names an alert that is not defined: "log_donw"
 --> config.yml:7:18
  |
7 |     alert_down: [log_donw]
  |                  ^^^^^^^^
  = help: did you mean "log_down"? Defined alerts: log, log_down, log_up
`)
})

test('mistakes stand apart, and the gutter is as wide as the line number', () => {
  const text = `${'#\n'.repeat(8)}databse: 1\nmonitors: {}\n`
  expect(reportOf(text)).toBe(`error: the key "databse" is not known
 --> config.yml:9:1
  |
9 | databse: 1
  | ^^^^^^^
  = help: did you mean "database"?

error: monitors must be a list, not a map
  --> config.yml:10:11
   |
10 | monitors: {}
   |           ^
   = help: begin each monitor with "- name: …"
`)
})

test('a file as a whole has no line to show', () => {
  expect(renderMistakes([{ ...MISTAKE, line: 1, column: 1, excerpt: '' }])).toBe('error: m\n --> config.yml:1:1\n')
})

test.each([
  { name: 'tabs', excerpt: 'a:\tb c', column: 4, caretLength: 1, line: 'a:  b c', carets: '    ^' },
  { name: 'wide characters', excerpt: '監視: x', column: 5, caretLength: 1, line: '監視: x', carets: '      ^' },
  { name: 'marked wide characters', excerpt: 'a: 監視', column: 4, caretLength: 2, line: 'a: 監視', carets: '   ^^^^' },
  {
    name: 'control characters',
    excerpt: 'a: \u001b[2Jx',
    column: 4,
    caretLength: 1,
    line: 'a: \\x1b[2Jx',
    carets: '   ^^^^',
  },
  { name: 'the end of the line', excerpt: 'a: [', column: 5, caretLength: 1, line: 'a: [', carets: '    ^' },
])('the caret stands below the mistake despite $name', ({ excerpt, column, caretLength, line, carets }) => {
  const report = renderMistakes([{ ...MISTAKE, excerpt, column, caretLength }])
  expect(report.split('\n').slice(3, 5)).toEqual([`7 | ${line}`, `  | ${carets}`])
})

test('of a long line the part around the mistake is shown', () => {
  const excerpt = `${'x'.repeat(5000)}HERE${'y'.repeat(5000)}`
  const [, , , line = '', carets = ''] = renderMistakes([{ ...MISTAKE, excerpt, column: 5001, caretLength: 4 }]).split(
    '\n',
  )
  expect(line.length).toBeLessThan(140)
  expect(line.slice(carets.indexOf('^'), carets.lastIndexOf('^') + 1)).toBe('HERE')
})
