import { expect, test } from 'bun:test'
import type { Delivery } from '../../core/model/types.ts'
import { createGatedDeliver } from './gate.ts'

test('deliveries keep their order, however long each question takes whether they may be told', async () => {
  const answers = Array.from({ length: 5 }, () => Promise.withResolvers<boolean>())
  const all: readonly (readonly Delivery[])[] = answers.map(() => [])
  const handed: number[] = []
  let asked = 0
  const deliver = createGatedDeliver(
    (deliveries) => handed.push(all.indexOf(deliveries)),
    () => answers[asked++]?.promise ?? Promise.resolve(false),
  )
  for (const one of all) deliver(one)
  for (const index of [3, 1, 4, 0, 2]) {
    answers[index]?.resolve(index !== 1)
    await Bun.sleep(0)
  }
  expect(handed).toEqual([0, 2, 3, 4])
})
