import { afterAll, expect, test } from 'bun:test'
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openRunSlots } from './run-slots.ts'

const directory = mkdtempSync(join(tmpdir(), 'run-slots-'))
afterAll(() => rmSync(directory, { recursive: true }))

let fileCount = 0
const newFile = () => join(directory, `${fileCount++}.runs`)
/** What the next daemon would find. */
const leftIn = (file: string) => openRunSlots(file).left

test('J7: only what is under way when Minitor dies is found by the next', () => {
  const file = newFile()
  const slots = openRunSlots(file)
  expect(slots.left).toEqual([])
  const [first] = ['a-1-1', 'a-1-2', 'a-1-3'].map(slots.enter)
  slots.leave(first ?? -1)
  slots.enter('a-1-4')
  expect(statSync(file)).toMatchObject({ size: 3 * 64, mode: 0o100600 })
  expect(leftIn(file)).toEqual(['a-1-4', 'a-1-2', 'a-1-3'])
})

test('J7: what one daemon has not ended is found by the one after', () => {
  const file = newFile()
  openRunSlots(file).enter('a-1-1')
  const second = openRunSlots(file)
  second.enter('b-2-1')
  const third = openRunSlots(file)
  expect(third.left).toEqual(['a-1-1', 'b-2-1'])
  third.forget()
  third.forget()
  third.enter('c-3-1')
  third.enter('c-3-2')
  expect(leftIn(file).toSorted()).toEqual(['c-3-1', 'c-3-2'])
})

test('J7: a clean end leaves no file, unless a run is still in it', () => {
  const file = newFile()
  const first = openRunSlots(file)
  const slot = first.enter('a-1-1')
  first.close()
  first.leave(slot)
  expect(leftIn(file)).toEqual(['a-1-1'])
  const second = openRunSlots(file)
  second.forget()
  second.close()
  expect(existsSync(file)).toBe(false)
})

test.each(['', '\0\0\0', 'x'.repeat(1000), '../../etc\0a-1-1\0MINITOR', Buffer.from([255, 0, 254])])(
  'a file that holds %j harms nobody',
  (content) => {
    const file = newFile()
    writeFileSync(file, content)
    const slots = openRunSlots(file)
    slots.forget()
    slots.close()
    expect(slots.left.filter((id) => id !== 'a-1-1')).toEqual([])
  },
)

test('a link is not followed, and a file that cannot be written is done without', () => {
  const [target, link] = [newFile(), newFile()]
  writeFileSync(target, 'precious')
  symlinkSync(target, link)
  for (const file of [link, join(directory, 'missing', 'file'), null]) {
    const slots = openRunSlots(file)
    slots.leave(slots.enter('a-1-1'))
    slots.close()
  }
  expect(statSync(target).size).toBe('precious'.length)
})

test('a file that can no longer be removed does not fail the end', () => {
  const file = newFile()
  const slots = openRunSlots(file)
  rmSync(file)
  mkdirSync(file)
  slots.close()
  expect(statSync(file).isDirectory()).toBe(true)
})
