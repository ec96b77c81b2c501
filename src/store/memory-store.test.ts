import { testStore } from '../../test/support/store-contract.ts'
import { createMemoryStore } from './memory-store.ts'

testStore('the store in memory', { open: async () => createMemoryStore(), reopen: async (store) => store })
