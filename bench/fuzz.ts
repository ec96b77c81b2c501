/**
 * Faults J1 and J2 (docs/faults.md), by hand: `bun bench/fuzz.ts [REQUESTS] [--seed N]` sends hostile requests to the built
 * executable, with and without `public`, and exits with 1 if it ends, answers with 500, or stops checking.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { eventually } from '../test/support/eventually.ts'
import { fuzz } from '../test/support/hostile-requests.ts'
import { createScratch } from './scratch.ts'

const REQUESTS = 20_000
const AT_ONCE = 16
const TOKEN = 'a-token-of-20-letters'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    minitor: { type: 'string', default: fileURLToPath(new URL('../dist/minitor', import.meta.url)) },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 1e9)) },
  },
})
const count = Number(positionals[0] ?? REQUESTS)
if (!(count >= 1)) throw new Error(`"${positionals[0]}" is not a number of requests`)
if (!existsSync(values.minitor)) throw new Error(`there is no ${values.minitor}: run \`npm run build\` first`)

const scratch = createScratch()
const results = [await attack('private', 'false'), await attack('public', 'true')]
process.exit(results.every(Boolean) ? 0 : 1)

async function attack(name: string, isPublic: string): Promise<boolean> {
  const directory = join(scratch, name)
  mkdirSync(directory)
  writeFileSync(
    join(directory, 'config.yml'),
    `web: {listen: "127.0.0.1:0", public: ${isPublic}, auth: {tokens: [${TOKEN}]}}
monitors:
  - {name: ok, command: "echo >>runs", check_interval: 100ms}
  - {name: beat, heartbeat: {interval: 1h, key: a-key-of-a-heartbeat}}
`,
  )
  const daemon = Bun.spawn([values.minitor, 'run'], {
    cwd: directory,
    stdout: Bun.file(join(directory, 'log')),
    stderr: 'pipe',
  })
  const log = () => readFileSync(join(directory, 'log'), 'utf8')
  const runs = () => readFileSync(join(directory, 'runs'), 'utf8').length
  const portOf = () => /pages are at http:\/\/127\.0\.0\.1:(\d+)/.exec(log())?.[1]
  const port = Number(await eventually('the pages are served', portOf))
  const { counts, bugs } = await fuzz(port, { seed: Number(values.seed), count, atOnce: AT_ONCE })
  const isAlive = daemon.exitCode === null
  const metrics = isAlive ? await (await ask(port, '/metrics')).text() : ''
  const faultCount = /^minitor_http_errors_total (\d+)/m.exec(metrics)?.[1] ?? 'unknown'
  const runsBefore = runs()
  await Bun.sleep(1_000)
  const isChecking = isAlive && runs() > runsBefore
  daemon.kill()
  const exitCode = await daemon.exited
  const stderr = await new Response(daemon.stderr).text()
  console.log(
    `${name}, seed ${values.seed}: ${count} requests, ${JSON.stringify(counts)}, ${faultCount} bugs, exit code ${exitCode}`,
  )
  for (const bug of bugs) console.log(JSON.stringify(bug))
  if (stderr !== '') console.log(stderr)
  return isChecking && faultCount === '0' && bugs.length === 0 && exitCode === 0 && stderr === ''
}

function ask(port: number, path: string): Promise<Response> {
  return fetch(`http://127.0.0.1:${port}${path}`, { headers: { Authorization: `Bearer ${TOKEN}` } })
}
