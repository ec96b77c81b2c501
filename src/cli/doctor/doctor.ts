import { resolve } from 'node:path'
import { type Command, Option } from 'commander'
import { type Loaded, loadConfig } from '../../config/read/load.ts'
import { sketchConfig } from '../../config/read/sketch.ts'
import { configFiles, secretFiles } from '../../config/read/watch-files.ts'
import type { Mistake } from '../../config/yaml/source.ts'
import type { Config } from '../../core/model/config.ts'
import { createMask } from '../../core/text/mask.ts'
import { configFingerprint } from '../../engine/delivery/trial.ts'
import { addDatabaseOptions, type DatabaseOptions, readSurroundings } from '../options/context.ts'
import { type FoundDaemon, findDaemon } from '../options/find-daemon.ts'
import { EXIT, UsageError } from '../terminal/outcome.ts'
import { createOneLine, print, printJson, widthOf } from '../terminal/terminal.ts'
import { adviceFindings } from './advice.ts'
import { alertFindings } from './alerts.ts'
import { askHealth, daemonFindings, healthAddress, healthFindings, lookAtDaemon } from './daemon.ts'
import { databaseFindings, expectedBytes, lookAtDatabase } from './database.ts'
import { type Finding, findingsAbout } from './finding.ts'
import { openLibc } from './libc.ts'
import { limitFindings } from './limits.ts'
import { lookAtMachine, machineFindings } from './machine.ts'
import { lookAtFile, permissionFindings, secretsOf } from './permissions.ts'
import { mayPing, privilegedAmong, privilegeFindings } from './privileges.ts'
import { lookForPrograms, programFindings } from './programs.ts'
import { renderFindings, worstFirst } from './report.ts'
import {
  become,
  daemonService,
  likelyService,
  type Service,
  UNKNOWN_USER,
  unitService,
  type Viewer,
} from './service-facts.ts'
import { findUnit, isOn, readUnit, type Unit } from './unit.ts'

interface Options extends DatabaseOptions {
  readonly unit?: string
  readonly json?: true
  readonly verbose?: true
}

export function addDoctor(program: Command, finish: (exitCode: number) => void): void {
  addDatabaseOptions(program.command('doctor'))
    .description('Look for what would go wrong at night: programs, rights, disks, limits, alerts.')
    .addOption(new Option('--unit <file>', 'judge by this systemd unit, instead of by the running daemon'))
    .option('-v, --verbose', 'also list what is fine')
    .option('--json', 'print {ok, user, judged_by, findings: [{severity, about, message, place, help}]}')
    .addHelpText('after', NOTES)
    .action(async (options: Options) => {
      const { service, findings, secrets, hasMistakes } = await examine(options)
      const isOk = !findings.some(({ severity }) => severity === 'error')
      if (options.json) {
        const mask = createMask(secrets)
        const shown = worstFirst(findings).map(({ severity, about, message, place, help }) => {
          return { severity, about, message: mask(message), place: mask(place), help: help && mask(help) }
        })
        printJson({ ok: isOk, user: service.account.name, judged_by: service.name, findings: shown })
      } else {
        const oneLine = createOneLine(secrets)
        const page = { width: widthOf(process.stdout), oneLine, isVerbose: options.verbose === true }
        print(renderFindings(findings, service, page))
      }
      finish(hasMistakes ? EXIT.usage : isOk ? EXIT.fine : EXIT.badNews)
    })
}

const NOTES = `
Looks as the service would: with the user, environment and limits of the running
daemon or, without one, of the installed systemd unit. As root it takes on that
user; others see what they may, and are told what they could not look at. Runs
no check and no alert, and changes nothing.

A severity is error (will hurt), warning (may hurt), unknown (could not be
looked at) or fine.

Exit codes: 0 no errors; 1 something will hurt; 2 wrong usage or configuration.`

interface Examination {
  readonly service: Service
  readonly findings: readonly Finding[]
  readonly secrets: readonly string[]
  readonly hasMistakes: boolean
}

const configuration = findingsAbout('configuration')

/** Looks at everything, first at what only this user can see, then as the service. */
async function examine(options: Options): Promise<Examination> {
  const path = resolve(options.config)
  const libc = openLibc()
  const daemon = options.unit === undefined ? findDaemon({ ...options, config: path }) : null
  const daemonFact = daemon && lookAtDaemon(daemon.pid, daemon.read())
  const unit = options.unit === undefined ? unitFor(path) : givenUnit(options.unit)
  const service = serviceOf(daemon, unit, options.database ?? readSurroundings({ config: path }).config.database)
  const unitFiles = unit === null ? [] : filesOfUnit(unit)
  const unseenFiles = become(service, path, libc)
  const unseen = [...service.unseen, ...unseenFiles]
  const viewer = { user: service.account.name, isService: unseenFiles.length === 0 }

  const { loaded, config } = read(path, service)
  const database = options.database ?? config?.database
  const looked = database === undefined ? null : lookAtDatabase(database === ':memory:' ? database : resolve(database))
  const whole = loaded.ok ? loaded.config : null
  const programs = whole === null ? [] : lookForPrograms(whole, service)
  const rights = { ...service, mayPing: mayPing([service.account.gid, ...service.account.groups]) }
  const address = daemonFact && healthAddress(daemonFact, config?.web ?? null)
  const findings = [
    ...userFindings(service, unit),
    ...unseen.map((what) =>
      findingsAbout('service').unknown(`could not look at ${what}`, 'run this as root, or as the user of the service'),
    ),
    ...configurationFindings(loaded, service, viewer),
    ...programFindings(programs, viewer),
    ...privilegeFindings(privilegedAmong(programs, libc), rights),
    ...(whole === null ? [] : alertFindings(whole, looked?.trials ?? null, Date.now())),
    ...permissionFindings([
      ...unitFiles,
      ...filesOf(path, config),
      ...(looked === null ? [] : lookAtFile(looked.fact.path, 'all')),
    ]),
    ...(looked === null || config === null ? [] : databaseFindings(looked.fact, expectedBytes(config), viewer)),
    ...(whole === null ? [] : limitFindings(whole, service)),
    ...machineFindings(lookAtMachine(service, libc), config ?? { monitors: [], maintenance: [] }),
    ...(options.unit !== undefined
      ? []
      : daemonFindings(daemonFact, whole && service.environment && configFingerprint(whole), viewer)),
    ...(daemonFact === null
      ? []
      : healthFindings(address && (await askHealth(daemonFact, address, config?.web?.tokens[0] ?? null)))),
    ...(whole === null ? [] : adviceFindings(whole)),
  ]
  return { service, findings, secrets: config?.secrets ?? [], hasMistakes: !loaded.ok }
}

function serviceOf(daemon: FoundDaemon | null, unit: Unit | null, database: string): Service {
  if (daemon !== null) return daemonService(daemon.pid)
  return unit === null ? likelyService(database) : unitService(unit)
}

function userFindings({ account: { uid, name } }: Service, unit: Unit | null): readonly Finding[] {
  if (uid !== UNKNOWN_USER || unit === null || isOn(unit.settings, 'DynamicUser')) return []
  const help = `useradd --system --home-dir /var/lib/${name} ${name}`
  return [findingsAbout('service').error(`there is no user ${name}, as whom the service is to run`, help, unit.file)]
}

/** The installed unit, if it is for this configuration. */
function unitFor(path: string): Unit | null {
  const unit = findUnit()
  return unit?.settings.get('ExecStart')?.some((line) => line.split(/\s+/).includes(path)) ? unit : null
}

function givenUnit(file: string): Unit {
  const unit = readUnit(resolve(file))
  if (unit === null)
    throw new UsageError(`cannot read the unit ${file}`, 'name a file such as /etc/systemd/system/minitor.service')
  return unit
}

/** Those that name secrets, or have some in them: everybody may read units. */
function filesOfUnit({ file, settings }: Unit) {
  const secrets = (settings.get('Environment') ?? []).filter((line) => /(?:TOKEN|SECRET|PASSW|KEY)\w*=/i.test(line))
  const files = (settings.get('EnvironmentFile') ?? []).map((one) => one.replace(/^-/, ''))
  return [...lookAtFile(file, secrets), ...files.flatMap((one) => lookAtFile(one, 'all'))]
}

function filesOf(path: string, config: Config | null) {
  try {
    const files = configFiles(path)
    const secrets = config === null ? [] : secretsOf(config)
    return [
      ...files.flatMap((file) => lookAtFile(file, secrets)),
      ...secretFiles(files).flatMap((file) => lookAtFile(file, 'all')),
    ]
  } catch {
    return []
  }
}

/** The configuration as the service would read it, or as far as it can be read. */
function read(path: string, { environment }: Service): { loaded: Loaded; config: Config | null } {
  const location = { path, environment: environment ?? process.env, hasAdvice: true }
  const loaded = loadConfig(location)
  return { loaded, config: loaded.ok ? loaded.config : sketchConfig(location).config }
}

/** More are for `minitor validate`. */
const MOST_SHOWN = 10

function configurationFindings(loaded: Loaded, { environment }: Service, { isService }: Viewer): readonly Finding[] {
  const all = loaded.ok ? loaded.warnings : loaded.mistakes
  const isUnsure = ({ message }: Mistake) =>
    (environment === null && /the environment variable \w+ is not set$/.test(message)) ||
    (!isService && /^cannot read .*: permission denied$/.test(message))
  const shown = all.slice(0, MOST_SHOWN).map((mistake) => {
    const { file, line, column, message, hint } = mistake
    const say = isUnsure(mistake) ? configuration.unknown : loaded.ok ? configuration.warning : configuration.error
    return say(message, hint, `${file}:${line}:${column}`)
  })
  if (all.length > MOST_SHOWN) {
    const more = `the configuration has ${all.length - MOST_SHOWN} more ${loaded.ok ? 'warnings' : 'mistakes'}`
    shown.push(configuration[loaded.ok ? 'warning' : 'error'](more, 'minitor validate lists them'))
  }
  return shown.length > 0 ? shown : [configuration.fine('the configuration is right')]
}
