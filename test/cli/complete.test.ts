import { expect, test } from 'bun:test'
import { startDaemon } from '../support/daemon-process.ts'
import { createWorkspace } from '../support/executable.ts'

const CONFIG = `
monitors:
  - {name: My blog, command: [ "true" ], description: "Our blog\\nand more", tags: [edge, Küche], group: A b}
  - {name: "-dash", command: [ "true" ], tags: [edge]}
  - {name: "turned\u202e", command: [ "true" ]}
  - {name: broken, command: [ "\${NOT_SET}" ], timeout: soon}
alerts: {two words: {command: [ "\${NOT_SET}" ]}}
`

test.each([
  { args: ['monitors'], lines: ['My blog\tOur blog', '-dash', 'broken'] },
  { args: ['alerts'], lines: ['log', 'two words'] },
  { args: ['tags'], lines: ['edge', 'Küche'] },
  { args: ['groups'], lines: ['A b'] },
])('minitor complete $args prints what it can read, one a line', async ({ args, lines }) => {
  using place = createWorkspace({ 'config.yml': CONFIG })
  const { exitCode, stdout, stderr } = await place.minitor('complete', ...args)
  expect({ exitCode, lines: stdout.split('\n'), stderr }).toEqual({ exitCode: 0, lines: [...lines, ''], stderr: '' })
})

const FILES = { 'a b/other.yml': 'monitors: [{name: other, command: [ "true" ]}]\n', 'config.yml': CONFIG }

test.each([
  { words: ['status', '--config', 'a b/other.yml', 'x'] },
  { words: ['status', '--config=a b/other.yml'] },
  { words: ['status', '-config=a b/other.yml'] },
  { words: ['status', '-c', 'a b/other.yml'] },
  { words: ['status', '-ca b/other.yml'] },
  { words: ['status', '-c', '~/a b/other.yml'] },
  { words: ['status', '-c', 'config.yml', '-c', 'a b/other.yml'] },
])('the configuration is that of the line: $words', async ({ words }) => {
  using place = createWorkspace(FILES)
  expect(await place.minitor('complete', 'monitors', '--', ...words)).toMatchObject({ exitCode: 0, stdout: 'other\n' })
})

test('or that of MINITOR_CONFIG', async () => {
  using place = createWorkspace(FILES)
  const env = { MINITOR_CONFIG: 'a b/other.yml' }
  expect(await place.minitorWith(env, 'complete', 'monitors')).toMatchObject({ exitCode: 0, stdout: 'other\n' })
})

test.each([
  { name: 'no configuration', files: {}, args: ['monitors'] },
  { name: 'a file that is none', files: { 'config.yml': '\0{[' }, args: ['tags'] },
  { name: 'another kind', files: { 'config.yml': CONFIG }, args: ['planets'] },
  { name: 'no database', files: { 'config.yml': CONFIG }, args: ['announcements'] },
  { name: 'a database in memory', files: { 'config.yml': 'database: ":memory:"\n' }, args: ['announcements'] },
  { name: 'a flag without its value', files: {}, args: ['monitors', '--', 'status', '--config'] },
])('$name: nothing is printed', async ({ files, args }) => {
  using place = createWorkspace(files)
  expect(await place.minitor('complete', ...args)).toEqual({ exitCode: 0, stdout: '', stderr: '' })
})

test('announcements have their texts', async () => {
  await using daemon = startDaemon({
    config: 'monitors: [{ name: web, command: [ "true" ] }]\n',
    args: ['run', '--database', 'state.db'],
  })
  await daemon.next((line) => line.msg.includes('watches'))
  await daemon.minitor('announce', 'New\trouter', '--database', 'state.db')
  const { stdout } = await daemon.minitor('complete', 'announcements', '--', 'announce', '--database=state.db', '--end')
  expect(stdout).toMatch(/^[0-9a-f]{8}\tNew\n$/)
})
