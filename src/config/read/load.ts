import { dirname, resolve } from 'node:path'
import type { Config } from '../../core/model/config.ts'
import { createMask } from '../../core/text/mask.ts'
import type { MappingNode, Node } from '../yaml/node.ts'
import { failure, readSource, readUpTo } from '../yaml/read-source.ts'
import { type Finding, type Mistake, mistakeOfFile, type Source, toMistakes } from '../yaml/source.ts'
import { parseTree } from '../yaml/tree.ts'
import { exposureOf } from './exposure.ts'
import { describe, secretLines } from './issue.ts'
import { complain, type Loading } from './loading.ts'
import { readConfig } from './read-config.ts'
import { configFiles } from './watch-files.ts'

export type Loaded =
  /** `warnings`: what is accepted, and yet may not be what was meant. */
  | { readonly ok: true; readonly config: Config; readonly warnings: readonly Mistake[] }
  | { readonly ok: false; readonly mistakes: readonly Mistake[] }

export interface ConfigLocation {
  /** A file, or a directory of `*.yml` and `*.yaml` files. */
  readonly path: string
  /** Values for `${NAME}`. */
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Whether a heartbeat without `web` is a mistake, as nobody could ping it. */
  readonly mustBePingable?: boolean
  /** Whether warnings include advice on what is most likely not meant. */
  readonly hasAdvice?: boolean
  /** Whether a pipe that a shell has opened is waited for: a running daemon has other things to do. */
  readonly mayWait?: boolean
}

/** Reads a configuration and checks all of it. Never throws for a mistake of the user: they are all in `mistakes`. */
export function loadConfig(location: ConfigLocation): Loaded {
  const { loading, files, roots, isWhole, mistakes, warnings } = readFiles(location)
  // Without one of the files, half of the names would seem to be undefined.
  const config = isWhole ? readConfig(loading, roots) : null
  const mask = createMask([...loading.secrets])
  const hidden = secretLines(roots)
  const mistakesOf = (findings: readonly Finding[]) =>
    toMistakes(findings, files).map((one) => ({
      ...one,
      message: mask(one.message),
      hint: one.hint && mask(one.hint),
      excerpt: hidden.has(`${one.file}:${one.line}`) ? '' : one.excerpt,
    }))
  if (config !== null && mistakes.length === 0) {
    return { ok: true, config, warnings: [...warnings, ...mistakesOf(loading.warnings)] }
  }
  return { ok: false, mistakes: [...mistakes, ...mistakesOf(loading.findings)] }
}

export interface ReadFiles extends Roots {
  readonly loading: Loading
  readonly files: readonly string[]
  /** Of the files as such. */
  readonly warnings: readonly Mistake[]
}

/** Reads the files of a configuration as YAML. */
export function readFiles(location: ConfigLocation): ReadFiles {
  const { path, environment, mustBePingable = false, hasAdvice = false, mayWait = true } = location
  const listed = listFiles(path)
  const files = 'message' in listed ? [] : listed
  const directory = resolve(dirname(files[0] ?? path))
  const loading: Loading = {
    directory,
    surroundings: { environment, readFile: (name) => readSecretFile(resolve(directory, name), mayWait) },
    mustBePingable,
    hasAdvice,
    subject: '',
    findings: [],
    warnings: [],
    secrets: new Set(),
    references: [],
  }
  if ('message' in listed) return { loading, files, roots: [], isWhole: false, mistakes: [listed], warnings: [] }
  const { mistakes, ...read } = readRoots(loading, files, mayWait)
  const exposure = exposureOf(path, files)
  return { loading, files, ...read, mistakes: [...exposure.mistakes, ...mistakes], warnings: exposure.warnings }
}

function listFiles(path: string): readonly string[] | Mistake {
  try {
    const files = configFiles(path)
    if (files.length > 0) return files
    const hint = /\.ya?ml$/.test(path) ? NOT_MOUNTED : null
    return mistakeOfFile(path, 'there is no *.yml or *.yaml file in this directory', hint)
  } catch (error) {
    return mistakeOfFile(path, `cannot read ${path}: ${failure(error)}`, FIND_ONE)
  }
}

const FIND_ONE =
  'name one with --config, mount one at /etc/minitor/config.yml in a container, or create one to start from: minitor init'
const NOT_MOUNTED = 'Docker makes a directory when the file to mount is missing: is its path on the host right?'

interface Roots {
  readonly roots: readonly MappingNode[]
  /** False when a file cannot be read, or is not the YAML of a configuration. */
  readonly isWhole: boolean
  /** Of the files as such. */
  readonly mistakes: readonly Mistake[]
}

function readRoots(loading: Loading, files: readonly string[], mayWait: boolean): Roots {
  const mistakes: Mistake[] = []
  const roots: MappingNode[] = []
  let isWhole = true
  for (const file of files) {
    const source = readSource(file, mayWait)
    if ('message' in source) mistakes.push(source)
    else {
      const { root, isYaml, findings } = parseTree(source)
      loading.findings.push(...findings)
      if (root?.kind === 'mapping') roots.push(root)
      else if (isYaml && (files.length === 1 || root !== null)) complainOfRoot(loading, source, root)
      if (!isYaml || (root !== null && root.kind !== 'mapping')) isWhole = false
    }
  }
  return { roots, isWhole: isWhole && mistakes.length === 0 && roots.length > 0, mistakes }
}

const BEGINNING = 'begin with "monitors:" and a list of them below'

function complainOfRoot(loading: Loading, source: Source, root: Node | null): void {
  const isEmpty = root === null || (root.kind === 'scalar' && root.value === null)
  const message = isEmpty ? 'the configuration is empty' : `a configuration must be a map, not ${describe(root)}`
  complain(loading, root ?? { source, start: 0, end: 1 }, message, BEGINNING)
}

/** `${file:…}` is for passwords and the like, not for documents. */
const SECRET_LIMIT_BYTES = 64 * 1024

function readSecretFile(file: string, mayWait: boolean): { readonly text: string } | { readonly trouble: string } {
  try {
    const bytes = readUpTo(file, SECRET_LIMIT_BYTES + 1, mayWait)
    if (bytes.length > SECRET_LIMIT_BYTES) return { trouble: 'it is larger than 64 KiB' }
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) }
  } catch (error) {
    return { trouble: error instanceof TypeError ? 'it is not UTF-8 text' : failure(error) }
  }
}
