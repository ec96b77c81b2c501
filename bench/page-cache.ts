/** Makes the next reading of these files come from the disk, as after a boot. Pages that a process uses stay. */
export function dropFromCache(paths: readonly string[]): void {
  for (const path of paths) {
    // Reads nothing: with no block to copy, `nocache` is advice for the whole file. Unlike /proc/sys/vm/drop_caches it
    // takes no rights and leaves everybody else's files alone.
    const { exitCode, stderr } = Bun.spawnSync(['dd', `if=${path}`, 'iflag=nocache', 'count=0', 'status=none'])
    if (exitCode !== 0) throw new Error(`dd failed: ${stderr.toString()}`)
  }
}
