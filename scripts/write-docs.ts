import { fileURLToPath } from 'node:url'
import { renderReference } from '../src/config/reference.ts'

await Bun.write(fileURLToPath(new URL('../docs/configuration.md', import.meta.url)), renderReference())
