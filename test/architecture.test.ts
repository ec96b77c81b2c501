import { describe, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { dirname, join, normalize } from 'node:path'

const ROOT = join(import.meta.dir, '..')

interface SourceFile {
  readonly path: string
  readonly text: string
  /** Paths from the root for files, names for packages and built-ins. */
  readonly imports: readonly string[]
}

const files: readonly SourceFile[] = [...new Bun.Glob('src/**/*.{ts,tsx}').scanSync(ROOT)]
  .filter((path) => !path.includes('.test.'))
  .map((path) => {
    const text = readFileSync(join(ROOT, path), 'utf8')
    const found = [
      ...text.matchAll(/(?:^|\n)(?:import|export)\b[^'"\n]*(?:\n[^'"\n]*)*?from '([^']+)'|import\('([^']+)'\)/g),
    ]
    const imports = found.map(([, of, dynamic]) => of ?? dynamic ?? '')
    return {
      path,
      text,
      imports: imports.map((name) => (name.startsWith('.') ? normalize(join(dirname(path), name)) : name)),
    }
  })

/** The folder under src/ that a file lives in; files directly in src/ are their own room. */
function roomOf(path: string): string {
  const [, room = '', rest] = path.split('/')
  return rest === undefined ? 'composition' : room
}

const isOwn = (name: string) => name.startsWith('src/')
const MAY_KNOW_ALL = new Set(['composition', 'cli'])

test('a folder imports itself and core; only the composition root and the command line know more', () => {
  const wrong = files.flatMap(({ path, imports }) =>
    imports
      .filter((name) => isOwn(name) && !MAY_KNOW_ALL.has(roomOf(path)))
      .filter((name) => roomOf(name) !== roomOf(path) && roomOf(name) !== 'core')
      .map((name) => `${path} imports ${name}`),
  )
  expect(wrong).toEqual([])
})

/**
 * The sub-rooms of a room, from the bottom up: each imports itself and those on lines before its own. Names on one line
 * do not know each other. A folder that is not named here is part of the room above it; `.` is the room itself.
 */
const ORDER: Readonly<Record<string, readonly (readonly string[])[]>> = {
  core: [['text'], ['model'], ['shell', 'decide', 'past'], ['tell']],
  config: [['yaml', 'schema'], ['read']],
  store: [['tables'], ['file'], ['.'], ['thread']],
  engine: [['checks', 'delivery'], ['.']],
  cli: [['terminal'], ['options'], ['status'], ['history', 'mutes', 'simulate', 'doctor', 'agent'], ['.']],
  web: [['board'], ['http'], ['assets', 'pings', 'auth'], ['metrics', 'api', 'pages'], ['.']],
  // Each is one part of several machines.
  cluster: [['nats', 'work', 'nodes', 'letters'], ['server'], ['.']],
  'web/pages': [['parts'], ['status', 'monitor', 'incidents'], ['.']],
}

/** For `core/text/age.ts` in the room `core`: `text`; for `core/x.ts`: `.` */
const subRoomOf = (path: string, room: string) => {
  const [sub = '', ...rest] = path.slice(`src/${room}/`.length).split('/')
  return rest.length === 0 ? '.' : sub
}

test.each(Object.entries(ORDER))('the sub-rooms of %s import downwards only', (room, levels) => {
  const isInside = (path: string) => path.startsWith(`src/${room}/`)
  const levelOf = (sub: string) => levels.findIndex((names) => names.includes(sub))
  const inside = files.filter(({ path }) => isInside(path))
  expect(inside.map(({ path }) => subRoomOf(path, room)).filter((sub) => levelOf(sub) < 0)).toEqual([])
  const wrong = inside.flatMap(({ path, imports }) =>
    imports
      .filter((name) => isInside(name) && /\.tsx?$/.test(name))
      .filter((name) => {
        const [from, to] = [subRoomOf(path, room), subRoomOf(name, room)]
        return from !== to && levelOf(to) >= levelOf(from)
      })
      .map((name) => `${path} imports ${name}`),
  )
  expect(wrong).toEqual([])
})

test('no folder is flat: at most 25 files', () => {
  const counts = new Map<string, number>()
  for (const { path } of files) counts.set(dirname(path), (counts.get(dirname(path)) ?? 0) + 1)
  expect([...counts].filter(([, count]) => count > 25)).toEqual([])
})

test('a file under 30 lines with one importer lives in its importer', () => {
  const importers = new Map<string, string[]>()
  for (const { path, imports } of files) {
    for (const name of new Set(imports)) importers.set(name, [...(importers.get(name) ?? []), path])
  }
  // The door of a sub-room and a command are read on their own.
  const isEntry = (path: string) => /\/add-[a-z]+\.ts$|^src\/cli\/(?:mutes\/)?[a-z-]+\.ts$/.test(path)
  const small = files
    .filter(({ path, text }) => text.split('\n').length <= 30 && !isEntry(path))
    .map(({ path }) => ({ path, by: importers.get(path) ?? [] }))
    // What crosses rooms cannot live with another room's importer.
    .filter(({ path, by: [only, ...others] }) => only && others.length === 0 && roomOf(only) === roomOf(path))
    .map(({ path, by }) => `${path} belongs into ${by[0]}`)
  expect(small).toEqual([])
})

test('core imports nothing', () => {
  const wrong = files
    .filter(({ path }) => roomOf(path) === 'core')
    .flatMap(({ path, imports }) => imports.filter((name) => !isOwn(name)).map((name) => `${path} imports ${name}`))
  expect(wrong).toEqual([])
})

test.each([
  { what: 'the clock', pattern: /\bDate\.now\b|\bnew Date\(\)|\bperformance\.|\bset(?:Timeout|Interval|Immediate)\b/ },
  { what: 'randomness', pattern: /\bMath\.random\b|\bcrypto\b/ },
  { what: 'the runtime', pattern: /\bBun\.|\bprocess\.|\bconsole\.|\bfetch\(/ },
])('core does not reach for $what', ({ pattern }) => {
  expect(
    files.filter(({ path, text }) => roomOf(path) === 'core' && pattern.test(codeOf(text))).map(({ path }) => path),
  ).toEqual([])
})

test('only exec starts processes', () => {
  const starts = /\bBun\.(?:spawn|spawnSync|\$)/
  expect(
    files
      .filter(
        ({ path, text, imports }) =>
          roomOf(path) !== 'exec' && (starts.test(codeOf(text)) || imports.includes('node:child_process')),
      )
      .map(({ path }) => path),
  ).toEqual([])
})

test('there are no import cycles', () => {
  const byPath = new Map(files.map((file) => [file.path, file]))
  const done = new Set<string>()
  const cycles: string[] = []
  const visit = (path: string, trail: readonly string[]) => {
    if (trail.includes(path)) cycles.push([...trail.slice(trail.indexOf(path)), path].join(' → '))
    if (trail.includes(path) || done.has(path)) return
    for (const name of byPath.get(path)?.imports ?? []) if (isOwn(name)) visit(name, [...trail, path])
    done.add(path)
  }
  for (const { path } of files) visit(path, [])
  expect(cycles).toEqual([])
})

describe('files', () => {
  test('are found, with their imports', () => {
    expect(files.length).toBeGreaterThan(50)
    expect(files.flatMap(({ imports }) => imports).length).toBeGreaterThan(200)
  })

  test('have a name that says what is in them', () => {
    const vague = /\/(?:utils?|helpers?|common|manager|service|misc|index)\.tsx?$/
    expect(
      files.map(({ path }) => path).filter((path) => vague.test(path) || !/\/[a-z0-9.-]+\.tsx?$/.test(path)),
    ).toEqual([])
  })

  test('leave nothing for later and escape no types', () => {
    const leftOver = /\b(?:TODO|FIXME|XXX|HACK)\b|\bas any\b|@ts-(?:ignore|expect-error|nocheck)|biome-ignore|: any\b/
    expect(files.filter(({ text }) => leftOver.test(text)).map(({ path }) => path)).toEqual([])
  })

  test('use packages that ARCHITECTURE.md gives a reason for', () => {
    const builtIn = new Set([...builtinModules, ...builtinModules.map((name) => `node:${name}`)])
    const packages = new Set(
      files
        .flatMap(({ imports }) => imports)
        .filter(
          (name) =>
            !isOwn(name) &&
            !builtIn.has(name) &&
            !name.startsWith('bun') &&
            !name.endsWith('package.json') &&
            !name.startsWith('packaging/'),
        ),
    )
    const architecture = readFileSync(join(ROOT, 'ARCHITECTURE.md'), 'utf8')
    const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
    const used = [...packages].map((name) =>
      name
        .split('/')
        .slice(0, name.startsWith('@') ? 2 : 1)
        .join('/'),
    )
    expect([...new Set(used)].sort()).toEqual(Object.keys(dependencies).sort())
    expect(Object.keys(dependencies).filter((name) => !architecture.includes(`\`${name}\``))).toEqual([])
  })

  test('the lock file names no download addresses', () => {
    expect(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')).not.toContain('"resolved"')
  })
})

/** Code only: what comments and texts for people name is not used. */
function codeOf(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\/|(^|\s)\/\/.*$|'(?:[^'\\\n]|\\.)*'|`[^`]*`/gm, '')
}
