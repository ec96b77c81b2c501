import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { nameMeant, slugsOf } from './identity.ts'

test.each([
  { names: ['My blog'], expected: ['my-blog'] },
  { names: ['https://example.org/a?b=c'], expected: ['https-example-org-a-b-c'] },
  { names: ['Büro – Drucker'], expected: ['büro-drucker'] },
  { names: ['数据库'], expected: ['数据库'] },
  { names: ['../../etc/passwd'], expected: ['etc-passwd'] },
  {
    names: ['Web', 'web', 'db'],
    expected: ['web', expect.stringMatching(/^web-\w{7}$/), 'db'],
  },
  { names: ['!!!'], expected: [expect.stringMatching(/^\w{7}$/)] },
])('$names', ({ names, expected }) => {
  expect([...slugsOf(names).values()]).toEqual([...expected])
})

test('every name has its own, and no name behind it moves it', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.string({ unit: 'binary' }), { minLength: 1 }), (names) => {
      const slugs = slugsOf(names)
      expect(new Set(slugs.values()).size).toBe(names.length)
      for (const count of names.keys()) {
        expect([...slugsOf(names.slice(0, count))]).toEqual([...slugs].slice(0, count))
      }
      for (const slug of slugs.values()) expect(slug).not.toMatch(/[\s/?#%&"'<>\p{Cc}]/u)
    }),
  )
})

const NAMES = ['Web', 'web 2', 'WEB 2', 'Caf\u00e9', 'API (v1)', 'api-v1']

test.each([
  { typed: 'Web', meant: 'Web' },
  { typed: 'web', meant: 'Web' },
  { typed: 'WEB', meant: 'Web' },
  { typed: 'Cafe\u0301', meant: 'Caf\u00e9' },
  { typed: 'CAFE\u0301', meant: 'Caf\u00e9' },
  { typed: 'caf\u00e9', meant: 'Caf\u00e9' },
  { typed: 'WEB 2', meant: 'WEB 2' },
  { typed: 'Web 2', meant: null },
  { typed: 'api-v1', meant: 'api-v1' },
  { typed: 'API-V1', meant: 'api-v1' },
  { typed: 'web-2', meant: 'web 2' },
  { typed: '', meant: null },
  { typed: 'we', meant: null },
])('"$typed" means $meant', ({ typed, meant }) => {
  expect(nameMeant(typed, NAMES)).toBe(meant)
})
