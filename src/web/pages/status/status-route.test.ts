import { expect, test } from 'bun:test'
import { createKeptPage } from './status-route.tsx'

function stage() {
  let version = 'one'
  let nowMs = 0
  let renderCount = 0
  const page = createKeptPage<string>({
    render: async (visitor) => `${visitor} ${version} ${++renderCount}`,
    keyOf: (visitor) => visitor,
    version: () => version,
    monotonicMs: () => nowMs,
  })
  const ask = async (visitor = 'anna') => new TextDecoder().decode((await page(visitor)).plain)
  return {
    ask,
    page,
    change: (to: string) => {
      version = to
    },
    wait: (ms: number) => {
      nowMs += ms
    },
  }
}

test('a crowd sees what was made for one', async () => {
  const { ask } = stage()
  expect(await Promise.all(Array.from({ length: 100 }, () => ask()))).toEqual(Array(100).fill('anna one 1'))
})

test('each sees their own', async () => {
  const { ask } = stage()
  expect([await ask('anna'), await ask('ben'), await ask('anna')]).toEqual(['anna one 1', 'ben one 2', 'anna one 1'])
})

test('a change shows, a few times a second at most', async () => {
  const { ask, change, wait } = stage()
  await ask()
  change('two')
  wait(200)
  expect(await ask()).toBe('anna one 1')
  wait(100)
  expect(await ask()).toBe('anna two 2')
})

test('without a change it is made anew after some seconds, as ages stand on it', async () => {
  const { ask, wait } = stage()
  await ask()
  wait(4_900)
  expect(await ask()).toBe('anna one 1')
  wait(200)
  expect(await ask()).toBe('anna one 2')
})

test('the pages of many people are not all kept', async () => {
  const { ask } = stage()
  for (let person = 0; person < 16; person++) await ask(`person ${person}`)
  expect(await ask('person 1')).toBe('person 1 one 2')
  await ask('one too many')
  expect(await ask('person 0')).toBe('person 0 one 18')
})

test('the compressed one is the same', async () => {
  const { page } = stage()
  const { plain, gzipped } = await page('anna')
  expect(Bun.gunzipSync(gzipped)).toEqual(plain)
})
