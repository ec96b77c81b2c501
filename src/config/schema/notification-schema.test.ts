import { expect, test } from 'bun:test'
import { VARIABLE_NAMES } from '../../core/model/types.ts'
import { notificationJsonSchema, notificationSchema } from './notification-schema.ts'

interface Described {
  readonly description?: string
}

test('every field is described, also in each part of a digest', () => {
  const { properties, required } = notificationJsonSchema() as {
    properties: Record<string, Described & { items?: { properties: Record<string, Described> } }>
    required: string[]
  }
  const names = VARIABLE_NAMES.map((name) => (name === 'delayed' ? 'delayed_ms' : name))
  expect(required).toEqual(names)
  expect(Object.keys(properties)).toEqual([...names, 'places', 'notifications'])
  expect(Object.keys(properties.notifications?.items?.properties ?? {})).toEqual([...names, 'places'])
  const all = [...Object.values(properties), ...Object.values(properties.notifications?.items?.properties ?? {})]
  expect(all.filter(({ description = '' }) => description === '')).toEqual([])
  expect(new Set(Object.values(properties).map(({ description }) => description)).size).toBe(names.length + 2)
})

test('the example of the documents is one', async () => {
  const document = await Bun.file(new URL('../../../docs/notifications.md', import.meta.url)).text()
  const [, example = ''] = /```json\n(.*?)```/s.exec(document) ?? []
  const parsed = notificationSchema.strict().parse(JSON.parse(example))
  expect(Object.keys(parsed)).toEqual((notificationJsonSchema() as { required: string[] }).required)
})
