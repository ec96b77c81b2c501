/** A mistake in a template, for people. `offset` and `length` count UTF-16 units of the string it is in. */
export interface TemplateMistake {
  readonly message: string
  /** What to write instead. */
  readonly hint: string
  readonly offset: number
  readonly length: number
}
