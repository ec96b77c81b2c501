import type { ArgumentTemplate, InputTemplate, JsonTemplate, VariableName } from '../model/types.ts'
import { isForeign, readPlaceholders, type TemplateMistake, templateOf } from '../shell/placeholder.ts'
import { mailText } from './mail.ts'
import type { VariableValues } from './render.ts'

/** A text of an input, with its variables found. */
export function compileText(source: string): {
  readonly template: ArgumentTemplate
  readonly mistakes: readonly TemplateMistake[]
} {
  const text = readPlaceholders(source)
  return { template: templateOf(text), mistakes: text.mistakes }
}

const HEADER = /^[!-9;-~]+:/

/** The input that a text is: a mail where it begins with headers, one of them the subject, and an empty line follows. */
export function textInput(template: ArgumentTemplate): InputTemplate {
  const lines = linesOf(template)
  const end = lines.findIndex((line) => line.length === 0)
  const headers: ArgumentTemplate[] = []
  for (const line of end === -1 ? lines : lines.slice(0, end)) {
    const start = typeof line[0] === 'string' ? line[0] : ''
    const before = headers.at(-1)
    if (HEADER.test(start)) headers.push(line)
    else if (/^[ \t]/.test(start) && before !== undefined) headers[headers.length - 1] = [...before, ...line]
    else return { kind: 'text', text: template }
  }
  if (!headers.some(([start]) => typeof start === 'string' && /^subject:/i.test(start))) {
    return { kind: 'text', text: template }
  }
  const rest = end === -1 ? [] : lines.slice(end + 1)
  return { kind: 'mail', headers, body: rest.flatMap((line, index) => (index === 0 ? line : ['\n', ...line])) }
}

function linesOf(template: ArgumentTemplate): ArgumentTemplate[] {
  const lines: (string | { readonly variable: VariableName })[][] = [[]]
  for (const part of template) {
    if (typeof part !== 'string') lines.at(-1)?.push(part)
    else {
      for (const [index, text] of part.split('\n').entries()) {
        if (index > 0) lines.push([])
        if (text !== '') lines.at(-1)?.push(text)
      }
    }
  }
  return lines
}

/** A variable of an input that holds text from elsewhere, such as a check's output; null if it has none. */
export function foreignIn(input: InputTemplate | null): VariableName | null {
  return (
    textsOf(input)
      .flat()
      .map((part) => (typeof part === 'string' ? null : part.variable))
      .find((variable) => variable !== null && isForeign(variable)) ?? null
  )
}

/** All its texts. */
export function textsOf(input: InputTemplate | null): readonly ArgumentTemplate[] {
  if (input === null) return []
  if (input.kind === 'text') return [input.text]
  return input.kind === 'mail' ? [...input.headers, input.body] : textsInJson(input.value)
}

function textsInJson(value: JsonTemplate): readonly ArgumentTemplate[] {
  if (value === null || typeof value !== 'object') return []
  if ('text' in value) return [value.text]
  return [...value.values()].flatMap(textsInJson)
}

/** What the command reads: the input with its variables filled in, whole, and without what is no text. */
export function renderInput(input: InputTemplate, values: VariableValues): string {
  const fill = (template: ArgumentTemplate) =>
    template
      .map((part) => (typeof part === 'string' ? part : values[part.variable]))
      .join('')
      .replaceAll('\0', '')
      .toWellFormed()
  switch (input.kind) {
    case 'text':
      return fill(input.text)
    case 'mail':
      return mailText(input.headers.map(fill), fill(input.body))
    case 'json':
      return `${JSON.stringify(fillJson(input.value, fill))}\n`
  }
}

function fillJson(value: JsonTemplate, fill: (template: ArgumentTemplate) => string): unknown {
  if (value === null || typeof value !== 'object') return value
  if ('text' in value) return fill(value.text)
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, inner]) => [key, fillJson(inner, fill)]))
  return [...value.values()].map((inner) => fillJson(inner, fill))
}
