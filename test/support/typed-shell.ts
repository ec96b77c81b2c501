import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { eventually } from './eventually.ts'
import { createWorkspace, EXECUTABLE } from './executable.ts'

/** How each shell starts with nothing of this machine's own, and how it reads the completions. */
const SHELLS = {
  bash: { command: ['bash', '--norc', '--noprofile', '-i'], setup: 'source <("$MINITOR" completion bash)' },
  zsh: {
    command: ['zsh', '-f', '-i'],
    setup: 'autoload -U compinit; compinit -u -D; source <("$MINITOR" completion zsh)',
  },
  fish: { command: ['fish', '--no-config', '-i'], setup: '"$MINITOR" completion fish | source' },
} as const

export type ShellName = keyof typeof SHELLS

/** Prints what it is given where a completion asks; otherwise notes its arguments. */
const MINITOR = `#!/bin/sh
if [ "$1" = complete ]; then
  printf '%s\\n' "$@" >"$HOME/asked"
  if [ -e "$HOME/names" ]; then exec cat "$HOME/names"; fi
  exec "$MINITOR" "$@"
fi
for word; do printf '%s\\0' "$word"; done >"$HOME/ran.new"
mv "$HOME/ran.new" "$HOME/ran"
`

/** A shell on a terminal in which somebody types. `minitor` there notes its arguments, and asks the executable for names. */
export async function startTypedShell(
  name: ShellName,
  files: Readonly<Record<string, string>> = {},
  setup: string = SHELLS[name].setup,
) {
  const place = createWorkspace({ ...files, 'bin/minitor': MINITOR })
  const path = (file: string) => join(place.directory, file)
  let screen = ''
  const decoder = new TextDecoder()
  const shell = Bun.spawn([...SHELLS[name].command], {
    cwd: place.directory,
    env: {
      PATH: `${path('bin')}:${process.env.PATH ?? ''}`,
      HOME: place.directory,
      MINITOR: EXECUTABLE,
      LANG: 'C.UTF-8',
      TERM: 'xterm',
      PS1: '$ ',
    },
    terminal: {
      cols: 200,
      rows: 50,
      data: (_, data) => {
        screen += decoder.decode(data, { stream: true })
      },
    },
  })
  const type = (keys: string) => shell.terminal?.write(keys)
  const explain = () => `; on the screen: ${JSON.stringify(screen.slice(-2000))}`
  type(`${setup}; touch ready\r`)
  await eventually(`${name} is ready`, () => existsSync(path('ready')), { explain })

  return {
    ...place,
    screen: () => screen,
    /** What it shows from now on contains the text. */
    async shows(keys: string, text: string): Promise<void> {
      screen = ''
      type(keys)
      await eventually(`${name} shows ${text}`, () => screen.includes(text), { explain })
    },
    /** The arguments of `minitor` after these keys and Return. */
    async runs(keys: string): Promise<string[]> {
      rmSync(path('ran'), { force: true })
      screen = ''
      type(`${keys}\r`)
      try {
        await eventually(`minitor runs in ${name}`, () => existsSync(path('ran')), { explain })
      } catch (error) {
        // It waits for the end of a quote; the next line is another one.
        type('\x03')
        throw error
      }
      return readFileSync(path('ran'), 'utf8').split('\0').slice(0, -1)
    },
    async [Symbol.asyncDispose](): Promise<void> {
      shell.kill('SIGKILL')
      await shell.exited
      shell.terminal?.close()
      place[Symbol.dispose]()
    },
  }
}
