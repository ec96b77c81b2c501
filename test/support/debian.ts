import { existsSync } from 'node:fs'
import { isAbsolute } from 'node:path'
import { limitMs } from './pace.ts'

// In a directory that only root can write, as only root gets here.
const LOCK_FILE = '/var/cache/apt/minitor-tests.lock'

// A slow mirror is waited for; a dead one must not take the test run with it.
const INSTALL_TIMEOUT_MS = limitMs(240_000)

// The lists of a fresh image are empty or stale: then the first try fails and the second one, after an update, counts.
const INSTALL = `
export DEBIAN_FRONTEND=noninteractive
[ -x "$2" ] || command -v "$2" && exit 0
install() { apt-get install -y --no-install-recommends -o DPkg::Lock::Timeout=120 "$1"; }
install "$1" || { apt-get update && install "$1"; }
`

/**
 * Whether a program can be used by a test. Where it is missing, and we are root on Debian, its package is installed
 * first, by one test process at a time; otherwise the package is named on standard error, for the caller to skip.
 * `program` is a name that is looked up in PATH, or an absolute path.
 */
export function requireDebianPackage(packageName: string, program: string): boolean {
  if (isThere(program)) return true
  if (process.getuid?.() === 0 && existsSync('/etc/debian_version')) {
    const install = Bun.spawnSync(['flock', LOCK_FILE, 'sh', '-c', INSTALL, 'sh', packageName, program], {
      stdin: 'ignore',
      timeout: INSTALL_TIMEOUT_MS,
    })
    if (isThere(program)) return true
    console.error(install.stderr.toString().trim())
  }
  console.error(`skipped: these tests need ${program} of the Debian package ${packageName}`)
  return false
}

function isThere(program: string): boolean {
  return isAbsolute(program) ? existsSync(program) : Bun.which(program) !== null
}
