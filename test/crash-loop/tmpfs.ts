import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const MOUNT = 'mount'
const FILLING = 'filling'
const PIECE = new Uint8Array(1024)

/** A small disk. Disposing of it unmounts it, whoever still uses it. */
export interface Tmpfs extends Disposable {
  /** Remounts it with these options, such as `ro` or `size=8m`. */
  remount(options: string): void
  /** Writes a file until there is no space left. */
  fill(): void
  /** Creates files until no more fit. */
  fillWithFiles(): void
  free(): void
}

export function mountTmpfs(directory: string, options: string): Tmpfs {
  mkdirSync(directory, { recursive: true })
  run(MOUNT, '-t', 'tmpfs', '-o', `${options},mode=700`, 'tmpfs', directory)
  return {
    remount: (changes) => run(MOUNT, '-o', `remount,${changes}`, directory),
    fill: () => untilFull(() => appendFileSync(join(directory, FILLING), PIECE)),
    fillWithFiles() {
      mkdirSync(join(directory, FILLING))
      let count = 0
      untilFull(() => writeFileSync(join(directory, FILLING, `${count++}`), ''))
    },
    free: () => rmSync(join(directory, FILLING), { recursive: true }),
    [Symbol.dispose]: () => run('umount', '--lazy', directory),
  }
}

function untilFull(work: () => void): void {
  try {
    for (;;) work()
  } catch (error) {
    if (!String(error).includes('ENOSPC')) throw error
  }
}

/** Only root can mount, and not everywhere. */
export function canMount(): boolean {
  if (process.getuid?.() !== 0) return false
  const directory = mkdtempSync(join(tmpdir(), 'minitor-mount-'))
  try {
    mountTmpfs(directory, 'size=1m')[Symbol.dispose]()
    return true
  } catch {
    return false
  } finally {
    rmSync(directory, { recursive: true })
  }
}

function run(...command: readonly [string, ...string[]]): void {
  const { exitCode, stderr } = Bun.spawnSync([...command], { stdin: 'ignore' })
  if (exitCode !== 0) throw new Error(`${command.join(' ')}: ${stderr.toString()}`)
}
