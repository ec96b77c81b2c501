import { describe, expect, test } from 'bun:test'
import { createLineSink } from './line-sink.ts'

type Callback = (error?: Error | null) => void

/** A target that takes a chunk only when told to, as a pipe does. */
function createPipe() {
  const chunks: string[] = []
  const callbacks: Callback[] = []
  const target = {
    write: (chunk: string, callback: Callback) => {
      chunks.push(chunk)
      callbacks.push(callback)
    },
    on: () => {},
  }
  const sink = createLineSink({ target, describeLoss: (lineCount) => `lost ${lineCount}\n` })
  const take = (error?: Error) => callbacks.shift()?.(error)
  return { sink, chunks, take }
}

const MEGABYTE = 'x'.repeat(999_999)

describe('createLineSink', () => {
  test('hands over one chunk at a time, the lines between in order', () => {
    const { sink, chunks, take } = createPipe()
    for (const line of ['a\n', 'b\n', 'c\n']) sink.write(line)
    expect(chunks).toEqual(['a\n'])
    take()
    expect(chunks).toEqual(['a\n', 'b\nc\n'])
  })

  test('H6: tells the lost lines in their place, once', () => {
    const { sink, chunks, take } = createPipe()
    for (let line = 0; line < 12; line++) sink.write(`${line}${MEGABYTE}\n`)
    for (let line = 0; line < 9; line++) take()
    expect(chunks.map((chunk) => chunk.replaceAll('x', ''))).toEqual([
      ...['0\n', '1\n', '2\n', '3\n', '4\n', '5\n', '6\n'],
      '7\nlost 4\n',
    ])
    sink.write('after\n')
    expect(chunks.at(-1)).toBe('after\n')
  })

  test('a full disk costs the lines of that write, which the next one tells first', () => {
    const { sink, chunks, take } = createPipe()
    sink.write('a\n')
    sink.write('b\n')
    take(Object.assign(new Error('no space'), { code: 'ENOSPC' }))
    sink.write('c\n')
    expect(chunks.at(-1)).toBe('lost 1\nb\nc\n')
    take(Object.assign(new Error('no space'), { code: 'ENOSPC' }))
    sink.write('d\n')
    expect(chunks.at(-1)).toBe('lost 3\nd\n')
  })

  test('goes on after a stall that ends in an error', () => {
    const { sink, chunks, take } = createPipe()
    for (let line = 0; line < 10; line++) sink.write(`${line}${MEGABYTE}\n`)
    take(Object.assign(new Error('no space'), { code: 'ENOSPC' }))
    sink.write('a\n')
    for (let line = 0; line < 8; line++) take()
    expect(chunks.map((chunk) => chunk.replaceAll('x', ''))).toEqual([
      ...['0\n', 'lost 1\n1\n', '2\n', '3\n', '4\n', '5\n', '6\n'],
      '7\nlost 3\n',
    ])
  })

  test('H6: after the reader is gone nothing is written or queued', async () => {
    const { sink, chunks, take } = createPipe()
    sink.write('a\n')
    take(Object.assign(new Error('broken pipe'), { code: 'EPIPE' }))
    sink.write('b\n')
    await sink.close(10_000)
    expect(chunks).toEqual(['a\n'])
  })

  test('close waits for all lines', async () => {
    const { sink, chunks, take } = createPipe()
    sink.write('a\n')
    sink.write('b\n')
    let isClosed = false
    const closed = sink.close(10_000).then(() => {
      isClosed = true
    })
    take()
    await Promise.resolve()
    expect(isClosed).toBe(false)
    take()
    await closed
    expect(chunks).toEqual(['a\n', 'b\n'])
  })

  test('close gives up on a reader that has stalled', async () => {
    const { sink } = createPipe()
    sink.write('a\n')
    await sink.close(1)
  })
})
