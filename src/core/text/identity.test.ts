import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { slugsOf } from './identity.ts'

test.each([
  { names: ['My blog'], expected: ['my-blog'] },
  { names: ['https://example.org/a?b=c'], expected: ['https-example-org-a-b-c'] },
  { names: ['Büro – Drucker'], expected: ['büro-drucker'] },
  { names: ['数据库'], expected: ['数据库'] },
  { names: ['../../etc/passwd'], expected: ['etc-passwd'] },
  {
    names: ['Web', 'web', 'db'],
    expected: [expect.stringMatching(/^web-\w{7}$/), expect.stringMatching(/^web-\w{7}$/), 'db'],
  },
  { names: ['!!!'], expected: [expect.stringMatching(/^\w{7}$/)] },
])('$names', ({ names, expected }) => {
  expect([...slugsOf(names).values()]).toEqual([...expected])
})

test('every name has its own, whatever stands before it', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.string({ unit: 'binary' }), { minLength: 1 }), (names) => {
      const slugs = slugsOf(names)
      expect(new Set(slugs.values()).size).toBe(names.length)
      expect(slugsOf(names.toReversed())).toEqual(new Map([...slugs].reverse()))
      for (const slug of slugs.values()) expect(slug).not.toMatch(/[\s/?#%&"'<>\p{Cc}]/u)
    }),
  )
})
