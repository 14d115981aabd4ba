import type { ComponentChildren } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { account } from '../api'
import type { List } from '../wire'
import { Await } from './await'

interface Props<Entry> {
  /** Asks anew when it moves; the rows stay until the next are there. */
  changes?: number
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
  const { changes, ask, columns, cells, removeText, onRemove, empty } = props
  const [list, setList] = useState<List<Entry> | undefined>()
  const [error, setError] = useState<Error | undefined>()
  const latest = useRef(0)
  const load = async (cursor?: string) => {
    const turn = ++latest.current
    try {
      const page = await ask(cursor)
      // Of what was asked twice one answer counts, or a page would stand there twice.
      if (turn !== latest.current) return
      setList((before) =>
        cursor && before ? { ...page, items: [...before.items, ...page.items] } : page,
      )
      setError(undefined)
    } catch (failure) {
      if (turn === latest.current) setError(failure as Error)
    }
  }
  useEffect(() => void load(), [changes])
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
