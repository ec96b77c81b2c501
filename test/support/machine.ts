import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { requireDebianPackage } from './debian.ts'
import { eventually } from './eventually.ts'

/**
 * A copy of this machine that runs systemd: its files are those of this one, changes stay in memory, and it has processes,
 * network, host name and mounts of its own. Disposing of it ends all of it.
 */
export interface Machine extends AsyncDisposable {
  /** A shell script, run by root to its end. */
  run(script: string): Promise<{ exitCode: number; output: string }>
  /** What the script printed; throws with it where the script fails. */
  need(script: string): Promise<string>
  /** Where a file of the machine is found from outside. */
  path(file: string): string
}

/**
 * What systemd would do to a machine of its own is taken away, as the kernel is this machine's: of the services that a
 * start brings, the journal remains. The kernel's settings are read-only.
 */
const BOOT = `
set -e
mount -t tmpfs tmpfs "$1"
cd "$1"
mkdir upper work root
mount -t overlay overlay -o "lowerdir=/,upperdir=upper,workdir=work" root
cd root
mount -t proc proc proc
mount --rbind /sys sys
mount -o remount,bind,ro sys
for tree in $TREES; do
  [ ! -d "$tree/$2" ] || mount --bind "$tree/$2" ".$tree"
done
mount --bind proc/sys proc/sys
mount -o remount,bind,ro proc/sys
for place in run tmp dev; do mount -t tmpfs tmpfs "$place"; done
chmod 1777 tmp
for device in null zero full random urandom tty; do cp -a "/dev/$device" dev/; done
mkdir dev/pts dev/shm
mount -t devpts devpts dev/pts -o newinstance,ptmxmode=0666
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
ip link set lo up
: >etc/fstab
rm -rf etc/systemd/system/*.wants etc/rc?.d usr/sbin/policy-rc.d
for unit in lib/systemd/system/*.target.wants/*.service; do
  name=\${unit##*/}
  [ "$name" = systemd-journald.service ] || ln -sf /dev/null "etc/systemd/system/$name"
done
exec chroot . env -i container=minitor-test "PATH=$PATH" /lib/systemd/systemd --unit=multi-user.target
`

/** Enters control groups of its own first, which systemd then takes for the root of all. */
const ENTER = `
set -e
for tree in $TREES; do
  [ ! -w "$tree/cgroup.procs" ] || { mkdir "$tree/$2"; echo $$ >"$tree/$2/cgroup.procs"; }
done
exec setpriv --pdeathsig=KILL unshare --mount --pid --fork --cgroup --uts --ipc --net --kill-child sh -c "$3" sh "$1" "$2"
`
const LEAVE = `
set -e
for tree in $TREES; do
  [ ! -d "$tree/$1" ] || find "$tree/$1" -depth -type d -exec rmdir {} +
done
`
const TREES = '/sys/fs/cgroup /sys/fs/cgroup/unified /sys/fs/cgroup/systemd'

/** Starts a machine; without root, systemd or the right to mount there is none, and the reason is on standard error. */
export async function startMachine(): Promise<Machine | undefined> {
  if (process.getuid?.() !== 0 || !requireDebianPackage('systemd', '/lib/systemd/systemd'))
    return skipped('root, systemd')
  const directory = mkdtempSync(join(tmpdir(), 'minitor-machine-'))
  const name = basename(directory)
  const env = { ...process.env, TREES }
  const namespace = Bun.spawn(['sh', '-c', ENTER, 'sh', directory, name, BOOT], {
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const end = async () => {
    namespace.kill('SIGKILL')
    await namespace.exited
    const isEmpty = () =>
      Bun.spawnSync(['sh', '-c', LEAVE, 'sh', name], { env, stdio: ['ignore', 'ignore', 'ignore'] }).success
    await eventually('its processes are gone', isEmpty)
    rmSync(directory, { recursive: true })
  }
  const init = () => {
    try {
      return Number(readFileSync(`/proc/${namespace.pid}/task/${namespace.pid}/children`, 'utf8'))
    } catch {
      return 0
    }
  }
  const run = async (script: string) => {
    const enter = ['nsenter', `--target=${init()}`, '--all', '--root', '--wd', 'sh', '-c', `exec 2>&1\n${script}`]
    const child = Bun.spawn(enter, { stdio: ['ignore', 'pipe', 'inherit'] })
    const [output, exitCode] = await Promise.all([child.stdout.text(), child.exited])
    return { exitCode, output }
  }
  const isRunning = async () => /running|degraded/.test((await run('systemctl is-system-running')).output)
  try {
    await eventually('systemd runs', async () => {
      if (namespace.exitCode !== null) return 'ended'
      return existsSync(`/proc/${init()}/root/run/systemd/private`) && (await isRunning()) ? 'running' : undefined
    })
  } catch (error) {
    await end()
    throw error
  }
  if (namespace.exitCode !== null) {
    const reason = await namespace.stderr.text()
    await end()
    return skipped(reason)
  }
  return {
    run,
    async need(script) {
      const { exitCode, output } = await run(script)
      if (exitCode !== 0) throw new Error(`${script}\nexit code ${exitCode}:\n${output}`)
      return output
    },
    path: (file) => `/proc/${init()}/root${file}`,
    [Symbol.asyncDispose]: end,
  }
}

function skipped(reason: string): undefined {
  console.error(`skipped: there is no machine to test on: ${reason}`)
}
