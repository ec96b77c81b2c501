import { expect, test } from 'bun:test'
import { createLetters } from '../../../test/support/cluster/letters.ts'
import { NoLeader } from '../../core/model/cluster.ts'
import { answerChanges, sendChanges } from './change-letters.ts'

test('changes are made in their order, and answered when all of them are committed', async () => {
  const letters = createLetters()
  const made: string[] = []
  answerChanges<string>(letters, async (change) => {
    await Promise.resolve()
    made.push(change)
  })
  expect(await sendChanges(letters, ['pause a', 'pause b'])).toEqual({ kind: 'made' })
  expect(made).toEqual(['pause a', 'pause b'])
})

test('a change that cannot be saved is refused with the reason', async () => {
  const letters = createLetters()
  answerChanges<string>(letters, () => Promise.reject(new Error('the disk is full')))
  expect(await sendChanges(letters, ['pause a'])).toEqual({
    kind: 'refused',
    reason: 'the disk is full',
  })
})

test('without a leader nothing is changed', async () => {
  expect(sendChanges(createLetters(), [])).rejects.toThrow(NoLeader)
})

test('a leader that stops before it has answered has changed nothing that one can rely on', async () => {
  const letters = createLetters()
  letters.answer('mutes', async function* () {})
  expect(sendChanges(letters, [])).rejects.toThrow('the leader has given no answer')
})
