/** Random numbers: the same seed gives the same ones, on every machine. */
export interface Random {
  /** In [0, 1). */
  fraction(): number
  /** In [low, high). */
  between(low: number, high: number): number
  chance(probability: number): boolean
  /** A whole number, both ends included. */
  int(from: number, to: number): number
  pick<Item>(from: readonly Item[]): Item
  /** Picks by weight. */
  weighed<Item>(from: readonly (readonly [weight: number, item: Item])[]): Item
  /** Each item with that probability, in their order. */
  some<Item>(from: readonly Item[], probability: number): Item[]
}

/** Source: mulberry32 by Tommy Ettinger, in the public domain. */
export function createRandom(seed: number): Random {
  let state = seed | 0
  const fraction = () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const int = (from: number, to: number) => from + Math.floor(fraction() * (to - from + 1))
  return {
    fraction,
    int,
    between: (low, high) => low + fraction() * (high - low),
    chance: (probability) => fraction() < probability,
    pick: <Item>(from: readonly Item[]) => from[int(0, from.length - 1)] as Item,
    weighed<Item>(from: readonly (readonly [weight: number, item: Item])[]) {
      let left = fraction() * from.reduce((sum, [weight]) => sum + weight, 0)
      const found = from.find(([weight]) => {
        left -= weight
        return left < 0
      })
      return (found ?? from[from.length - 1])?.[1] as Item
    },
    some: (from, probability) => from.filter(() => fraction() < probability),
  }
}
