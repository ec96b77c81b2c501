import { expect, setDefaultTimeout, test } from 'bun:test'
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { eventually } from '../support/eventually.ts'
import { EXECUTABLE } from '../support/executable.ts'
import { startMachine } from '../support/machine.ts'
import { hasNats } from '../support/nats.ts'
import { TEST_LIMIT_MS } from '../support/pace.ts'

setDefaultTimeout(TEST_LIMIT_MS)

const UNITS = join(import.meta.dir, '../../packaging/systemd')
const PASSWORD = 'not-to-be-seen'

const NATS = `
listen: 127.0.0.1:4222
jetstream { store_dir: /tmp/nats }
authorization { users: [{ user: server, password: server-password }, { user: nas, password: ${PASSWORD} }] }
`
/** What an agent's check may do, and what the servers of its cluster have no business with. */
const COMMAND =
  'id -un; env; cat /etc/minitor/config.yml /var/lib/minitor/minitor.db /etc/minitor/agent.env; grep -h NoNewPrivs /proc/self/status; exit 1'
const CONFIG = `
cluster: {servers: ["nats://127.0.0.1:4222"], node: server, user: server, password: server-password}
check_interval: 1s
monitors:
  - {name: there, command: '${COMMAND}', run_on: nas, alerts: [log]}
`

const machine = hasNats ? await startMachine() : undefined

test.skipIf(machine === undefined)(
  'H8: an agent as a service runs checks, hardened, and shows no password',
  async () => {
    if (machine === undefined) return
    await using running = machine
    const { need, run, path } = running
    mkdirSync(path('/etc/minitor'), { recursive: true })
    copyFileSync(EXECUTABLE, path('/usr/local/bin/minitor'))
    for (const unit of ['minitor', 'minitor-agent']) {
      copyFileSync(join(UNITS, `${unit}.service`), path(`/etc/systemd/system/${unit}.service`))
    }
    writeFileSync(path('/etc/minitor/config.yml'), CONFIG)
    writeFileSync(path('/root/nats.conf'), NATS)
    writeFileSync(path('/etc/minitor/agent.env'), readFileSync(join(UNITS, 'agent.env')))
    await need(
      'useradd --system --home-dir /var/lib/minitor minitor; chmod 600 /etc/minitor/agent.env; chown root:minitor /etc/minitor/config.yml; chmod 640 /etc/minitor/config.yml',
    )
    await need('systemd-run --unit=nats nats-server --config /root/nats.conf; systemctl daemon-reload')
    const journal = async () => (await run('journalctl --unit=minitor-agent --output=cat --no-pager')).output

    // As it is installed, it says what is missing.
    await need('systemctl start minitor-agent')
    await eventually('it says what is missing', async () => (await journal()).includes('MINITOR_CLUSTER'))

    const settings = {
      MINITOR_CLUSTER: 'nats://127.0.0.1:4222',
      MINITOR_CLUSTER_USER: 'nas',
      MINITOR_CLUSTER_PASSWORD: PASSWORD,
      MINITOR_AGENT_OPTIONS: '"--node nas --tag lan --allow sh"',
    }
    const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}`)
    writeFileSync(path('/etc/minitor/agent.env'), `${readFileSync(join(UNITS, 'agent.env'))}\n${lines.join('\n')}\n`)
    await need('systemctl restart minitor-agent; systemctl start minitor')
    const answer = await eventually('a check has run there', async () => {
      const asUser = 'setpriv --reuid=minitor --regid=minitor --clear-groups minitor'
      const { output } = await run(`cd / && ${asUser} history --json there`)
      if (!output.startsWith('{')) return undefined
      const { checks } = JSON.parse(output) as { checks: { output: string }[] }
      return checks.find((check) => check.output !== '')?.output
    })
    expect(answer).toStartWith('minitor-agent\n')
    expect(answer).toContain('\nHOME=/var/lib/minitor-agent\n')
    expect(answer).toMatch(
      /config\.yml: Permission denied.*minitor\.db: Permission denied.*agent\.env: Permission denied/s,
    )
    expect(answer).toContain('NoNewPrivs:\t1')
    const commandLines = await need('cat /proc/[0-9]*/cmdline | tr "\\0" " "')
    expect(commandLines).toContain('minitor agent --node nas --tag lan --allow sh')
    for (const text of [answer, commandLines, await journal(), await need('systemctl show minitor-agent')]) {
      expect(text).not.toContain(PASSWORD)
    }

    mkdirSync(path('/usr/local/share/man/man1'), { recursive: true })
    copyFileSync(join(UNITS, '../man/minitor.1'), path('/usr/local/share/man/man1/minitor.1'))
    expect(await need('systemd-analyze verify /etc/systemd/system/minitor-agent.service')).toBe('')
    expect(await need('systemd-analyze security --no-pager --threshold=30 minitor-agent.service | tail -1')).toContain(
      'OK',
    )
    await need('systemctl stop minitor-agent')
    expect(await journal()).toContain('Minitor has stopped')
  },
)
