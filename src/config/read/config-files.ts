import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

/**
 * The files that a path stands for: itself, or of a directory every `*.yml` and `*.yaml` in name order. Hidden files
 * are left out: editors keep their temporary ones there. Throws what the system says when it cannot look.
 */
export function configFiles(path: string): readonly string[] {
  if (!statSync(path).isDirectory()) return [path]
  return readdirSync(path)
    .filter((name) => /^[^.].*\.ya?ml$/.test(name))
    .sort()
    .map((name) => join(path, name))
}
