/** Markdown as a manual page, for man(1): a heading is a section, a table is a list of its first cells with what the others say. */
export interface Page {
  readonly name: string
  readonly section: number
  /** What the page belongs to, with its version. */
  readonly source: string
  readonly collection: string
  readonly markdown: string
}

export function renderPage({ name, section, source, collection, markdown }: Page): string {
  const head = `${name.toUpperCase()} ${section} "" "${source}" "${collection}"`
  const body = Bun.markdown.render(markdown, {
    heading: (text, { level }) => (level <= 2 ? `.SH ${text.toUpperCase()}\n` : `.SS ${text}\n`),
    paragraph: (text) => `.PP\n${textLines(text)}`,
    text: (text) => text.replaceAll('\\', '\\e'),
    codespan: (code) => `\\fB${codeText(code).replace(/(?<![^ ])(?=[^ ])/g, UNBROKEN)}\\fP`,
    code: (code) => `.PP\n.RS 4\n.EX\n${safeLines(codeText(code.trimEnd()))}.EE\n.RE\n`,
    emphasis: (text) => `\\fI${text}\\fP`,
    strong: (text) => `\\fB${text}\\fP`,
    link: (text, { href }) => (/^https?:/.test(href) && href !== text ? `${text} (${href})` : text),
    list: (items) => items,
    listItem: (text, { ordered, index }) => `.IP ${ordered ? `${index + 1}. 3` : '\\(bu 2'}\n${textLines(text)}`,
    thead: () => '',
    tr: (cells) => renderRow(cells.split(CELL).slice(0, -1)),
    td: (cell) => `${cell}${CELL}`,
    html: () => '',
  })
  return `.\\" Made by \`npm run docs\`; do not edit.\n.TH ${head}\n.ad l\n${body.replace(/^(\.S[HS] .*\n)\.PP\n/gm, '$1')}`
}

/** Keeps a word from being hyphenated. */
const UNBROKEN = '\\%'

const CELL = '\x1f'

/** `key | type | default | meaning`, or a name and what it means. */
function renderRow(cells: readonly string[]): string {
  const [name = '', ...rest] = cells
  const meaning = rest.at(-1) ?? ''
  const [type = '', value = ''] = rest.slice(0, -1)
  const notes =
    value === ''
      ? ''
      : /required/.test(value)
        ? `${value[0]?.toUpperCase()}${value.slice(1)}.\n`
        : `Default: ${value}.\n`
  return `.TP\n${safeLines(type === '' ? name : `${name} (${type})`)}${textLines(meaning)}${notes === '' ? '' : textLines(notes.trimEnd())}`
}

/** A sentence begins a line, as troff spaces them. */
function textLines(text: string): string {
  return safeLines(text.trim().replace(/(?<=\w\w[.!?][)"]?) (?=[A-Z`])/g, '\n'))
}

/** No line is taken for a request. */
function safeLines(text: string): string {
  return `${text.replace(/^(?=[.'])/gm, '\\&')}\n`
}

/** What may be copied stays what it is: troff would make typographic characters of these. */
function codeText(code: string): string {
  return code.replace(/[-'`^~]/g, (character) => `\\${TYPED[character]}`)
}

const TYPED: Readonly<Record<string, string>> = { '-': '-', "'": '(aq', '`': '(ga', '^': '(ha', '~': '(ti' }
