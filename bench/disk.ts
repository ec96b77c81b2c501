import { closeSync, fdatasyncSync, openSync, readFileSync, realpathSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { type Figure, fact } from './measurement.ts'
import { renderMs, renderSpread } from './statistics.ts'

const IN_MEMORY = new Set(['tmpfs', 'ramfs'])
const SYNCS = 21
const PAGE_BYTES = 4096

/** On what the databases under measurement lie. Throws where that is memory: no figure would mean anything. */
export function describeDisk(directory: string): Figure {
  const { type, source } = mountOf(realpathSync(directory))
  if (IN_MEMORY.has(type)) throw new Error(`${directory} is in memory (${type}): set TMPDIR to a directory on a disk`)
  const syncs = timeSyncs(directory)
  return fact(
    'the database lies on',
    `${type} (${source}); a page written and synced: ${renderSpread(syncs, renderMs)}`,
  )
}

function mountOf(path: string): { readonly type: string; readonly source: string } {
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8').trim().split('\n').map(readMount)
  // The deepest mount point is the one that counts; of several mounts on one point, the last.
  const around = mounts.filter(({ point }) => `${path}/`.startsWith(point === '/' ? '/' : `${point}/`))
  const mount = around.toSorted((one, other) => one.point.length - other.point.length).at(-1)
  if (mount === undefined) throw new Error(`${path} is on no file system`)
  return mount
}

function readMount(line: string) {
  const [place = '', device = ''] = line.split(' - ')
  const [type = '', source = ''] = device.split(' ')
  return { point: place.split(' ')[4] ?? '', type, source }
}

function timeSyncs(directory: string): number[] {
  const path = join(directory, 'sync')
  const file = openSync(path, 'w')
  try {
    return Array.from({ length: SYNCS }, () => {
      writeSync(file, Buffer.alloc(PAGE_BYTES))
      const beganMs = performance.now()
      fdatasyncSync(file)
      return performance.now() - beganMs
    })
  } finally {
    closeSync(file)
    rmSync(path)
  }
}

/** Makes the next reading of these files come from the disk, as after a boot. Pages that a process uses stay. */
export function dropFromCache(paths: readonly string[]): void {
  for (const path of paths) {
    // Reads nothing: with no block to copy, `nocache` is advice for the whole file. Unlike /proc/sys/vm/drop_caches it
    // takes no rights and leaves everybody else's files alone.
    const { exitCode, stderr } = Bun.spawnSync(['dd', `if=${path}`, 'iflag=nocache', 'count=0', 'status=none'])
    if (exitCode !== 0) throw new Error(`dd failed: ${stderr.toString()}`)
  }
}
