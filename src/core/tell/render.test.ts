import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { VARIABLE_NAMES } from '../model/types.ts'
import { compileList } from '../shell/template.ts'
import { cleanValue } from '../text/cut.ts'
import { renderCommand, type VariableValues, variableEnvironment } from './render.ts'

function valuesOf(value: (name: string) => string): VariableValues {
  return Object.fromEntries(VARIABLE_NAMES.map((name) => [name, value(name)])) as VariableValues
}

function render(list: readonly string[], value: string): readonly string[] {
  const compiled = compileList(list)
  if (!compiled.ok) throw new Error('refused')
  return renderCommand(
    compiled.template,
    valuesOf(() => value),
  )
}

test.each([
  { name: 'F3: a value that looks like a variable', value: '{monitor_name} {{x}} $HOME' },
  { name: 'F4: a value that begins with a dash', value: '-rf --output=x' },
  { name: 'F5: a value that looks like a Python format', value: '{failure_count.__class__}' },
  { name: 'an empty value', value: '' },
  { name: 'quotes and lines', value: '\'"`\n\\' },
])('$name stays one argument, as it is', ({ value }) => {
  expect(render(['mail', '{last_output}', 'a {last_output}!'], value)).toEqual(['mail', value, `a ${value}!`])
})

test('every variable is an environment variable', () => {
  const environment = variableEnvironment(valuesOf((name) => `${name}\0`))
  expect(environment.MINITOR_MONITOR_NAME).toBe('monitor_name')
  expect(environment.MINITOR_LAST_OUTPUT).toBe('last_output')
  expect(Object.keys(environment)).toHaveLength(VARIABLE_NAMES.length)
})

test.each([
  { name: 'NUL is removed', text: 'a\0b\0', expected: 'ab' },
  { name: 'halves of surrogate pairs are replaced', text: 'a\ud800b\udc00', expected: 'a\ufffdb\ufffd' },
  { name: '16 KiB are kept', text: 'x'.repeat(16384), expected: 'x'.repeat(16384) },
  { name: 'more is cut', text: 'x'.repeat(16385), expected: 'x'.repeat(16384) },
  { name: 'not inside a character of two bytes', text: `x${'é'.repeat(9000)}`, expected: `x${'é'.repeat(8191)}` },
  { name: 'not inside one of three', text: '€'.repeat(9000), expected: '€'.repeat(5461) },
  { name: 'not inside one of four', text: `x${'😀'.repeat(9000)}`, expected: `x${'😀'.repeat(4095)}` },
  { name: 'NUL does not count', text: `${'\0'.repeat(20000)}x`, expected: 'x' },
])('a clean value: $name', ({ text, expected }) => {
  expect(cleanValue(text)).toBe(expected)
})

test('a clean value stays as it is, and fits', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 20000, size: 'max' }), (text) => {
      const cleaned = cleanValue(text)
      expect(cleanValue(cleaned)).toBe(cleaned)
      expect(Buffer.byteLength(cleaned)).toBeLessThanOrEqual(16384)
    }),
    { numRuns: 30 },
  )
})
