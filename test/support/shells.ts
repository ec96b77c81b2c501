import { requireDebianPackage } from './debian.ts'

requireDebianPackage('busybox', 'busybox')
const bash = Bun.which('bash')

/** The shells through which values must arrive byte for byte; one that is not there has null for its program. */
export const SHELLS: readonly { readonly name: string; readonly command: readonly (string | null)[] }[] = [
  { name: 'dash', command: [Bun.which('dash')] },
  { name: 'bash', command: [bash] },
  { name: 'bash as sh', command: [bash, '--posix'] },
  { name: 'busybox', command: [Bun.which('busybox'), 'sh'] },
]
