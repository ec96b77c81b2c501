import { requireDebianPackage } from '../debian.ts'

/** A machine of its own as far as the network is concerned. */
export interface Machine {
  readonly address: string
  /** Put before a command, it starts that there. */
  readonly wrapper: readonly string[]
  /** Drops all that it sends and all that is sent to it, without a word to anybody, as a switch that fails does. */
  cut(): void
  heal(): void
}

/** A switch with machines on it, which this process reaches, too. Disposing of it takes all of it away. */
export interface Network extends AsyncDisposable {
  addMachine(): Promise<Machine>
}

/** Whether there can be a network: that needs root and the right to make network namespaces. The reason is on standard error. */
export const hasNetwork = canMakeNetworks()

function canMakeNetworks(): boolean {
  if (process.getuid?.() !== 0) return skip('root')
  if (!requireDebianPackage('iproute2', 'ip')) return false
  const attempt = [
    'unshare',
    '--net',
    'sh',
    '-c',
    'ip link add name switch0 type bridge && ip link add name here0 type veth peer name there0',
  ]
  const { success, stderr } = Bun.spawnSync(attempt, { stdin: 'ignore', stderr: 'pipe' })
  return success || skip(`network namespaces with bridges, which cannot be made here: ${stderr.toString().trim()}`)
}

function skip(what: string): false {
  console.error(`skipped: these tests need ${what}`)
  return false
}

/** A name that no other test process has: at most 15 bytes for a link. */
const LINK = `mt${process.pid.toString(36)}`

let networkCount = 0

export async function openNetwork(): Promise<Network> {
  const number = ++networkCount
  const subnet = `10.${64 + Math.floor(Math.random() * 64)}.${Math.floor(Math.random() * 256)}`
  const namespaces: Namespace[] = []
  const newNamespace = async () => {
    const namespace = await openNamespace()
    namespaces.push(namespace)
    return namespace
  }
  const dispose = async () => {
    // With a namespace, both ends of its links go.
    await Promise.all(namespaces.map((namespace) => namespace.end()))
  }
  try {
    const here = `${LINK}x${number}`
    const hub = await newNamespace()
    hub.run('ip link add name hub type bridge && ip link set dev hub up')
    run(`ip link add name ${here} type veth peer name out netns ${hub.pid}`)
    run(`ip address add ${subnet}.1/24 dev ${here} && ip link set dev ${here} up`)
    hub.run('ip link set dev out master hub && ip link set dev out up')
    let host = 1
    return {
      async addMachine() {
        const machine = await newNamespace()
        const address = `${subnet}.${++host}`
        const port = `port${host}`
        machine.run(
          `ip link set dev lo up && ip link add name wire type veth peer name ${port} netns ${hub.pid} && ` +
            `ip address add ${address}/24 dev wire && ip link set dev wire up`,
        )
        hub.run(`ip link set dev ${port} master hub && ip link set dev ${port} up`)
        return {
          address,
          wrapper: machine.wrapper,
          // The link stays up: nobody on it is told.
          cut: () => hub.run(`ip link set dev ${port} nomaster`),
          heal: () => hub.run(`ip link set dev ${port} master hub`),
        }
      },
      [Symbol.asyncDispose]: dispose,
    }
  } catch (error) {
    await dispose()
    throw error
  }
}

interface Namespace {
  readonly pid: number
  readonly wrapper: readonly string[]
  /** A shell script in it; throws with what it says if it fails. */
  run(script: string): void
  end(): Promise<void>
}

/** It is there for as long as a process that does nothing, which goes when the test process does. */
async function openNamespace(): Promise<Namespace> {
  const holder = Bun.spawn(
    ['setpriv', '--pdeathsig=KILL', 'unshare', '--net', 'sh', '-c', 'echo; exec sleep infinity'],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  // It has said something: it is in the namespace.
  await holder.stdout.getReader().read()
  const wrapper = ['nsenter', `--net=/proc/${holder.pid}/ns/net`]
  return {
    pid: holder.pid,
    wrapper,
    run: (script) => run(script, wrapper),
    async end() {
      holder.kill('SIGKILL')
      await holder.exited
    },
  }
}

function run(script: string, wrapper: readonly string[] = []): void {
  const { success, stderr } = Bun.spawnSync([...wrapper, 'sh', '-c', script], { stdin: 'ignore', stderr: 'pipe' })
  if (!success) throw new Error(`${script}\n${stderr.toString()}`)
}
