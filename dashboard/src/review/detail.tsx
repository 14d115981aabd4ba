import { account, get } from '../api'
import { useLoad } from '../load'
import { Await } from '../parts/await'
import { Card } from '../parts/card'
import { RequestTable } from '../parts/live-tail'
import { linkTo } from '../route'
import { atDay, countryName, fromNow } from '../text'
import type { Described, Finding, List, Request } from '../wire'
import { Score } from './list'
import { chosen, marked } from './queue'
import { Reasons } from './reasons'

const HOUR_MS = 3_600_000

interface Actions {
  onBlock(): void
  onBlockFor(): void
  onDismiss(): void
  onDismissAs(): void
  onAllow(): void
}

/** The finding in full: who, why, what was asked for, and what can be done. */
export function Detail({ finding, ...actions }: { finding: Finding } & Actions) {
  const { id, ipAddress, window, risk, severity, reasons } = finding
  const known = useLoad(`address ${ipAddress}`, () => get<Described>(`addresses/${ipAddress}`))
  return (
    <Card
      title={`Judged ${atDay(window)}`}
      class="detail"
      aside={<a href={linkTo('address', { ip: ipAddress })}>All about it</a>}
    >
      <p class="who">
        <Score risk={risk} severity={severity} /> <strong class="mono">{ipAddress}</strong>
      </p>
      <p class="muted">
        {known.value ? <Whereabouts known={known.value} /> : countryName(finding.country)}
      </p>
      <ActionRow {...actions} />
      <h3>Why it was flagged</h3>
      <Reasons reasons={reasons} />
      <Features id={id} />
      <h3>Its last requests of that hour</h3>
      <LastRequests finding={finding} />
    </Card>
  )
}

function Whereabouts({ known }: { known: Described }) {
  const { place, firstSeen } = known
  const parts = [
    place.reserved ?? [place.city, countryName(place.country)].filter(Boolean).join(', '),
    place.organisation && `${place.organisation} (AS${place.asn})`,
    place.hosting && 'hosting',
    firstSeen && `first seen ${fromNow(firstSeen)}`,
  ]
  return <>{parts.filter(Boolean).join(' · ')}</>
}

function ActionRow({ onBlock, onBlockFor, onDismiss, onDismissAs, onAllow }: Actions) {
  if (account.value?.role === 'viewer') return <p class="muted">You may look, and not decide.</p>
  const many = marked.value.size > 0 ? ` ${chosen.value.length}` : ''
  return (
    <div class="actions">
      <button type="button" class="bad" onClick={onBlock}>
        Block{many} 24 h <kbd>B</kbd>
      </button>
      <button type="button" onClick={onBlockFor}>
        Block{many}… <kbd>⇧B</kbd>
      </button>
      <button type="button" onClick={onDismiss}>
        Dismiss{many} <kbd>D</kbd>
      </button>
      <button type="button" onClick={onDismissAs}>
        Dismiss as normal… <kbd>⇧D</kbd>
      </button>
      <button type="button" class="ok" onClick={onAllow}>
        Allow{many} <kbd>A</kbd>
      </button>
    </div>
  )
}

function Features({ id }: { id: number }) {
  const { value } = useLoad(`finding ${id}`, () => {
    return get<{ features: Record<string, number> }>(`suspicious/${id}`)
  })
  if (!value) return null
  return (
    <details>
      <summary>All that was measured</summary>
      <dl class="features">
        {Object.entries(value.features).map(([name, measured]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{measured}</dd>
          </div>
        ))}
      </dl>
    </details>
  )
}

function LastRequests({ finding: { id, ipAddress, window } }: { finding: Finding }) {
  const to = new Date(Date.parse(window) + HOUR_MS).toISOString()
  const loaded = useLoad(`requests ${id}`, () => {
    return get<List<Request>>('requests', { ip: ipAddress, from: window, to, limit: 20 })
  })
  return <Await of={loaded}>{({ items }) => <RequestTable requests={items} own />}</Await>
}
