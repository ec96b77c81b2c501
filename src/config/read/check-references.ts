import type { AlertDraft } from './alerts.ts'
import { checkCircles } from './circles.ts'
import type { Loading } from './loading.ts'
import type { MonitorDraft } from './monitors.ts'
import { ALERT_LISTS, checkNames, createSuggestion, type Referrer } from './references.ts'
import type { WindowDraft } from './sections.ts'

interface Parts {
  readonly loading: Loading
  readonly settings: Referrer
  readonly defaults: Referrer
  readonly monitors: readonly MonitorDraft[]
  readonly alerts: ReadonlyMap<string, AlertDraft>
  readonly windows: readonly WindowDraft[]
}

/** Finds names that nobody has, that stand twice in a list, and that go in a circle, wherever one can be named. */
export function checkReferences({ loading, settings, defaults, monitors, alerts, windows }: Parts): void {
  const byName = new Map(
    monitors.flatMap((draft) =>
      draft.values.name === undefined ? [] : [[draft.values.name, { loading, ...draft }] as const],
    ),
  )
  const alertNaming = { word: 'alert', known: alerts, suggest: createSuggestion([...alerts.keys()], 'alert') } as const
  const monitorNaming = {
    word: 'monitor',
    known: byName,
    suggest: createSuggestion([...byName.keys()], 'monitor'),
  } as const
  for (const referrer of [settings, defaults, ...monitors.map((draft) => ({ loading, ...draft }))]) {
    for (const key of ALERT_LISTS) checkNames(referrer, { key, ...alertNaming })
    checkNames(referrer, { key: 'depends_on', ...monitorNaming })
  }
  const tags = new Set(monitors.flatMap(({ values }) => values.tags ?? []))
  const tagNaming = { word: 'tag', known: tags, suggest: createSuggestion([...tags], 'tag') } as const
  for (const draft of windows) {
    checkNames({ loading, ...draft }, { key: 'monitors', ...monitorNaming })
    checkNames({ loading, ...draft }, { key: 'tags', ...tagNaming })
  }
  const alertReferrers = new Map([...alerts].map(([name, draft]) => [name, { loading, ...draft }]))
  for (const referrer of alertReferrers.values()) checkNames(referrer, { key: 'fallback', ...alertNaming })
  const parents = [...byName].map(([name, { values, own }]) => {
    const all = values.depends_on ?? []
    return [name, own.depends_on === undefined ? all.filter((parent) => parent !== name) : all] as const
  })
  checkCircles({ key: 'depends_on', graph: new Map(parents), referrers: byName, inherited: defaults })
  const fallbacks = [...alerts].map(
    ([name, { alert }]) => [name, alert.fallback === null ? [] : [alert.fallback]] as const,
  )
  checkCircles({ key: 'fallback', graph: new Map(fallbacks), referrers: alertReferrers, inherited: null })
}
