import type { ComponentChildren } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { account } from '../api'
import type { List } from '../wire'
import { Await } from './await'

interface Props<Entry> {
  ask(cursor?: string): Promise<List<Entry>>
  columns: string[]
  /** What stands in the columns, in their order. */
  cells(entry: Entry): ComponentChildren[]
  removeText?: string
  onRemove?(entry: Entry): void
  empty: string
}

/** A list page by page, as a table, each row perhaps with a button that takes it away. */
export function Entries<Entry extends { id: number | string }>(props: Props<Entry>) {
  const { ask, columns, cells, removeText, onRemove, empty } = props
  const [list, setList] = useState<List<Entry> | undefined>()
  const [error, setError] = useState<Error | undefined>()
  const load = async (cursor?: string) => {
    try {
      const page = await ask(cursor)
      setList((before) => (cursor ? withMore(before, cursor, page) : page))
      setError(undefined)
    } catch (failure) {
      setError(failure as Error)
    }
  }
  useEffect(() => void load(), [])
  const mayRemove = onRemove && account.value?.role === 'admin'
  return (
    <Await of={{ value: list, error, loading: false, reload: () => void load() }}>
      {({ items, next }) =>
        items.length === 0 ? (
          <p class="muted">{empty}</p>
        ) : (
          <>
            {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard */}
            <section class="scroll" tabIndex={0} aria-label={`A list of ${columns[0]}`}>
              <table>
                <thead>
                  <tr>
                    {columns.map((column) => (
                      <th key={column} scope="col">
                        {column}
                      </th>
                    ))}
                    {mayRemove && (
                      <th scope="col">
                        <span class="hidden">change</span>
                      </th>
                    )}
                  </tr>
                </thead>
                <tbody>
                  {items.map((entry) => (
                    <tr key={entry.id}>
                      {cells(entry).map((cell, nth) => (
                        <td key={columns[nth]}>{cell}</td>
                      ))}
                      {mayRemove && (
                        <td class="number">
                          <button type="button" onClick={() => onRemove(entry)}>
                            {removeText}
                          </button>
                        </td>
                      )}
                    </tr>
                  ))}
                </tbody>
              </table>
            </section>
            {next && (
              <p>
                <button type="button" onClick={() => void load(next)}>
                  More
                </button>
              </p>
            )}
          </>
        )
      }
    </Await>
  )
}

/** A page belongs behind the one that named its cursor, and there once, however often it was asked for. */
function withMore<Entry>(before: List<Entry> | undefined, cursor: string, page: List<Entry>) {
  if (before?.next !== cursor) return before
  return { ...page, items: [...before.items, ...page.items] }
}
