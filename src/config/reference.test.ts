import { expect, test } from 'bun:test'
import { configOf } from '../../test/support/load-text.ts'
import { VARIABLE_NAMES } from '../core/model/types.ts'
import { renderReference } from './reference.ts'
import { configJsonSchema } from './schema/json-schema.ts'

test('docs/configuration.md is what the schema says; `npm run docs` writes it', async () => {
  const written = await Bun.file(new URL('../../docs/configuration.md', import.meta.url)).text()
  expect(written).toBe(renderReference())
})

test('every variable has its line', () => {
  for (const name of VARIABLE_NAMES) expect(renderReference()).toContain(`| \`{${name}}\` | `)
})

test('the examples of the reference are configurations', () => {
  const examples = [...renderReference().matchAll(/```yaml\n(.*?)```/gs)].map(([, text = '']) => text)
  expect(examples.length).toBeGreaterThan(0)
  for (const example of examples) configOf(example)
})

test('the JSON Schema names every key, with meaning and default', () => {
  const schema = configJsonSchema()
  expect(schema).toMatchObject({
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    required: ['monitors'],
    additionalProperties: false,
    patternProperties: { '^x-': {} },
    properties: {
      check_interval: { default: '30s', description: 'Default interval of every monitor.' },
      monitors: {
        type: 'array',
        minItems: 1,
        items: { required: ['name'], properties: { alert_after: { default: 4 }, alerts: { default: ['log'] } } },
      },
      alerts: { additionalProperties: { properties: { timeout: { default: '30s' } } } },
    },
  })
  expect(JSON.stringify(schema)).not.toContain('9007199254740991')
})
