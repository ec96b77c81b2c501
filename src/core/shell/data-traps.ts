import type { VariableName } from '../model/types.ts'
import type { TemplateMistake } from './placeholder.ts'
import { mistakeAt, type Program } from './shell-traps.ts'
import { canVanish, leadingText, type SimpleCommand, staticText, textBeforeValue, type Word } from './syntax.ts'

/** Options of curl and wget without an argument, which can stand in front of one that has one: `-sSd`, `-qO`. */
const FLAGS = /^-[BfgGiIjJklLMnNOpqRsSvVZ0-46#]+(?=[a-zA-Z])/

interface Choice {
  /** Options whose argument can name a file: `@/etc/passwd`. Missing where every argument can. */
  readonly option?: RegExp
  /** What can stand in front of the name of a file: nothing, `@`, or `name=@`. */
  readonly before: RegExp
  /** What a text begins with that is the name of a file; empty if it always is. */
  readonly sign: string
  readonly hint: string
}

const RAW = 'write --data-raw, which takes the text as it is, or put the text below input: and write --data-binary @-'
const HTTPIE: Choice = {
  before: /^(?:[^@=:]*(?::?=@?|@))?$/,
  sign: '@',
  hint: 'put the fields below input: as a map, which it reads as the body',
}

const CHOICES: Readonly<Record<string, readonly Choice[]>> = {
  curl: [
    { option: /^(?:-d|--data|--data-ascii|--data-binary|--json)$/, before: /^@?$/, sign: '@', hint: RAW },
    { option: /^(?:--data-urlencode|--url-query)$/, before: /^(?:[^=@]*@)?$/, sign: '@', hint: RAW },
    {
      option: /^(?:-F|--form)$/,
      before: /^(?:[^=]*=[@<]?)?$/,
      sign: '@ or <',
      hint: 'write --form-string, which takes the text as it is',
    },
    {
      option: /^(?:-H|--header|--proxy-header)$/,
      before: /^@?$/,
      sign: '@',
      hint: 'write the name of the header in front of it',
    },
    {
      option: /^(?:-K|--config|-T|--upload-file|-b|--cookie|-o|--output|-E|--cert|--key|--netrc-file|-w|--write-out)$/,
      before: /^$/,
      sign: '',
      hint: 'write the name of the file',
    },
  ],
  wget: [
    {
      option: /^(?:--post-file|--body-file|-i|--input-file|-O|--output-document)$/,
      before: /^$/,
      sign: '',
      hint: 'write --post-data, or the name of a file',
    },
  ],
  aws: [
    {
      option: /^--[a-z-]+$/,
      before: /^(?:fileb?:\/\/)?$/,
      sign: 'file://',
      hint: 'write a word of your own in front of it',
    },
  ],
  ...Object.fromEntries(['http', 'https', 'httpie', 'xh', 'xhs'].map((name) => [name, [HTTPIE]])),
}

/**
 * Where a foreign text is data, and still means something else than itself: a text that begins with `@` is a file to curl,
 * one with a quote breaks a JSON text around it. Each is a warning: the text may be harmless, as the user may know.
 */
export function dataTraps(
  { words, inputs }: Pick<SimpleCommand, 'words' | 'inputs'>,
  program: Program,
  isBash: boolean,
): TemplateMistake[] {
  const found = inputs.filter((input) => isInJson(input)).map(jsonMistake)
  const [format] = program.name === 'printf' ? program.arguments : []
  for (const [index, word] of words.entries()) {
    if (word.values.length === 0) continue
    const text = `{${word.values[0]}}`
    const file = fileChoice(word, words[index - 1], program.name)
    if (file) {
      const isNamed = file.sign === '' || /[@<]$|:\/\/$/.test(leadingText(word))
      const when = isNamed ? '' : ` where it begins with ${file.sign}`
      found.push(mistakeAt(word, `${program.name} would take ${text} for a file${when}`, file.hint))
    } else if (isInJson(word, format)) found.push(jsonMistake(word))
    else if (program.name === 'echo' && !isBash && found.length === 0)
      found.push(
        mistakeAt(word, `some shells' echo changes backslashes in ${text}`, `write printf '%s\\n' in place of echo`),
      )
  }
  return found
}

/** curl's options that fail for an answer such as 404, or by which a script sees it. */
const SEES_STATUS =
  /^(?:-[a-zA-Z#]*f[a-zA-Z]*|--fail.*|-[a-zA-Z]*w|--write-out.*|-[a-zA-Z]*K.*|--config.*|-[a-zA-Z]*i|--include)$/
const IGNORES_DOTS = /^(?:-[a-zA-Z]*i[a-zA-Z]*|-bs)$/

/**
 * Programs whose success means less than it seems: curl ends with 0 although the server has refused the message, sendmail
 * drops what follows a line with a lone dot. `isPiped`: something else judges what the program prints.
 */
export function programWarnings(
  words: readonly Word[],
  program: Program,
  { isPiped }: { readonly isPiped: boolean },
): TemplateMistake[] {
  const [word] = words.slice(words.length - program.arguments.length - 1)
  if (word === undefined) return []
  const texts = program.arguments.map(staticText)
  const isOneOf = (options: RegExp) => texts.some((text) => text !== null && options.test(text))
  if (program.name === 'curl' && !isPiped && !program.arguments.some(canVanish) && !isOneOf(SEES_STATUS)) {
    return [
      mistakeAt(word, 'without --fail, curl takes an error of the server for success', 'write curl --fail, or -f'),
    ]
  }
  if (program.name === 'sendmail' && !isOneOf(IGNORES_DOTS)) {
    return [mistakeAt(word, 'without -i, sendmail ends the mail at a line that is a lone dot', 'write sendmail -i')]
  }
  return []
}

function fileChoice(word: Word, before: Word | undefined, program: string): Choice | null {
  const start = textBeforeValue(word)
  if (start === null) return null
  const option = (before ? staticText(before) : null)?.replace(FLAGS, '-') ?? ''
  // `-d{last_output}`, `--data={last_output}`
  const [, long, longRest, short, shortRest] =
    /^(--[a-z-]+)=(.*)$|^(-[a-zA-Z])(.*)$/s.exec(start.replace(FLAGS, '-')) ?? []
  for (const choice of CHOICES[program] ?? []) {
    if (choice.option?.test(option) ?? true) return choice.before.test(start) ? choice : null
    if (choice.option?.test(long ?? short ?? '') && choice.before.test(longRest ?? shortRest ?? '')) return choice
  }
  return null
}

/** `format`: that of the printf which has it as an argument. */
function isInJson(word: Word, format?: Word): boolean {
  if (word.values.length === 0) return false
  return (
    endsInJson(leadingText(word)) || (format !== undefined && endsInJson(leadingText(format).split('%', 1)[0] ?? ''))
  )
}

function jsonMistake(word: Word): TemplateMistake {
  const { message, hint } = brokenJson(word.values[0] as VariableName)
  return mistakeAt(word, message, hint)
}

/** What to say of a variable in JSON that is written by hand. */
export function brokenJson(variable: VariableName): Pick<TemplateMistake, 'message' | 'hint'> {
  return {
    message: `{${variable}} breaks the JSON around it where it holds a quote or a line break`,
    hint: `write it as a map below input:, as in input: {text: "{${variable}}"}, and let the program read that: curl --json @-`,
  }
}

/** Whether what follows this text is in JSON that is written by hand: after `{"text": "`, or after `{"text":`. */
export function endsInJson(start: string): boolean {
  return /[{,[]\s*"[^"]*"\s*:\s*(?:"[^"]*)?$|^\s*\[\s*"[^"]*$/.test(start)
}
