import type { ComponentChildren } from 'preact'
import { get } from '../api'
import { useLoad } from '../load'
import { Await } from '../parts/await'
import { Card } from '../parts/card'
import { RequestTable } from '../parts/live-tail'
import { linkTo } from '../route'
import { atDay, counted, countryName, exactly, fromNow, networkOf } from '../text'
import type { Described } from '../wire'
import { Found } from './found'
import { Names } from './names'
import { Notes } from './notes'
import { Standing } from './standing'

/** Requests are counted up to this by the service. */
const COUNTED = 10_000

/**
 * Who an address is, what stands on the lists about it, and what was found and decided; its last
 * requests stand behind `children`.
 */
export function AddressFacts({ ip, children }: { ip: string; children: ComponentChildren }) {
  const loaded = useLoad(ip, () => get<Described>(`addresses/${ip}`))
  return (
    <Await of={loaded}>
      {(known) => (
        <>
          <div class="two">
            <Who known={known} />
            <Standing known={known} onChange={loaded.reload} />
          </div>
          <Notes of={ip} notes={known.notes} onChange={loaded.reload} />
          {known.findings.length > 0 && (
            <Card title={counted(known.findings.length, 'finding')}>
              {known.findings.map((finding) => (
                <Found key={finding.id} finding={finding} />
              ))}
            </Card>
          )}
          {children}
          <Card title="Last requests">
            <RequestTable requests={known.requests} own />
          </Card>
        </>
      )}
    </Await>
  )
}

function Who({ known }: { known: Described }) {
  const { ipAddress, place, requestCount, firstSeen, lastSeen, crawler, campaigns } = known
  const network = networkOf(ipAddress)
  const facts: [string, ComponentChildren][] = [
    [
      'Place',
      place.reserved ?? [place.city, countryName(place.country)].filter(Boolean).join(', '),
    ],
    [
      'Operator',
      place.asn === null ? (
        'unknown'
      ) : (
        <a key="asn" href={linkTo('address', { asn: String(place.asn) })}>
          {place.organisation} (AS{place.asn}){place.hosting && ', hosting'}
        </a>
      ),
    ],
    [
      'Network',
      <a key="network" class="mono" href={linkTo('address', { ip: network })}>
        {network}
      </a>,
    ],
    ['Reverse name', <Names key="names" ip={ipAddress} />],
    ['Requests', requestCount >= COUNTED ? `${exactly(COUNTED)} or more` : exactly(requestCount)],
    ['Crawler', crawlerText(crawler)],
    ['First seen', firstSeen ? `${atDay(firstSeen)}, ${fromNow(firstSeen)}` : 'never'],
    ['Last seen', lastSeen ? `${atDay(lastSeen)}, ${fromNow(lastSeen)}` : 'never'],
  ]
  return (
    <Card title="Who it is">
      <dl class="facts">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
        {campaigns.length > 0 && (
          <div>
            <dt>Campaigns</dt>
            <dd>
              {campaigns.map((campaign) => (
                <Membership key={campaign.id} campaign={campaign} />
              ))}
            </dd>
          </div>
        )}
      </dl>
    </Card>
  )
}

/** A user agent alone is believed by nobody, and a look-up may not have been possible. */
function crawlerText({ claims, verified }: Described['crawler']): string {
  if (verified) return `verified: ${verified}`
  return claims.length === 0
    ? 'does not say that it is one'
    : `says ${claims.join(', ')}; not verified`
}

function Membership({ campaign }: { campaign: Described['campaigns'][number] }) {
  const { id, title, status, lastSeen } = campaign
  return (
    <div>
      {status === 'open' ? <a href={linkTo('review', { campaign: id })}>{title}</a> : title}{' '}
      <span class="muted">
        {status}, last seen {fromNow(lastSeen)}
      </span>
    </div>
  )
}
