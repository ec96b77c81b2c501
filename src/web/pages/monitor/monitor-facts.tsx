import type { Child } from 'hono/jsx'
import { runOnText } from '../../../core/model/place-words.ts'
import {
  describeAlerts,
  describeEvery,
  describeSchedule,
  describeThreshold,
  scriptOf,
} from '../../../core/model/policy-words.ts'
import type { Command } from '../../../core/model/types.ts'
import { formatDuration } from '../../../core/text/duration.ts'
import type { BoardMonitor } from '../../board/board.ts'
import type { Visit } from '../parts/visit.ts'

/** How a monitor is checked and who is notified, from the configuration; for users. */
export function MonitorFacts({ one, visit }: { one: BoardMonitor; visit: Visit }) {
  if (!visit.isUser) return null
  const { monitor } = one
  const { policy, heartbeat, command } = monitor
  const { shown } = visit
  return (
    <aside class="card facts" id="facts" data-live aria-labelledby="facts-h">
      <h2 id="facts-h">Details</h2>
      {monitor.description !== '' && <p class="description">{visit.shownLines(monitor.description)}</p>}
      <dl>
        <Fact name="Runbook">{monitor.runbook !== '' && <Runbook text={monitor.runbook} visit={visit} />}</Fact>
        <Fact name={heartbeat === null ? 'Checked' : 'Pinged'}>{shown(describeSchedule(monitor.schedule))}</Fact>
        <Fact name="Timeout">{heartbeat === null && formatDuration(monitor.timeoutMs)}</Fact>
        <Fact name="Runs on">{monitor.runOn !== undefined && shown(runOnText(monitor.runOn))}</Fact>
        <Fact name="Grace">{heartbeat !== null && formatDuration(heartbeat.graceMs)}</Fact>
        <Fact name="Alerts after">{describeThreshold(policy.alertAfter)}</Fact>
        <Fact name="Reminders">{describeEvery(policy.alertEvery)}</Fact>
        <Fact name="Recovers after">{policy.recoverAfter === 1 ? '1 pass' : `${policy.recoverAfter} passes`}</Fact>
        <Fact name="On failure">{shown(describeAlerts(policy.alertDown)) || 'nobody is notified'}</Fact>
        <Fact name="On recovery">{shown(policy.alertUp.join(', '))}</Fact>
        <Fact name="Depends on">{shown(monitor.dependsOn.join(', '))}</Fact>
        <Fact name="Tags">
          {monitor.tags.length > 0 &&
            monitor.tags.map((tag) => (
              <a class="tag" href={`/?${new URLSearchParams({ tag })}`}>
                {shown(tag)}
              </a>
            ))}
        </Fact>
        <Fact name="Command">{command !== null && <code>{visit.shownLines(commandText(command))}</code>}</Fact>
      </dl>
      {heartbeat !== null && <PingAddress address={`${visit.base}/ping/${heartbeat.key}`} visit={visit} />}
      <p class="more">
        <a href={`/badge/${one.slug}.svg${visit.keyQuery}`}>Badge</a>
      </p>
    </aside>
  )
}

/** What a job calls at its end: a click selects it. */
function PingAddress({ address, visit }: { address: string; visit: Visit }) {
  return (
    <div class="ping">
      <h3>Ping address</h3>
      <pre>{visit.shown(address)}</pre>
      <h3>At the end of the job</h3>
      <pre>{visit.shown(`curl -fsS -m 10 --retry 5 ${address}`)}</pre>
    </div>
  )
}

/** Nothing where there is nothing to say. */
function Fact({ name, children }: { name: string; children?: Child }) {
  if (children === undefined || children === null || children === false || children === '') return null
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  )
}

/** A link only if it is http(s) and hides nothing: a browser might run anything else. */
export function Runbook({ text, visit }: { text: string; visit: Visit }) {
  const protocol = URL.parse(text)?.protocol
  const isLink = (protocol === 'http:' || protocol === 'https:') && visit.shown(text) === text
  if (!isLink) return <>{visit.shown(text)}</>
  return (
    <a href={text} rel="noreferrer">
      {text}
    </a>
  )
}

/** The script as written, or the program and its arguments. */
function commandText(command: Command): string {
  const script = scriptOf(command)
  if (script !== null) return script.trimEnd()
  return command.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)).join(' ')
}
