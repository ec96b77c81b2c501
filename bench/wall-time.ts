/** How long a program takes from its start to its end. Rejects when it fails. */
export async function wallMsOf(command: readonly string[]): Promise<number> {
  const beganMs = performance.now()
  const child = Bun.spawn([...command], { stdin: 'ignore', stdout: 'ignore', stderr: 'inherit', timeout: LIMIT_MS })
  if ((await child.exited) !== 0) throw new Error(`failed: ${command.join(' ')}`)
  return performance.now() - beganMs
}

const LIMIT_MS = 60_000
