import { nearest } from '../../core/text/nearest.ts'

/** Where the values come from. `readFile` gives a file's text, or why it cannot be read. */
export interface Surroundings {
  readonly environment: Readonly<Record<string, string | undefined>>
  readFile(path: string): { readonly text: string } | { readonly trouble: string }
}

export interface Interpolated {
  readonly text: string
  /** Values that were taken from the environment or a file. */
  readonly taken: readonly string[]
  readonly problems: readonly InterpolationProblem[]
}

export interface InterpolationProblem {
  /** The reference as written. */
  readonly reference: string
  readonly message: string
  readonly hint: string
}

const REFERENCE = /\$\$|\$\{(?:file:([^}]*)|([A-Za-z_]\w*)(?::-([^}]*))?)\}/g

/**
 * Replaces `${NAME}`, `${NAME:-default}` (also where the variable is empty), `${file:/path}` and `$$`; any other dollar
 * stays. `insert` gives what to write for a value that was taken. What is inserted is not looked at again.
 */
export function interpolate(
  text: string,
  surroundings: Surroundings,
  insert: (value: string) => string = (value) => value,
): Interpolated {
  const taken: string[] = []
  const problems: InterpolationProblem[] = []
  const take = (value: string) => {
    taken.push(value)
    return insert(value)
  }
  const replaced = text.replace(REFERENCE, (reference: string, path?: string, name?: string, fallback?: string) => {
    if (path !== undefined) {
      const file = surroundings.readFile(path)
      if ('text' in file) return take(file.text.replace(/\r?\n$/, ''))
      problems.push({ reference, message: `cannot read ${path}: ${file.trouble}`, hint: LITERAL_HINT })
    } else if (name !== undefined) {
      const value = surroundings.environment[name]
      if (value !== undefined && (value !== '' || fallback === undefined)) return take(value)
      if (fallback !== undefined) return fallback
      problems.push({ reference, ...missing(name, surroundings.environment) })
    }
    return '$'
  })
  return { text: replaced, taken, problems }
}

const LITERAL_HINT = 'to keep the text as it is, write the dollar twice: $${…}'

function missing(name: string, environment: Surroundings['environment']): { message: string; hint: string } {
  const near = nearest(name, Object.keys(environment))
  const meant = near === null ? '' : `did you mean \${${near}}? `
  return {
    message: `the environment variable ${name} is not set`,
    hint: `${meant}Set it, or give a default: \${${name}:-…}; for the text itself write $\${${name}}`,
  }
}

/** The names of the variables that a shell script refers to as `$NAME` or `${NAME…}`; a name too many does no harm. Pure. */
export function shellVariables(script: string): readonly string[] {
  return [...script.matchAll(/\$\{?([A-Za-z_]\w*)/g)].map(([, name = '']) => name)
}
