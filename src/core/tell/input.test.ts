import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { type InputTemplate, type JsonTemplate, VARIABLE_NAMES, type VariableName } from '../model/types.ts'
import { compileText, foreignIn, renderInput, textInput } from './input.ts'
import type { VariableValues } from './render.ts'

const NASTY = 'said "no"\nline 2\\ 100% $(id) `id`\n.\n@/etc/passwd\u001b[31m Küche 😀\t\n'

function valuesOf(some: Partial<Record<VariableName, string>>): VariableValues {
  const empty = Object.fromEntries(VARIABLE_NAMES.map((name) => [name, ''])) as VariableValues
  return { ...empty, ...some }
}

const template = (source: string) => compileText(source).template
const rendered = (source: string, some: Partial<Record<VariableName, string>>) =>
  renderInput(textInput(template(source)), valuesOf(some))

describe('JSON', () => {
  const json = (value: JsonTemplate, some: Partial<Record<VariableName, string>>) =>
    renderInput({ kind: 'json', value }, valuesOf(some))

  test('J15: whatever a value is, it is that string in the JSON, and nothing else changes', () => {
    const value = new Map<string, JsonTemplate>([
      ['text', { text: template('{alert_message}: {last_output}') }],
      ['list', [1, true, null, { text: template('{{literal}} {reason}') }]],
    ])
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (one, other) => {
        const clean = (text: string) => text.replaceAll('\0', '').toWellFormed()
        const text = json(value, { alert_message: one, last_output: other, reason: other })
        expect(text.split('\n')).toHaveLength(2)
        expect(JSON.parse(text)).toEqual({
          text: clean(`${one}: ${other}`),
          list: [1, true, null, clean(`{literal} ${other}`)],
        })
      }),
    )
  })

  test('a value may be as long as it likes', () => {
    const output = NASTY.repeat(10_000)
    expect(JSON.parse(json({ text: template('{last_output}') }, { last_output: output }))).toBe(output)
  })
})

describe('text', () => {
  test('is as it is written, whatever a value is', () => {
    expect(rendered('{alert_message}\n> {last_output}!', { alert_message: 'm', last_output: NASTY })).toBe(
      `m\n> ${NASTY}!`,
    )
  })

  test.each([
    '{summary}',
    'Title: {summary}',
    'Title: {summary}\n\nbody',
    'a\nSubject: b\n\nc',
    '\nSubject: a\n\nb',
    ': x\nSubject: a\n',
  ])('is no mail: %j', (source) => expect(textInput(template(source)).kind).toBe('text'))
  test.each([
    'Subject: {summary}',
    'subject: a\n\nb',
    'To: me\nSubject: a\n b\n\nc',
    'X-A: {summary}\nSubject: {reason}\n\n',
  ])('is a mail: %j', (source) => expect(textInput(template(source)).kind).toBe('mail'))
})

test.each<{ name: string; input: InputTemplate | null; variable: VariableName | null }>([
  { name: 'none', input: null, variable: null },
  { name: 'only its own words', input: { kind: 'text', text: template('{kind} {attempt}') }, variable: null },
  { name: 'in a text', input: { kind: 'text', text: template('{kind} {summary}') }, variable: 'summary' },
  { name: 'in the head of a mail', input: textInput(template('Subject: {reason}\n\nx')), variable: 'reason' },
  {
    name: 'deep in JSON',
    input: { kind: 'json', value: new Map([['a', [null, 1, { text: template('{last_output}') }]]]) },
    variable: 'last_output',
  },
])('text from elsewhere: $name', ({ input, variable }) => {
  expect(foreignIn(input)).toBe(variable)
})
