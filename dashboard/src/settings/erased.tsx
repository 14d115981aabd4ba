import { counted } from '../text'
import type { Erasure } from '../wire'

/** What an erasure has done, as the service says it: how much of what is gone, and what stays. */
export function Erased({ ipAddress, allowed, blockKept, ...erased }: Erasure) {
  const gone = [
    erased.requests > 0 && counted(erased.requests, 'request'),
    erased.rollUps > 0 &&
      counted(erased.rollUps, 'count of five minutes', 'counts of five minutes'),
    erased.findings > 0 && counted(erased.findings, 'finding'),
    erased.campaigns > 0 && counted(erased.campaigns, 'place in a campaign', 'places in campaigns'),
    erased.exceptions > 0 && counted(erased.exceptions, 'exception'),
    erased.notes > 0 && counted(erased.notes, 'note'),
    erased.baselineRows > 0 &&
      counted(erased.baselineRows, 'row of the baseline', 'rows of the baseline'),
    allowed > 0 && 'its entry among the allowed',
  ].filter(Boolean)
  return (
    <>
      <p>
        <b>{ipAddress}</b>: {gone.length > 0 ? `erased ${gone.join(', ')}.` : 'nothing was stored.'}
      </p>
      {erased.decisions > 0 && (
        <p>The audit log names it no longer, in {counted(erased.decisions, 'entry', 'entries')}.</p>
      )}
      <p>
        {blockKept
          ? 'A running block, of it or of a network around it, stays in force.'
          : 'No block that is running covers it.'}
      </p>
    </>
  )
}
