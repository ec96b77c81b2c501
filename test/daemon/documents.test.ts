import { describe, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { startDaemon } from '../support/daemon-process.ts'

const ROOT = join(import.meta.dir, '..', '..')
const YAML_BLOCK = /^```yaml\n(?<yaml>.*?)^```$/gms

const examples = ['README.md', 'docs/configuration.md'].flatMap((file) =>
  [...readFileSync(join(ROOT, file), 'utf8').matchAll(YAML_BLOCK)].map(({ groups }, index) => ({
    name: `${file}, example ${index + 1}`,
    yaml: groups?.yaml ?? '',
  })),
)

describe.concurrent('a configuration that the documents show is valid', () => {
  test.each(examples)('$name', async ({ yaml }) => {
    await using daemon = startDaemon({ config: yaml, args: ['validate'] })
    expect({ exitCode: await daemon.exitCode(), stderr: daemon.stderr() }).toEqual({ exitCode: 0, stderr: '' })
  })
})
