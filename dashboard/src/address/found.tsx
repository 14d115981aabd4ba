import { Score } from '../review/list'
import { Reasons } from '../review/reasons'
import { atDay } from '../text'
import type { Described } from '../wire'

/** One finding: when, how bad, what became of it, and all of it on demand. */
export function Found({ finding }: { finding: Described['findings'][number] }) {
  const { incident, window, risk, severity, reason, reasons, status, reviewedBy, note } = finding
  return (
    <details class="found">
      <summary>
        <Score risk={risk} severity={severity} /> {atDay(window)}: {reason}{' '}
        <span class="muted">
          {status}
          {reviewedBy && ` by ${reviewedBy}`}
          {note && `: ${note}`}
        </span>
      </summary>
      <p class="muted">
        Incident <b class="mono">{incident}</b>
      </p>
      <Reasons reasons={reasons} />
      <details>
        <summary>As JSON</summary>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard */}
        <pre tabIndex={0}>{JSON.stringify(finding, null, 2)}</pre>
      </details>
    </details>
  )
}
