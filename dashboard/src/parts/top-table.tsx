import type { ComponentChildren } from 'preact'
import { useLoad } from '../load'
import { count } from '../text'
import type { Top } from '../wire'
import { Await } from './await'
import { Card } from './card'

interface Props {
  title: string
  /** What the first column holds. */
  column: string
  /** What it is asked with: another key asks anew. */
  question: string
  ask(): Promise<Top>
  /** Where a value leads; none leads nowhere. */
  linkTo?: ((value: string) => string) | undefined
  show?(value: string, name?: string | null): ComponentChildren
  /** What the numbers count. */
  unit?: string
  /** Most rows shown. */
  most?: number
}

/** The values seen most, each with its bar; a click narrows the view to one. */
export function TopTable({ title, column, question, ask, ...rest }: Props) {
  const loaded = useLoad(question, ask)
  return (
    <Card title={title}>
      <Await of={loaded}>{(top) => <TopRows top={top} column={column} {...rest} />}</Await>
    </Card>
  )
}

type RowsProps = Pick<Props, 'column' | 'linkTo' | 'show' | 'unit' | 'most'> & { top: Top }

export function TopRows({ top, column, linkTo, show, unit = 'requests', most = 10 }: RowsProps) {
  const { items, each } = top
  if (items.length === 0) return <p class="muted">Nothing in this span.</p>
  const largest = items[0]!.requests
  return (
    <table class="top-table">
      <thead>
        <tr>
          <th scope="col">{column}</th>
          <th scope="col" class="number">
            {each > 1 ? `≈ ${unit}` : unit}
          </th>
        </tr>
      </thead>
      <tbody>
        {items.slice(0, most).map(({ value, requests, name }) => {
          const shown = show ? show(value, name) : value
          return (
            <tr key={value}>
              <td>
                <svg class="bar" viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true">
                  <rect width={(100 * requests) / largest} height="1" />
                </svg>
                {linkTo ? (
                  <a href={linkTo(value)} title={value}>
                    {shown}
                  </a>
                ) : (
                  <span title={value}>{shown}</span>
                )}
              </td>
              <td class="number">{count(requests)}</td>
            </tr>
          )
        })}
      </tbody>
    </table>
  )
}
