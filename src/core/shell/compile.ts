import type { VariableName } from '../model/types.ts'
import { readPlaceholders } from './placeholder.ts'
import { findReach } from './reach.ts'
import { readShell } from './shell-reader.ts'
import type { Place, Reference } from './syntax.ts'
import type { TemplateMistake } from './template-mistake.ts'
import { environmentName } from './variable.ts'

export type CompiledScript =
  | { readonly ok: true; readonly script: string }
  | { readonly ok: false; readonly mistakes: readonly TemplateMistake[] }

/**
 * Makes one constant script of a template: each `{name}` becomes a reference to an environment variable, quoted for the
 * place where it stands. A value so never becomes part of the script. Pure.
 */
export function compileShell(source: string): CompiledScript {
  const { text, placeholders, mistakes, sourceOffset } = readPlaceholders(source)
  if (mistakes.length > 0) return { ok: false, mistakes }
  if (placeholders.length === 0) return { ok: true, script: text }
  const syntax = readShell(text, placeholders)
  const found = 'message' in syntax ? [syntax] : findReach(syntax)
  if ('message' in syntax || found.length > 0) {
    const placed = found.map((mistake) => {
      const offset = sourceOffset(mistake.offset)
      return { ...mistake, offset, length: sourceOffset(mistake.offset + mistake.length) - offset }
    })
    return { ok: false, mistakes: placed }
  }
  return { ok: true, script: replaceReferences(text, syntax.references) }
}

function replaceReferences(text: string, references: readonly Reference[]): string {
  let script = ''
  let position = 0
  for (const { placeholder, place } of [...references].sort((a, b) => a.placeholder.offset - b.placeholder.offset)) {
    script += text.slice(position, placeholder.offset) + quote(placeholder.variable, place)
    position = placeholder.offset + placeholder.length
  }
  return script + text.slice(position)
}

function quote(variable: VariableName, place: Place): string {
  const reference = `\${${environmentName(variable)}}`
  if (place === 'bare') return `"${reference}"`
  return place === 'single' ? `'"${reference}"'` : reference
}
