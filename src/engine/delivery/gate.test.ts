import { expect, test } from 'bun:test'
import { createFakeClock } from '../../../test/support/fake-clock.ts'
import { createFakeRunner, EXITED_0 } from '../../../test/support/fake-runner.ts'
import { createGate } from './gate.ts'

const RUN = { command: ['mail'], env: {}, workingDirectory: null, timeoutMs: 1000, runId: 'r', input: null } as const

/** A gate whose questions are answered one by one, in any order. */
function start() {
  const clock = createFakeClock()
  const questions: ((may: boolean) => void)[] = []
  const gate = createGate(() => new Promise((resolve) => questions.push(resolve)))
  const runner = createFakeRunner(clock, () => ({ takesMs: 10, ending: EXITED_0 }))
  const answer = async (may: boolean) => {
    questions.shift()?.(may)
    await clock.advance(0)
  }
  return { clock, gate, runner, answer }
}

test('what passes keeps its order, whatever the answers take', async () => {
  const passed: string[] = []
  const answers = [Promise.withResolvers<boolean>(), Promise.withResolvers<boolean>()]
  let asked = 0
  const gate = createGate(() => answers[asked++]?.promise ?? Promise.resolve(true))
  gate.pass(() => passed.push('down'))
  gate.pass(() => passed.push('up'))
  answers[1]?.resolve(true)
  await createFakeClock().advance(0)
  expect(passed).toEqual([])
  answers[0]?.resolve(true)
  await createFakeClock().advance(0)
  expect(passed).toEqual(['down', 'up'])
})

test('what may not be told does not pass, and what comes later may', async () => {
  const { gate, answer } = start()
  const passed: string[] = []
  gate.pass(() => passed.push('one'))
  gate.pass(() => passed.push('two'))
  await answer(false)
  await answer(false)
  await answer(true)
  expect(passed).toEqual(['two'])
})

test('a command runs once it may; what fails when it may not any more has no answer, but what was told has', async () => {
  const { gate, runner, clock, answer } = start()
  const guarded = gate.guard(runner)
  const endings: string[] = []
  const run = () => void guarded.run(RUN).then(({ ending }) => endings.push(ending.kind))
  run()
  await clock.advance(0)
  expect(runner.started).toHaveLength(0)
  await answer(true)
  gate.shut()
  await clock.advance(20)
  expect(endings).toEqual(['exited'])
})

test.each<{ may: boolean; expected: string[] }>([
  { may: true, expected: ['signaled'] },
  { may: false, expected: [] },
])('what was killed has an answer: $may', async ({ may, expected }) => {
  const { gate, clock, answer } = start()
  const killed = createFakeRunner(clock, () => ({ takesMs: 10, ending: { kind: 'signaled', signal: 'SIGKILL' } }))
  const endings: string[] = []
  void gate
    .guard(killed)
    .run(RUN)
    .then(({ ending }) => endings.push(ending.kind))
  await answer(true)
  await clock.advance(20)
  await answer(may)
  expect(endings).toEqual(expected)
})

test('nothing passes a gate that is shut, however it was asked before', async () => {
  const { gate, runner, clock, answer } = start()
  let passedCount = 0
  gate.pass(() => passedCount++)
  void gate.guard(runner).run(RUN)
  await clock.advance(0)
  gate.shut()
  await answer(true)
  await answer(true)
  gate.pass(() => passedCount++)
  await clock.advance(0)
  expect([passedCount, runner.started.length]).toEqual([0, 0])
})
