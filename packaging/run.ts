/** Runs a program to its end and returns what it printed; throws with that if it fails. */
export async function run(
  command: readonly string[],
  options: { readonly cwd?: string; readonly env?: Readonly<Record<string, string | undefined>> } = {},
): Promise<string> {
  const child = Bun.spawn([...command], {
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [stdout, stderr, exitCode] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited])
  if (exitCode !== 0) throw new Error(`${command.join(' ')} failed (exit code ${exitCode}):\n${stdout}${stderr}`)
  return stdout
}

/** The time of the sources in Unix seconds: SOURCE_DATE_EPOCH, or the last commit. Packages carry it instead of the present. */
export async function sourceTime(): Promise<number> {
  return Number(
    process.env.SOURCE_DATE_EPOCH ?? (await run(['git', 'log', '-1', '--format=%ct'], { cwd: import.meta.dir })),
  )
}
