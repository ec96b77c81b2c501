/** One page of a long list. Pages are counted from 1. */
export interface Paged<Item> {
  readonly items: readonly Item[]
  readonly page: number
  readonly pageCount: number
}

/** The page that was asked for, or the last one there is. Pure. */
export function pageOf<Item>(all: readonly Item[], asked: string | undefined, size: number): Paged<Item> {
  const pageCount = Math.max(1, Math.ceil(all.length / size))
  const page = Math.min(Math.max(1, Number.parseInt(asked ?? '1', 10) || 1), pageCount)
  return { items: all.slice((page - 1) * size, page * size), page, pageCount }
}

interface PagerProps {
  readonly page: number
  readonly pageCount: number
  readonly address: (page: number) => string
}

export function Pager({ page, pageCount, address }: PagerProps) {
  if (pageCount === 1) return null
  return (
    <nav class="pager" aria-label="More of the list">
      {page > 1 && (
        <a rel="prev" href={address(page - 1)}>
          Previous
        </a>
      )}
      <span>
        Page {page} of {pageCount}
      </span>
      {page < pageCount && (
        <a rel="next" href={address(page + 1)}>
          Next
        </a>
      )}
    </nav>
  )
}
