import type { Reason } from '../wire'

const KINDS = [
  ['rule', 'Rules'],
  ['campaign', 'Together with others'],
  ['learned', 'Unlike what is usual here'],
] as const

/** Why something was flagged: rules and what was learned apart, each with its share of the score. */
export function Reasons({ reasons }: { reasons: readonly Reason[] }) {
  const whole = reasons.reduce((sum, { weight }) => sum + weight, 0) || 1
  return (
    <>
      {KINDS.map(([kind, title]) => {
        const found = reasons.filter((reason) => reason.kind === kind)
        return found.length > 0 && <Kind key={kind} title={title} found={found} whole={whole} />
      })}
    </>
  )
}

function Kind({ title, found, whole }: { title: string; found: Reason[]; whole: number }) {
  const rows = found.map((reason) => ({ ...reason, ...split(reason.text) }))
  const hasUsual = rows.some(({ usual }) => usual !== undefined)
  return (
    <table class="reasons">
      <thead>
        <tr>
          <th scope="col">{title}</th>
          {hasUsual && <th scope="col">seen</th>}
          {hasUsual && <th scope="col">usual here</th>}
          <th scope="col" class="number">
            share
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ text, what, seen, usual, weight }) => (
          <tr key={text}>
            <td>{what}</td>
            {hasUsual && <td>{seen}</td>}
            {hasUsual && <td>{usual}</td>}
            <td class="share number">
              <svg viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
                <rect width={(100 * weight) / whole} height="6" />
              </svg>
              {Math.round((100 * weight) / whole)}%
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

/** "share not found 93 %; usual here 4 %" in its parts; other sentences are one part. */
function split(text: string): { what: string; seen?: string; usual?: string } {
  const [, what, seen, usual] =
    /^(.*?) ([\d.,]+(?: %)?); usual here ([\d.,]+(?: %)?)$/.exec(text) ?? []
  return what === undefined ? { what: text } : { what, seen: seen!, usual: usual! }
}
