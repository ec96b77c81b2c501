import type { Standing } from '../../../core/model/standing.ts'
import type { Outcome } from '../../../core/model/types.ts'
import { Shape } from '../parts/shapes.tsx'

const MARKS: Readonly<Record<Outcome, { word: string; shape: Standing }>> = {
  passed: { word: 'passed', shape: 'up' },
  warned: { word: 'warned', shape: 'failing' },
  failed: { word: 'failed', shape: 'down' },
  timed_out: { word: 'timed out', shape: 'down' },
  not_started: { word: 'not started', shape: 'down' },
  void: { word: 'counts for nothing', shape: 'pending' },
}

/** How a check ended, as a shape and a word. */
export function OutcomeMark({ outcome }: { outcome: Outcome }) {
  const { word, shape } = MARKS[outcome]
  return (
    <span class={`is ${shape}`}>
      <Shape of={shape} />
      <span>{word}</span>
    </span>
  )
}
