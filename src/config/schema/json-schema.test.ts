import { expect, test } from 'bun:test'
import { configJsonSchema } from './json-schema.ts'

test('the JSON Schema names every key, with meaning and default', () => {
  const schema = configJsonSchema()
  expect(schema).toMatchObject({
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: 'urn:minitor:config',
    title: 'Configuration of Minitor',
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
  const names = [...JSON.stringify(schema).matchAll(/"propertyNames":(\{.*?\})/g)].map(([, text = '']) =>
    JSON.parse(text),
  )
  expect(names.length).toBeGreaterThan(1)
  for (const name of names) expect(name).toMatchObject({ type: 'string' })
})
