import type { KeptPing } from '../../../core/past/kept.ts'
import { durationText } from '../parts/duration-text.ts'
import { Output } from '../parts/output.tsx'
import { At } from '../parts/times.tsx'
import type { Visit } from '../parts/visit.ts'

/** The page is for a look; `minitor history` has all of them. */
const MOST = 30

/** What has pinged a heartbeat, newest first. */
export function RecentPings({ pings, visit }: { pings: readonly KeptPing[]; visit: Visit }) {
  return (
    <section class="card" id="pings" data-live aria-labelledby="pings-h">
      <h2 id="pings-h">Recent pings</h2>
      {pings.length === 0 && <p class="nothing">None has come yet.</p>}
      <ol class="log">
        {pings.slice(0, MOST).map((ping) => (
          <Ping ping={ping} visit={visit} />
        ))}
      </ol>
    </section>
  )
}

function Ping({ ping: { atMs, kind, exitCode, durationMs, body }, visit }: { ping: KeptPing; visit: Visit }) {
  return (
    <li>
      <span class="when">
        <At ms={atMs} nowMs={visit.nowMs} />
      </span>
      <span class="what">
        <strong>{kind}</strong>
        {exitCode !== null && <span class="reason">exit code {exitCode}</span>}
        {durationMs !== null && <span class="took">took {durationText(durationMs)}</span>}
      </span>
      <Output text={body} id={`p-${atMs}`} visit={visit} />
    </li>
  )
}
