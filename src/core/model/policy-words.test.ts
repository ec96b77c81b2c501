import { expect, test } from 'bun:test'
import { scriptOf } from './policy-words.ts'
import type { Command } from './types.ts'

test.each<{ command: Command; script: string | null }>([
  { command: ['sh', '-c', 'exit 1\n'], script: 'exit 1\n' },
  { command: ['sh', '-c', ''], script: '' },
  { command: ['sh', '-c', 'echo "$1"', 'sh', 'an argument'], script: null },
  { command: ['sh', '-c'], script: null },
  { command: ['sh', 'script'], script: null },
  { command: ['bash', '-c', 'true'], script: null },
])('$command is the script $script', ({ command, script }) => {
  expect(scriptOf(command)).toBe(script)
})
