import type { Hono } from 'hono'
import { addAssets } from '../assets/assets.ts'
import type { WebEnv } from '../http/viewer.ts'
import type { WebContext } from '../http/web-context.ts'
import { addActionsPage } from './actions.tsx'
import { addBadges } from './badge.ts'
import { addFeed } from './feed.ts'
import { addIncidentPages } from './incidents/incident-routes.tsx'
import { addMonitorActions, addMonitorPage } from './monitor/monitor-routes.tsx'
import { addNodesPage } from './nodes.tsx'
import { addSignInPage } from './sign-in.tsx'
import { addStatusPage } from './status/status-route.tsx'

/** All that people see in a browser, and what their forms are sent to. Who may see it was decided before. */
export function addPages(app: Hono<WebEnv>, web: WebContext): void {
  addAssets(app)
  addStatusPage(app, web)
  addMonitorPage(app, web)
  addMonitorActions(app, web)
  addIncidentPages(app, web)
  addActionsPage(app, web)
  if (web.cluster !== null) addNodesPage(app, web, web.cluster)
  addSignInPage(app, web)
  addFeed(app, web)
  addBadges(app, web)
}
