import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { VARIABLE_NAMES } from '../model/types.ts'
import { readPlaceholders } from './placeholder.ts'

/** The text with variables as `<name>`. */
function shown(source: string): string {
  const { text, placeholders, mistakes } = readPlaceholders(source)
  expect(mistakes).toEqual([])
  let result = ''
  let position = 0
  for (const { variable, offset, length } of placeholders) {
    result += `${text.slice(position, offset)}<${variable}>`
    position = offset + length
  }
  return result + text.slice(position)
}

test.each([
  { name: 'a variable', source: 'a {monitor_name} b', expected: 'a <monitor_name> b' },
  { name: 'two in a row', source: '{kind}{status}', expected: '<kind><status>' },
  { name: 'doubled braces', source: '{{kind}}', expected: '{kind}' },
  { name: 'a variable in doubled braces', source: '{{{monitor_name}}}', expected: '{<monitor_name>}' },
  { name: 'nested JSON', source: '{"a":{"b":"{last_output}"}}', expected: '{"a":{"b":"<last_output>"}}' },
  { name: 'JSON after doubled braces', source: '{{}} {"a":{"b":1}}', expected: '{} {"a":{"b":1}}' },
  {
    name: 'JSON in doubled braces, as in Python',
    source: '{{"a": {{"b": "{kind}"}}}}',
    expected: '{"a": {"b": "<kind>"}}',
  },
  { name: 'an awk program', source: "awk '{print $1}'", expected: "awk '{print $1}'" },
  { name: 'an awk array', source: '{tags[$1]++}', expected: '{tags[$1]++}' },
  { name: 'a jq object', source: '{status: .status, url:$u}', expected: '{status: .status, url:$u}' },
  { name: 'a brace expansion', source: '{a,b}', expected: '{a,b}' },
  {
    name: 'ordinary words',
    source: '{print} {name} {find} {x} {message} {state}',
    expected: '{print} {name} {find} {x} {message} {state}',
  },
  { name: 'a shell group', source: '{ url; }', expected: '{ url; }' },
  { name: 'a parameter of the shell', source: '$' + '{monitor_name}', expected: '$' + '{monitor_name}' },
  { name: 'a field of minitor-go', source: '{{.MonitorName}} {{ .IsUp }}', expected: '<monitor_name> <is_up>' },
  {
    name: 'its other fields',
    source: '{{.AlertCount}}{{.FailureCount}}{{.LastCheckOutput}}{{.LastSuccess}}',
    expected: '<alert_count><failure_count><last_output><last_success>',
  },
  { name: 'an escaped Go field', source: '{{{{.Names}}}}', expected: '{{.Names}}' },
  { name: 'open braces', source: '{ {kind', expected: '{ {kind' },
  { name: 'nothing', source: '', expected: '' },
])('reads $name', ({ source, expected }) => {
  expect(shown(source)).toBe(expected)
})

test.each([
  { source: '{Last_Output}', hint: 'did you mean {last_output}?' },
  { source: '{lastOutput}', hint: 'did you mean {last_output}?' },
  { source: '{last-output}', hint: 'did you mean {last_output}?' },
  { source: '{last_outptu}', hint: 'did you mean {last_output}?' },
  { source: '{URL}', hint: 'did you mean {url}?' },
  { source: '{statuss}', hint: 'did you mean {status}?' },
  { source: '{ monitor_name }', hint: 'write {monitor_name}: values are not formatted' },
  { source: '{failure_count.__class__}', hint: 'write {failure_count}: values are not formatted' },
  { source: '{failure_count!r}', hint: 'write {failure_count}: values are not formatted' },
  { source: '{failure_count:>3}', hint: 'write {failure_count}: values are not formatted' },
  { source: '{kind.upper}', hint: 'write {kind}: values are not formatted' },
  { source: '{last_output[0]}', hint: 'write {last_output}: values are not formatted' },
  { source: '{{.MonitorNam}}', hint: 'did you mean {{.MonitorName}}?' },
  { source: '{{.Names}}', hint: 'for these very braces write {{{{.Names}}}}' },
  { source: '{{if .IsUp}}', hint: 'decide in the shell' },
])('F5: refuses $source', ({ source, hint }) => {
  const { mistakes } = readPlaceholders(`é{{ ${source} }}`)
  expect(mistakes).toHaveLength(1)
  expect(mistakes[0]).toMatchObject({ offset: 4, length: source.length, hint: expect.stringContaining(hint) })
})

test('offsets lead back to the text as it was written', () => {
  const pieces = fc.array(
    fc.constantFrom('{{', '}}', '{kind}', 'x', '{', '}', '"', '😀', ...VARIABLE_NAMES.map((name) => `{${name}}`)),
  )
  fc.assert(
    fc.property(pieces, (parts) => {
      const source = parts.join('')
      const { text, placeholders, sourceOffset } = readPlaceholders(source)
      for (const { offset, length, sourceOffset: written } of placeholders) {
        expect(source.slice(written, written + length)).toBe(text.slice(offset, offset + length))
        expect(sourceOffset(offset)).toBe(written)
      }
      expect(sourceOffset(text.length)).toBe(source.length)
    }),
  )
})
