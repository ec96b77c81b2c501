import { expect, test } from 'bun:test'
import { chmodSync } from 'node:fs'
import { requireDebianPackage } from '../support/debian.ts'
import { createWorkspace } from '../support/executable.ts'

const isRoot = process.getuid?.() === 0 && requireDebianPackage('util-linux', 'setpriv')
const canMount = isRoot && Bun.spawnSync(['unshare', '-m', 'mount', '-t', 'tmpfs', 'none', '/mnt']).success

const configOf = (name: string) => `monitors: [{name: ${name}, command: ["true"]}]\n`

/** A machine with the unit's user (4711), configuration and database, for one command of a shell. */
const SERVICE = `set -e
mount -t tmpfs none /etc
printf 'root:x:0:0::/:/bin/sh\\nminitor:x:4711:4711::/:/bin/sh\\n' >/etc/passwd
printf 'root:x:0:\\nminitor:x:4711:\\n' >/etc/group
mkdir /etc/minitor
mount -t tmpfs none /var/lib
mkdir -m 700 /var/lib/minitor
chown 4711:4711 /var/lib/minitor
`
const AS_SERVICE = 'setpriv --reuid=4711 --regid=4711 --clear-groups'
const AS_OTHER = 'setpriv --reuid=4712 --regid=4712 --clear-groups'

async function onService(script: string) {
  using place = createWorkspace({ script: SERVICE + script })
  chmodSync(place.directory, 0o755)
  return await place.shell('unshare -m sh script')
}

const START = `chmod 777 .
: >log
${AS_SERVICE} "$MINITOR" --config /etc/minitor/config.yml >log & daemon=$!
until grep -q watches log; do kill -0 $daemon; sleep 0.01; done
`
const STOP = '; code=$?; kill $daemon; wait $daemon; exit $code'

test.each([
  {
    name: '--config before all',
    args: ['--config', 'given.yml'],
    env: { MINITOR_CONFIG: 'named.yml' },
    shown: 'given',
  },
  { name: 'then MINITOR_CONFIG', args: [], env: { MINITOR_CONFIG: 'named.yml' }, shown: 'named' },
  { name: 'then config.yml', args: [], env: {}, shown: 'here' },
  { name: 'an empty MINITOR_CONFIG is none', args: [], env: { MINITOR_CONFIG: '' }, shown: 'here' },
])('the configuration: $name', async ({ args, env, shown }) => {
  using place = createWorkspace({
    'given.yml': configOf('given'),
    'named.yml': configOf('named'),
    'config.yml': configOf('here'),
  })
  const { exitCode, stdout } = await place.minitorWith(env, 'check', '--json', ...args)
  expect(exitCode).toBe(0)
  expect(JSON.parse(stdout)).toMatchObject([{ monitor: shown }])
})

test('MINITOR_CONFIG that is not there is a mistake, whatever else is there', async () => {
  using place = createWorkspace({ 'config.yml': configOf('here') })
  const { exitCode, stderr } = await place.minitorWith({ MINITOR_CONFIG: 'none.yml' }, 'check')
  expect(exitCode).toBe(2)
  expect(stderr).toStartWith('error: cannot read none.yml: there is no such file\n')
})

test.skipIf(!canMount)('at last /etc/minitor/config.yml, with its database in /var/lib/minitor', async () => {
  const script = `echo "${configOf('etc').trim().replaceAll('"', "'")}" >/etc/minitor/config.yml
${START}cd /; ${AS_SERVICE} "$MINITOR" status --json${STOP}`
  const { exitCode, stdout, stderr } = await onService(script)
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
  expect(JSON.parse(stdout)).toMatchObject({ ok: true, monitors: [{ name: 'etc' }] })
})

test.skipIf(!canMount)('a directory that the user may not enter is no place for a configuration', async () => {
  const script = `echo "${configOf('etc').trim().replaceAll('"', "'")}" >/etc/minitor/config.yml
mkdir -m 700 secret; cd secret; ${AS_SERVICE} "$MINITOR" check --json`
  const { exitCode, stdout } = await onService(script)
  expect(exitCode).toBe(0)
  expect(JSON.parse(stdout)).toMatchObject([{ monitor: 'etc' }])
})

test.skipIf(!canMount).each([
  {
    name: 'the database, by the owner of its directory',
    setUp: 'touch /var/lib/minitor/minitor.db; echo "monitors: [{name: a, command: [x]}]" >/etc/minitor/config.yml',
    command: 'status',
    stderr: `error: cannot read /var/lib/minitor/minitor.db: permission denied
  = help: run this as the daemon's user: sudo -u minitor minitor status
`,
  },
  {
    name: 'with the words of the command',
    setUp: 'touch /var/lib/minitor/minitor.db; echo "monitors: [{name: a, command: [x]}]" >/etc/minitor/config.yml',
    command: 'silence a 2h --reason "new router"',
    stderr: `error: cannot read /var/lib/minitor/minitor.db: permission denied
  = help: run this as the daemon's user: sudo -u minitor minitor silence a 2h --reason 'new router'
`,
  },
  {
    name: 'a configuration for the group of that user',
    setUp: 'install -m 640 -g 4711 /dev/null /etc/minitor/config.yml',
    command: 'check',
    stderr: `error: cannot read /etc/minitor/config.yml: permission denied
  = help: run this as the daemon's user: sudo -u minitor minitor check
`,
  },
  {
    name: 'one that would tell where the database is',
    setUp: 'install -m 600 /dev/null /etc/minitor/config.yml',
    command: 'status',
    stderr: `error: cannot read /etc/minitor/config.yml: permission denied
  = help: run this as root: sudo minitor status
`,
  },
  {
    name: 'for a command that looks for the daemon',
    setUp: 'install -m 640 -g 4711 /dev/null /etc/minitor/config.yml',
    command: 'reload',
    stderr: `error: cannot read /etc/minitor/config.yml: permission denied
  = help: run this as the daemon's user: sudo -u minitor minitor reload
`,
  },
  {
    name: 'before a container is said to be unhealthy',
    setUp: 'install -m 640 -g 4711 /dev/null /etc/minitor/config.yml',
    command: 'healthcheck',
    stderr: `error: cannot read /etc/minitor/config.yml: permission denied
  = help: run this as the daemon's user: sudo -u minitor minitor healthcheck
`,
  },
  {
    name: 'with the variables that sudo takes away',
    setUp: 'install -m 640 -g 4711 /dev/null /etc/minitor/other.yml; export MINITOR_CONFIG=/etc/minitor/other.yml',
    command: 'status --down',
    stderr: `error: cannot read /etc/minitor/other.yml: permission denied
  = help: run this as the daemon's user: sudo -u minitor env MINITOR_CONFIG=/etc/minitor/other.yml minitor status --down
`,
  },
  {
    name: "root's own",
    setUp: 'install -m 600 /dev/null /etc/minitor/config.yml',
    command: 'validate',
    stderr: `error: cannot read /etc/minitor/config.yml: permission denied
  = help: run this as root: sudo minitor validate
`,
  },
])('a user who may not read is told who may: $name', async ({ setUp, command, stderr }) => {
  const result = await onService(`${setUp}; cd /; ${AS_OTHER} "$MINITOR" ${command}`)
  expect(result).toEqual({ exitCode: 2, stdout: '', stderr })
})
