import { type ArgumentTemplate, VARIABLE_NAMES, type VariableName } from '../model/types.ts'
import { nearest } from '../text/nearest.ts'

/** A mistake in a template, for people; `offset` and `length` count UTF-16 units of it. */
export interface TemplateMistake {
  readonly message: string
  /** What to write instead. */
  readonly hint: string
  readonly offset: number
  readonly length: number
}

/** A `{name}` in a text. Offsets count UTF-16 units: `offset` in the read text, `sourceOffset` in the written one. */
export interface Placeholder {
  readonly variable: VariableName
  readonly offset: number
  readonly length: number
  readonly sourceOffset: number
}

/** A text whose doubled braces are single again; placeholders still stand in it as they were written. */
export interface PlaceholderText {
  readonly text: string
  readonly placeholders: readonly Placeholder[]
  readonly mistakes: readonly TemplateMistake[]
  /** The offset in the written text of the unit at this offset of `text`. */
  sourceOffset(offset: number): number
}

/** How minitor-go spells variables: `{{.MonitorName}}`. */
const GO_NAMES: ReadonlyMap<string, VariableName> = new Map([
  ['MonitorName', 'monitor_name'],
  ['AlertCount', 'alert_count'],
  ['FailureCount', 'failure_count'],
  ['LastCheckOutput', 'last_output'],
  ['LastSuccess', 'last_success'],
  ['IsUp', 'is_up'],
])

/** Variables whose values are numbers, times, fixed words or ids of Minitor's own making: no shell can read code in them. */
const OWN: ReadonlySet<VariableName> = new Set<VariableName>([
  'alert_count',
  'failure_count',
  'attempt',
  'is_up',
  'kind',
  'status',
  'exit_code',
  'incident_id',
  'notification_id',
  'started_at',
  'last_success',
  'downtime',
  'delayed',
])

const NAMES: ReadonlySet<string> = new Set(VARIABLE_NAMES)
const LONG_NAMES = VARIABLE_NAMES.filter((name) => name.includes('_'))

const GO_FIELD = /\{\{\s*\.([A-Za-z][\w.]*)\s*\}\}/y
const GO_ACTION = /\{\{-?\s*(?:(?:if|else|end|range|with)\b|\.|[A-Za-z]\w*\s+\.)[^{}\n]*\}\}/y
const BRACED = /\{([^{}\n]{1,80})\}/y

/**
 * Finds the variables of a template. `{{` is a literal brace, `}}` only where it closes one, so that nested JSON stays as
 * it is; `${name}` is the shell's own; braces around anything that is not nearly a variable are text.
 */
export function readPlaceholders(source: string): PlaceholderText {
  const placeholders: Placeholder[] = []
  const mistakes: TemplateMistake[] = []
  // Offsets of `text` after which one more unit of the source was dropped.
  const dropped: number[] = []
  let text = ''
  let openEscapes = 0
  let position = 0

  const place = (variable: VariableName, length: number) => {
    placeholders.push({ variable, offset: text.length, length, sourceOffset: position })
    text += source.slice(position, position + length)
    position += length
  }
  const copy = (length: number) => {
    text += source.slice(position, position + length)
    position += length
  }

  while (position < source.length) {
    if (source.startsWith('{{', position)) {
      const go = isDoubledExactly(source, position) ? readGo(source, position) : null
      if (go?.variable) place(go.variable, go.length)
      else if (go?.mistake) {
        mistakes.push(go.mistake)
        copy(go.length)
      } else {
        openEscapes++
        copy(1)
        dropped.push(text.length)
        position++
      }
    } else if (openEscapes > 0 && source.startsWith('}}', position)) {
      openEscapes--
      copy(1)
      dropped.push(text.length)
      position++
    } else if (source[position] === '{' && source[position - 1] !== '$') {
      BRACED.lastIndex = position
      const body = BRACED.exec(source)?.[1]
      if (body !== undefined && isVariableName(body)) place(body, body.length + 2)
      else {
        const mistake = body === undefined ? null : nearMiss(body, position)
        if (mistake) mistakes.push(mistake)
        copy(1)
      }
    } else copy(1)
  }
  const sourceOffset = (offset: number) => offset + dropped.filter((at) => at <= offset).length
  return { text, placeholders, mistakes, sourceOffset }
}

/** The text as literal stretches and variables. */
export function templateOf({ text, placeholders }: PlaceholderText): ArgumentTemplate {
  const parts: (string | { variable: VariableName })[] = []
  let position = 0
  for (const { variable, offset, length } of placeholders) {
    if (offset > position) parts.push(text.slice(position, offset))
    parts.push({ variable })
    position = offset + length
  }
  if (position < text.length || parts.length === 0) parts.push(text.slice(position))
  return parts
}

function isDoubledExactly(source: string, position: number): boolean {
  return source[position + 2] !== '{' && source[position - 1] !== '{'
}

function readGo(
  source: string,
  position: number,
): { variable: VariableName | null; mistake: TemplateMistake | null; length: number } | null {
  GO_FIELD.lastIndex = position
  const field = GO_FIELD.exec(source)
  if (field) {
    const [written, name = ''] = field
    const variable = GO_NAMES.get(name) ?? null
    if (variable) return { variable, mistake: null, length: written.length }
    const meant = nearest(name, GO_NAMES.keys())
    const mistake = {
      message: `${written} is not a variable of Minitor`,
      hint: meant
        ? `did you mean {{.${meant}}}?`
        : `known are ${[...GO_NAMES.keys()].join(', ')}; for these very braces write {{${written}}}`,
      offset: position,
      length: written.length,
    }
    return { variable: null, mistake, length: written.length }
  }
  GO_ACTION.lastIndex = position
  const action = GO_ACTION.exec(source)?.[0]
  if (action === undefined) return null
  const mistake = {
    message: `${action} is a Go template action, which Minitor does not run`,
    hint: `decide in the shell, as in: if [ {is_up} = true ]; then …; for these very braces write {{${action}}}`,
    offset: position,
    length: action.length,
  }
  return { variable: null, mistake, length: action.length }
}

/** Names of one ordinary word, such as `status`, also appear in JSON, jq and awk: for these more is let pass. */
function nearMiss(body: string, offset: number): TemplateMistake | null {
  const [, blank = '', name = '', format = ''] = /^(\s*)([A-Za-z_][\w-]*)\s*([.!:[].*)?$/.exec(body) ?? []
  if (name === '') return null
  const at = { offset, length: body.length + 2 }
  if (isVariableName(name)) {
    if (!(name.includes('_') ? format !== '' || body !== name : blank === '' && isPythonFormat(format))) return null
    return {
      message: `{${body}} is not a variable of Minitor`,
      hint: `write {${name}}: values are not formatted`,
      ...at,
    }
  }
  if (body !== name) return null
  const meant = respelled(name) ?? mistyped(name)
  return meant ? { message: `{${body}} is not a variable of Minitor`, hint: `did you mean {${meant}}?`, ...at } : null
}

function isPythonFormat(format: string): boolean {
  return /^(?:\.[A-Za-z_]\w*|![rsa]|:.?[<>^=].*)/.test(format)
}

/** The variable that differs only in letter case and separators: `MonitorName`, `last-output`. */
function respelled(name: string): VariableName | null {
  const bare = (text: string) => text.toLowerCase().replace(/[_-]/g, '')
  return VARIABLE_NAMES.find((variable) => bare(variable) === bare(name)) ?? null
}

/** `{find}` is near `{kind}`, and ordinary: for a short word without underscore one letter is no evidence. */
function mistyped(name: string): VariableName | null {
  if (name.includes('_')) return nearest(name, LONG_NAMES)
  return name.length >= 5 ? nearest(name, VARIABLE_NAMES, 1) : null
}

export function isVariableName(name: string): name is VariableName {
  return NAMES.has(name)
}

/** Whether a value of this variable is text from elsewhere, such as a check's output or a monitor's name. */
export function isForeign(name: VariableName): boolean {
  return !OWN.has(name)
}

const FOREIGN_BY_ENVIRONMENT: ReadonlyMap<string, VariableName> = new Map(
  VARIABLE_NAMES.filter(isForeign).map((name) => [environmentName(name), name]),
)

/** The variable whose foreign text the environment variable of this name carries: `$MINITOR_LAST_OUTPUT`. */
export function foreignVariable(environmentVariable: string): VariableName | null {
  return FOREIGN_BY_ENVIRONMENT.get(environmentVariable) ?? null
}

/** The environment variable that carries it: `MINITOR_LAST_OUTPUT`. */
export function environmentName(name: VariableName): string {
  return `MINITOR_${name.toUpperCase()}`
}
