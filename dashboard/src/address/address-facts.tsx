import { account, get, post, remove } from '../api'
import { useLoad } from '../load'
import { Await } from '../parts/await'
import { Card } from '../parts/card'
import { RequestTable } from '../parts/live-tail'
import { Score } from '../review/list'
import { Reasons } from '../review/reasons'
import { linkTo } from '../route'
import { atDay, counted, countryName, exactly, fromNow, networkOf } from '../text'
import { say, sayFailure } from '../toast'
import type { Described } from '../wire'

/** Requests are counted up to this by the service. */
const COUNTED = 10_000

/** Who an address is, what stands on the lists about it, and what was found and decided. */
export function AddressFacts({ ip }: { ip: string }) {
  const loaded = useLoad(ip, () => get<Described>(`addresses/${ip}`))
  return (
    <Await of={loaded}>
      {(known) => (
        <>
          <div class="two">
            <Who known={known} />
            <Standing known={known} onChange={loaded.reload} />
          </div>
          {known.findings.length > 0 && (
            <Card title={counted(known.findings.length, 'finding')}>
              {known.findings.map((finding) => (
                <Found key={finding.id} finding={finding} />
              ))}
            </Card>
          )}
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
  const facts: [string, preact.ComponentChildren][] = [
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

/** What holds for the address now, how it came to that, and what one can do. */
function Standing({ known, onChange }: { known: Described; onChange(): void }) {
  const { ipAddress, blocks, allowed, history } = known
  const change = async (work: () => Promise<unknown>, text: string) => {
    try {
      await work()
      say({ text }, 5_000)
    } catch (error) {
      sayFailure(error)
    }
    onChange()
  }
  return (
    <Card title="What holds for it now">
      {blocks.length + allowed.length === 0 && <p>It is neither blocked nor allowed.</p>}
      {allowed.map(({ id, ipAddress: network, reason }) => (
        <p key={id}>
          <b>Never blocked</b>, by {network}: {reason}
        </p>
      ))}
      {blocks.map(({ id, ipAddress: network, reason, expiresAt }) => (
        <p key={id}>
          <b>Blocked</b> by {network}, {expiresAt ? `ends ${fromNow(expiresAt)}` : 'without an end'}
          : {reason}
        </p>
      ))}
      {account.value?.role === 'admin' && (
        <div class="actions">
          <button
            type="button"
            class="bad"
            onClick={() =>
              void change(
                () => post('blocks', { ipAddress, for: '24h' }),
                `Blocked ${ipAddress} for 24h.`,
              )
            }
          >
            Block 24 h
          </button>
          <a class="button" href={linkTo('blocklist', { block: ipAddress })}>
            Block…
          </a>
          {blocks
            .filter((block) => block.ipAddress === ipAddress)
            .map(({ id }) => (
              <button
                key={id}
                type="button"
                onClick={() => void change(() => remove(`blocks/${id}`), `Unblocked ${ipAddress}.`)}
              >
                Unblock
              </button>
            ))}
          {allowed.length === 0 && (
            <button
              type="button"
              class="ok"
              onClick={() =>
                void change(() => post('allowed', { ipAddress }), `${ipAddress} is never blocked.`)
              }
            >
              Allow
            </button>
          )}
        </div>
      )}
      {history.length > 0 && (
        <>
          <h3>History</h3>
          <ol class="history">
            {history.map(({ at, actor, action, ipAddress: subject }) => (
              <li key={`${at} ${action}`}>
                <time dateTime={at} title={at}>
                  {fromNow(at)}
                </time>{' '}
                {action} {subject !== ipAddress && subject} <span class="muted">by {actor}</span>
              </li>
            ))}
          </ol>
        </>
      )}
    </Card>
  )
}

function Found({ finding }: { finding: Described['findings'][number] }) {
  const { windowStart: window, risk, severity, reason, reasons, status, reviewedBy, note } = finding
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
      <Reasons reasons={reasons} />
      <details>
        <summary>As JSON</summary>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard */}
        <pre tabIndex={0}>{JSON.stringify(finding, null, 2)}</pre>
      </details>
    </details>
  )
}
