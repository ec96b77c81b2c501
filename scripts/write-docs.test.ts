import { expect, test } from 'bun:test'
import { z } from 'zod'
import { fieldDocs } from '../src/config/schema/field.ts'
import { configSchema } from '../src/config/schema/schema.ts'
import { VARIABLE_NAMES } from '../src/core/model/types.ts'
import { configOf } from '../test/support/load-text.ts'
import { readTemplate, renderAll, renderReference, TABLES } from './write-docs.ts'

const template = await readTemplate()

test.each(Object.entries(await renderAll()))('%s is up to date; `npm run docs` writes it', async (path, text) => {
  expect(await Bun.file(new URL(`../${path}`, import.meta.url)).text()).toBe(text)
})

test.each([
  { name: 'an unknown mark', text: `${template}<!-- table: flock -->\n`, message: 'table: flock' },
  { name: 'a mark that stands twice', text: `${template}<!-- table: web -->\n`, message: 'table: web' },
  { name: 'a missing mark', text: template.replace('<!-- table: web -->\n', ''), message: 'for the tables: web' },
])('$name is refused', ({ text, message }) => {
  expect(() => renderReference(text)).toThrow(message)
})

test('every key of the schema is in a table', () => {
  const shown = new Set<unknown>(Object.values(TABLES).flatMap((shape) => Object.values(shape)))
  const missing: string[] = []
  // The JSON Schema visits every part of the schema.
  z.toJSONSchema(configSchema, {
    io: 'input',
    override: ({ zodSchema }) => {
      const doc = zodSchema instanceof z.ZodType ? fieldDocs.get(zodSchema) : undefined
      if (doc !== undefined && !shown.has(zodSchema)) missing.push(doc.meaning)
    },
  })
  expect(missing).toEqual([])
})

test('every variable has its line, in order', () => {
  const named = [...renderReference(template).matchAll(/^\| `\{(\w+)\}` \| /gm)].map(([, name]) => name)
  expect(named).toEqual([...VARIABLE_NAMES])
})

test('the examples are configurations', () => {
  const examples = [...template.matchAll(/```yaml\n(.*?)```/gs)].map(([, text = '']) => text)
  expect(examples.length).toBeGreaterThan(0)
  for (const example of examples) configOf(example)
})
