import { account, get } from '../api'
import { useLoad } from '../load'
import { Await } from '../parts/await'
import { Card } from '../parts/card'
import { RequestTable } from '../parts/live-tail'
import { linkTo } from '../route'
import { atDay, countryName, fromNow } from '../text'
import type { Described, Finding, FindingDetail } from '../wire'
import { Score } from './list'
import { chosen, marked } from './queue'
import { Reasons } from './reasons'

interface Actions {
  onBlock(): void
  onBlockFor(): void
  onDismiss(): void
  onDismissAs(): void
  onAllow(): void
}

/** The finding in full: who, why, what was asked for, and what can be done. */
export function Detail({ finding, ...actions }: { finding: Finding } & Actions) {
  const { id, incident, ipAddress, window, risk, severity, reasons } = finding
  const known = useLoad(`address ${ipAddress}`, () => get<Described>(`addresses/${ipAddress}`))
  const detail = useLoad(`finding ${id}`, () => get<FindingDetail>(`suspicious/${id}`))
  return (
    <Card
      title={`Judged ${atDay(window)}`}
      class="detail"
      aside={<a href={linkTo('address', { ip: ipAddress })}>All about it</a>}
    >
      <p class="who">
        <Score risk={risk} severity={severity} /> <strong class="mono">{ipAddress}</strong>{' '}
        <span class="muted mono" title="Its incident, to be named in tickets">
          {incident}
        </span>
      </p>
      <p class="muted">
        {known.value ? <Whereabouts known={known.value} /> : countryName(finding.country)}
      </p>
      <ActionRow {...actions} />
      <h3>Why it was flagged</h3>
      <Reasons reasons={reasons} />
      <Await of={detail}>
        {({ features, usual, requests }) => (
          <>
            <Features features={features} usual={usual} />
            <h3>Its last requests of that hour</h3>
            <RequestTable requests={requests} own />
          </>
        )}
      </Await>
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

/** All that was measured, beside what is usual here. */
function Features({ features, usual }: Pick<FindingDetail, 'features' | 'usual'>) {
  return (
    <details>
      <summary>All that was measured</summary>
      <table class="features">
        <thead>
          <tr>
            <th scope="col">feature</th>
            <th scope="col">seen</th>
            {usual && <th scope="col">usual here</th>}
          </tr>
        </thead>
        <tbody>
          {Object.entries(features).map(([name, measured]) => (
            <tr key={name}>
              <td>{name}</td>
              <td>{measured}</td>
              {usual && <td>{usual[name] ?? ''}</td>}
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  )
}
