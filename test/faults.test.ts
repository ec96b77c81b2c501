import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const ROOT = join(import.meta.dir, '..')

interface Fault {
  readonly id: string
  readonly file: string
  readonly proof: string
}

const ROW = /^\| (?<id>[A-Z]\d+) \| [^|]+ \| [^|]+ \| `(?<file>[^`]+)`: (?<proof>.+) \|$/gm

/** The lines of docs/faults.md, each with the test that it names. */
const faults: readonly Fault[] = [...readFileSync(join(ROOT, 'docs/faults.md'), 'utf8').matchAll(ROW)].map(
  ({ groups: { id = '', file = '', proof = '' } = {} }) => ({ id, file, proof }),
)

/** One number, several with commas or colons between them, or a range with `to`. */
const IDS = /[A-Z]\d{1,2}(?:(?:, |: | to )[A-Z]\d{1,2})*/
const NAME = new RegExp(`(['"\`])(${IDS.source}): (.+?)\\1(?=[,)\\s])|\\((${IDS.source})\\)'`, 'g')

function idsOf(text: string): readonly string[] {
  const [first = '', last] = text.split(' to ')
  if (last === undefined) return text.split(/, |: /)
  const count = Number(last.slice(1)) - Number(first.slice(1)) + 1
  return Array.from({ length: count }, (_, index) => `${first[0]}${Number(first.slice(1)) + index}`)
}

interface Named {
  readonly file: string
  readonly ids: readonly string[]
  /** What follows the numbers. */
  readonly rest: string
}

/** Names of tests that have the numbers of faults in them, as the source writes them; `…` is what a row fills in. */
const tests: readonly Named[] = [...new Bun.Glob('{src,test}/**/*.test.{ts,tsx}').scanSync(ROOT)].flatMap((file) =>
  [...readFileSync(join(ROOT, file), 'utf8').matchAll(NAME)].map(([, , ids, rest = '', idsAtEnd]) => ({
    file,
    ids: idsOf(ids ?? idsAtEnd ?? ''),
    rest: rest.replaceAll(/\$\{[^}]*\}|\$\w+|%[a-z]\b/g, '…'),
  })),
)

test('the catalogue of faults has one line for each, in order, with a test', () => {
  const ids = faults.map(({ id }) => id)
  const lines = readFileSync(join(ROOT, 'docs/faults.md'), 'utf8').match(/^\| [A-Z]\d+ /gm) ?? []
  expect(lines.map((line) => line.slice(2, -1))).toEqual(ids)
  const place = (id: string) => id.charCodeAt(0) * 100 + Number(id.slice(1))
  expect(ids).toEqual([...new Set(ids)].toSorted((a, b) => place(a) - place(b)))
})

test('every fault has a test with its number', () => {
  const tested = new Set(tests.flatMap(({ ids }) => ids))
  expect(faults.map(({ id }) => id).filter((id) => !tested.has(id))).toEqual([])
})

test('every number of a test is in the catalogue', () => {
  const known = new Set(faults.map(({ id }) => id))
  const strange = tests.flatMap(({ file, ids }) => ids.filter((id) => !known.has(id)).map((id) => `${id} in ${file}`))
  expect(strange).toEqual([])
})

test('the test that the catalogue names is there, under that number', () => {
  const wrong = faults.flatMap(({ id, file, proof }) => {
    const there = tests.filter((one) => one.file === file && one.ids.includes(id)).map(({ rest }) => rest)
    return there.includes(proof) ? [] : [`${id} in ${file} is not "${proof}" but one of: ${there.join(' | ')}`]
  })
  expect(wrong).toEqual([])
})
