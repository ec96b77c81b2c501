import { resolve } from 'node:path'
import { type Command, Option } from 'commander'
import type { Config } from '../../core/model/config.ts'
import { createMask } from '../../core/text/mask.ts'
import { configFingerprint } from '../../engine/delivery/trial.ts'
import { addDatabaseOptions, type DatabaseOptions, databaseTold } from '../options/context.ts'
import { findDaemon } from '../options/find-daemon.ts'
import { EXIT, UsageError } from '../terminal/outcome.ts'
import { createOneLine, print, printJson, widthOf } from '../terminal/terminal.ts'
import { adviceFindings } from './advice.ts'
import { alertFindings } from './alerts.ts'
import { clusterFindings, lookAtCluster } from './cluster.ts'
import { type ConfigurationFact, configurationFindings, lookAtConfiguration } from './configuration.ts'
import { askHealth, type DaemonFact, daemonFindings, healthFindings, lookAtDaemon } from './daemon.ts'
import { databaseFindings, expectedBytes, lookAtDatabase } from './database.ts'
import { AS_SERVICE, type Finding, findingsAbout, gather } from './finding.ts'
import { openLibc } from './libc.ts'
import { limitFindings } from './limits.ts'
import { lookAtMachine, machineFindings } from './machine.ts'
import { filesOfConfiguration, lookAtFile, permissionFindings } from './permissions.ts'
import { mayPing, privilegedAmong, privilegeFindings } from './privileges.ts'
import { lookForPrograms, programFindings } from './programs.ts'
import { renderFindings, worstFirst } from './report.ts'
import { become, daemonService, likelyService, type Service, UNKNOWN_USER, unitService } from './service-facts.ts'
import { findUnit, isBelow, isOn, readUnit, type Unit } from './unit.ts'

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

/** Looks at everything, first at what only this user can see, then as the service. */
async function examine(options: Options): Promise<Examination> {
  const path = resolve(options.config)
  const libc = openLibc()
  const told = options.unit === undefined ? databaseTold({ ...options, config: path }) : null
  const daemon = options.unit === undefined ? findDaemon({ config: path, ...(told && { database: told }) }) : null
  const daemonFact = daemon && lookAtDaemon(daemon.pid, daemon.read())
  const unit = options.unit === undefined ? unitFor(path) : givenUnit(options.unit)
  const service = daemon ? daemonService(daemon.pid) : unit ? unitService(unit) : likelyService(told)
  const unitFiles = unit === null ? [] : filesOfUnit(unit)
  const unseenFiles = become(service, path, libc)
  const viewer = {
    user: service.account.name,
    isService: unseenFiles.length === 0 && service.account.uid !== UNKNOWN_USER,
  }

  const mustBePingable = daemonFact?.runFile?.takesPings !== true
  const configuration = lookAtConfiguration(path, service.environment, { mustBePingable })
  const { loaded, config } = configuration
  const whole = loaded.ok ? loaded.config : null
  const database = databaseOf(options, { daemonFact, service, configuration })
  const looked = database === null ? null : lookAtDatabase(database, service.reach)
  const programs = whole === null ? [] : lookForPrograms(whole, service)
  const rights = { ...service, mayPing: mayPing([service.account.gid, ...service.account.groups]) }
  const ofWhole = (find: (whole: Config) => readonly Finding[]) => (whole === null ? [] : find(whole))
  const findings = [
    ...(unit === null ? [] : unitFindings(service, unit, path)),
    ...[...service.unseen, ...unseenFiles].map((what) => unknown(`could not look at ${what}`, AS_SERVICE)),
    ...configurationFindings(loaded, viewer, service.environment),
    ...programFindings(programs, viewer),
    ...privilegeFindings(privilegedAmong(programs, libc), rights),
    ...ofWhole((whole) => alertFindings(whole, looked?.trials ?? null, Date.now())),
    ...permissionFindings([
      ...unitFiles,
      ...filesOfConfiguration(path, config),
      ...(looked === null ? [] : lookAtFile(looked.fact.path, 'all')),
    ]),
    ...(looked === null ? [] : databaseFindings(looked.fact, expectedBytes(config), viewer)),
    ...ofWhole((whole) => limitFindings(whole, service)),
    ...machineFindings(lookAtMachine(service, libc), config),
    ...(options.unit !== undefined
      ? []
      : daemonFindings(daemonFact, whole && service.environment && configFingerprint(whole), viewer)),
    ...(daemonFact === null ? [] : healthFindings(await askHealth(daemonFact, config.web?.tokens[0] ?? null))),
    ...(whole?.cluster ? clusterFindings(whole, await lookAtCluster(whole.cluster)) : []),
    ...ofWhole(adviceFindings),
  ]
  return { service, findings, secrets: config.secrets, hasMistakes: whole === null }
}

/** Where the service has its database, which a flag or a variable may name; null where that cannot be told. */
function databaseOf(
  { database }: Options,
  about: { daemonFact: DaemonFact | null; service: Service; configuration: ConfigurationFact },
): string | null {
  const { daemonFact, service, configuration } = about
  if (database !== undefined) return database === ':memory:' ? database : resolve(database)
  const named = daemonFact?.runFile?.database ?? service.environment?.MINITOR_DATABASE
  if (!named) return configuration.isDatabaseKnown ? configuration.config.database : null
  return named === ':memory:' ? named : resolve(service.directory, named)
}

const { error, unknown } = findingsAbout('service')

function unitFindings({ account: { uid, name }, reach }: Service, unit: Unit, path: string): readonly Finding[] {
  const isMissing = uid === UNKNOWN_USER && !isOn(unit.settings, 'DynamicUser')
  const make = `useradd --system --home-dir /var/lib/${name} ${name}`
  const hidden = 'the unit hides the configuration from the service'
  return gather([
    isMissing && error(`there is no user ${name}, as whom the service is to run`, make, unit.file),
    isBelow(path, reach.hidden) && error(hidden, 'move it to /etc/minitor', path),
  ])
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
