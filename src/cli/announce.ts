import { type Command, Option } from 'commander'
import type { Announcement } from '../core/model/mute.ts'
import { parseDuration } from '../core/text/duration.ts'
import { named, printable } from '../core/text/printable.ts'
import { isoTime, localTime, localZone } from '../core/text/time.ts'
import { addDatabaseOptions, type DatabaseOptions, findKnown } from './options/context.ts'
import { changeMutes, printIfNoDaemon, whoIs } from './options/mutes.ts'
import { EXIT, UsageError } from './terminal/outcome.ts'
import { colours, createOneLine, print, printError, printJson } from './terminal/terminal.ts'

interface Options extends DatabaseOptions {
  readonly until?: string
  readonly end?: string | true
  readonly json?: true
}

const LONGEST_TEXT = 1_000

export function addAnnounce(program: Command, finish: (exitCode: number) => void): void {
  addDatabaseOptions(program.command('announce'))
    .argument('[text]', 'what everybody should know; without it, the announcements are listed')
    .description('Announce something on the pages and in the feed.')
    .option('--until <duration>', 'for how long: 30m, 6h, 1d; without it, until somebody ends it')
    .addOption(new Option('--end [id]', 'end the announcement with this id, or all').conflicts(['until']))
    .option('--json', 'print {announcements: [{id, text, at, until, who}], has_daemon}: the new, the ended, or all')
    .addHelpText(
      'after',
      '\nEverybody who may see the pages sees it, within a second: with `public: true`\nthat is everybody.\n\n' +
        'Exit codes: 0 announced, listed or ended; 1 there was nothing to end; 2 wrong\nusage or configuration, or the database cannot be written.',
    )
    .action(async (text: string | undefined, options: Options) => {
      const untilMs = untilOf(text, options)
      const place = findKnown(options)
      const { path, config } = place
      const nowMs = Date.now()
      const oneLine = createOneLine(config.secrets)
      const changed = await changeMutes(place, (changes) => {
        const before = changes.announcements(nowMs)
        if (options.end !== undefined) {
          const ended = before.filter(({ id }) => options.end === true || id.startsWith(options.end ?? ''))
          for (const { id } of ended) changes.change({ kind: 'retract', id, atMs: nowMs, who: whoIs() })
          return ended
        }
        if (text === undefined) return before
        const announcement = { id: crypto.randomUUID(), text: text.trim(), atMs: nowMs, untilMs, who: whoIs() }
        changes.change({ kind: 'announce', announcement })
        return [announcement]
      })
      const all = changed.result
      if (options.end !== undefined && all.length === 0) finish(EXIT.badNews)
      if (options.json) return printJson({ announcements: all.map(asJson), has_daemon: changed.hasDaemon })
      const word = options.end !== undefined ? 'ended' : text === undefined ? '' : 'announced'
      for (const one of all) {
        const until = one.untilMs === null ? '' : ` until ${localTime(one.untilMs, nowMs)} (${localZone()})`
        const head = word === '' ? one.id.slice(0, 8) : colours.yellow(word)
        print(`${head}${word === 'ended' ? '' : until}: ${oneLine(one.text)}`)
      }
      if (all.length === 0) printError(word === 'ended' ? 'there is nothing to end' : 'nothing is announced')
      if (word !== '' && all.length > 0) printIfNoDaemon(changed, path)
    })
}

/** Null is until somebody ends it. Throws UsageError for what does not fit together. */
function untilOf(text: string | undefined, { until, end }: Options): number | null {
  if (text !== undefined && end !== undefined) {
    throw new UsageError(
      `${printable(named(text))} is too much`,
      'announcements are ended by their ids: minitor announce',
    )
  }
  if (text?.trim() === '') throw new UsageError('an announcement needs a text')
  if ((text?.length ?? 0) > LONGEST_TEXT) {
    throw new UsageError(`an announcement has at most ${LONGEST_TEXT} characters`)
  }
  if (until === undefined) return null
  if (text === undefined) throw new UsageError('--until needs a text to announce')
  const durationMs = parseDuration(until)
  if (durationMs === null || durationMs === 0) {
    throw new UsageError(`${printable(named(until))} is not a duration`, 'for example: --until 6h')
  }
  return Date.now() + durationMs
}

function asJson({ id, text, atMs, untilMs, who }: Announcement) {
  return { id, text, at: isoTime(atMs), until: isoTime(untilMs), who }
}
