import { boolCoreTag, floatCoreTag, intCoreTag, NOT_RESOLVED, nullCoreTag } from 'js-yaml'

const PLAIN_TAGS = [nullCoreTag, boolCoreTag, intCoreTag, floatCoreTag]
const FIRST_CHARACTERS = /^(?:$|[-+.\d~nNtTfF])/

/** What an unquoted scalar is in YAML 1.2's core schema: `no`, `on` and `1_000` are text, `012` is twelve. */
export function coreScalar(text: string): string | number | boolean | null {
  if (!FIRST_CHARACTERS.test(text)) return text
  for (const tag of PLAIN_TAGS) {
    const value = tag.resolve(text, false, tag.tagName)
    if (value !== NOT_RESOLVED) return value
  }
  return text
}

/** The same for a scalar with a tag of the core schema; undefined if the text does not match the tag. */
export function taggedScalar(tag: string, text: string): string | number | boolean | null | undefined {
  if (tag === '!' || tag === '!!str') return text
  const value = coreScalar(text)
  const type = value === null ? '!!null' : typeof value === 'boolean' ? '!!bool' : typeof value
  if (type === tag) return value
  return type === 'number' && (tag === '!!float' || (tag === '!!int' && Number.isInteger(value))) ? value : undefined
}
