/** By their numbers (capabilities(7)). */
const NAMES = (
  'chown dac_override dac_read_search fowner fsetid kill setgid setuid setpcap linux_immutable net_bind_service ' +
  'net_broadcast net_admin net_raw ipc_lock ipc_owner sys_module sys_rawio sys_chroot sys_ptrace sys_pacct sys_admin ' +
  'sys_boot sys_nice sys_resource sys_time sys_tty_config mknod lease audit_write audit_control setfcap mac_override ' +
  'mac_admin syslog wake_alarm block_suspend audit_read perfmon bpf checkpoint_restore'
)
  .split(' ')
  .map((name) => `CAP_${name.toUpperCase()}`)

export const ALL_CAPABILITIES: bigint = (1n << BigInt(NAMES.length)) - 1n
export const NET_RAW: bigint = bitOf('CAP_NET_RAW')

function bitOf(name: string): bigint {
  const number = NAMES.indexOf(name.toUpperCase())
  return number === -1 ? 0n : 1n << BigInt(number)
}

export function capabilityNames(bits: bigint): readonly string[] {
  return NAMES.filter((_, number) => (bits >> BigInt(number)) & 1n)
}

/** As systemd reads `CapabilityBoundingSet=`: lists add up, `~` takes away; null without one. */
export function readCapabilities(values: readonly string[] | undefined): bigint | null {
  if (values === undefined) return null
  return values.reduce((set, value, index) => {
    const isInverse = value.startsWith('~')
    const named = value.replace(/^~/, '').split(/\s+/).map(bitOf)
    const bits = named.reduce((all, bit) => all | bit, 0n)
    return isInverse ? (index === 0 ? ALL_CAPABILITIES : set) & ~bits : set | bits
  }, 0n)
}
