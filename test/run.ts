/** The whole test run: types, lint, the executable, then every test. Its last line gives the counts. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SLOWNESS, TEST_LIMIT_MS } from './support/pace.ts'

const CHECKS: readonly (readonly [string, readonly string[]])[] = [
  ['types', ['tsc']],
  ['lint', ['biome', 'check', '--error-on-warnings', '.']],
  ['build', ['npm', 'run', '--silent', 'build']],
]

/** Counts of a JUnit report, from the attributes of its root. */
function countsIn(report: string): { passed: number; failed: number; skipped: number } {
  const root = /<testsuites[^>]*>/.exec(report)?.[0] ?? ''
  const count = (name: string) => Number(new RegExp(`\\b${name}="(\\d+)"`).exec(root)?.[1] ?? 0)
  const failed = count('failures') + count('errors')
  return { passed: count('tests') - failed - count('skipped'), failed, skipped: count('skipped') }
}

async function runStep(command: readonly string[]): Promise<boolean> {
  console.log(`$ ${command.join(' ')}`)
  // Named, as a child gets the environment of the start otherwise, without the pace that was measured since.
  const child = Bun.spawn([...command], { env: process.env, stdio: ['ignore', 'inherit', 'inherit'] })
  return (await child.exited) === 0
}

console.log(`limits of this machine: ${SLOWNESS.toFixed(1)} times the ordinary ones`)
const directory = mkdtempSync(join(tmpdir(), 'minitor-tests-'))
const reportFile = join(directory, 'report.xml')
let failedChecks = 0
for (const [name, command] of CHECKS) {
  if (await runStep(command)) continue
  failedChecks++
  console.log(`${name} failed`)
}
// Most tests wait for real processes, so three files at a time are what two cores can carry.
const areTestsGreen = await runStep([
  'bun',
  'test',
  '--parallel=3',
  `--timeout=${TEST_LIMIT_MS}`,
  '--reporter=junit',
  `--reporter-outfile=${reportFile}`,
  // By hand until it is steady: docs/cluster.md says what is open with three NATS servers that are lost in turn.
  '--path-ignore-patterns=test/cluster/engine.test.ts',
  ...process.argv.slice(2),
])
const counts = countsIn(readFileSync(reportFile, 'utf8'))
rmSync(directory, { recursive: true })

const passed = counts.passed + CHECKS.length - failedChecks
const failed = counts.failed + failedChecks
console.log(`${passed} passed, ${failed} failed, ${counts.skipped} skipped`)
process.exitCode = areTestsGreen && failed === 0 ? 0 : 1
