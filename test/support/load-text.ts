import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Loaded, loadConfig } from '../../src/config/read/load.ts'
import type { Config } from '../../src/core/model/config.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** Loads real files with these contents, as a directory when there are several; places in mistakes begin at the file's name. */
export function loadFiles(files: Readonly<Record<string, string | Uint8Array>>, environment: Environment = {}): Loaded {
  const directory = mkdtempSync(join(tmpdir(), 'minitor-config-'))
  try {
    for (const [name, content] of Object.entries(files)) writeFileSync(join(directory, name), content)
    const names = Object.keys(files)
    const path = names.length === 1 ? join(directory, names[0] ?? '') : directory
    const loaded = loadConfig({ path, environment })
    if (loaded.ok) return loaded
    const short = (text: string) => text.replaceAll(`${directory}/`, '').replaceAll(directory, '.')
    return {
      ok: false,
      mistakes: loaded.mistakes.map((mistake) => ({
        ...mistake,
        file: short(mistake.file),
        message: short(mistake.message),
        hint: mistake.hint === null ? null : short(mistake.hint),
      })),
    }
  } finally {
    rmSync(directory, { recursive: true })
  }
}

/** `LINE:COLUMN message` of each mistake; empty when the configuration is in order. */
export function mistakesIn(text: string | Uint8Array, environment: Environment = {}): readonly string[] {
  const loaded = loadFiles({ 'config.yml': text }, environment)
  return loaded.ok ? [] : loaded.mistakes.map(({ line, column, message }) => `${line}:${column} ${message}`)
}

/** A configuration that must be in order. */
export function configOf(text: string | Uint8Array, environment: Environment = {}): Config {
  const loaded = loadFiles({ 'config.yml': text }, environment)
  if (!loaded.ok) throw new Error(loaded.mistakes.map(({ message }) => message).join('\n'))
  return loaded.config
}
