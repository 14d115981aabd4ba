import { useRef, useState } from 'preact/hooks'
import { get } from '../api'
import { query } from '../filters'
import { changed, isTold } from '../live'
import { useLoad } from '../load'
import { linkTo, linkWith } from '../route'
import { atTime, countryName } from '../text'
import type { List, Request } from '../wire'
import { Await } from './await'
import { Card } from './card'

/** While nobody tells that something came. */
const EVERY_MS = 2_000
const SHOWN = 25

/** The newest requests that fit the filters, always on; still while somebody points at it. */
export function LiveTail() {
  const [paused, setPaused] = useState(false)
  const { without: _, ...filter } = query.value
  const ask = () => get<List<Request>>('requests', { ...filter, without: 'known', limit: SHOWN })
  const shown = useRef(0)
  if (!paused) shown.current = changed.requests.value
  const everyMs = paused || isTold.value ? undefined : EVERY_MS
  const loaded = useLoad(`tail ${JSON.stringify(filter)}`, ask, everyMs, shown.current)
  const pause = () => setPaused(true)
  const go = () => setPaused(false)
  return (
    <Card
      title="Live"
      class="tail"
      aside={
        <span class={paused ? 'muted' : 'live'}>
          {paused ? 'paused' : isTold.value ? 'as they come' : 'every 2 s'}
        </span>
      }
    >
      {/* biome-ignore lint/a11y/noStaticElementInteractions: pointing at it only holds it still */}
      <div onMouseEnter={pause} onMouseLeave={go} onFocusCapture={pause} onBlurCapture={go}>
        <Await of={loaded}>{({ items }) => <RequestTable requests={items} />}</Await>
      </div>
    </Card>
  )
}

/** Requests as rows. Everything a client sent is text and nothing else. */
export function RequestTable({ requests, own }: { requests: Request[]; own?: boolean }) {
  if (requests.length === 0) return <p class="muted">No request fits.</p>
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <section class="scroll" tabIndex={0} aria-label="Requests">
      <table class="requests">
        <thead>
          <tr>
            <th scope="col">time</th>
            {!own && <th scope="col">address</th>}
            {!own && <th scope="col">from</th>}
            <th scope="col">status</th>
            <th scope="col">request</th>
            <th scope="col">agent</th>
          </tr>
        </thead>
        <tbody>
          {requests.map((request, nth) => (
            <tr key={`${request.timestamp} ${request.ipAddress} ${nth}`}>
              <td title={request.timestamp}>{atTime(request.timestamp)}</td>
              {!own && (
                <td class="mono">
                  <a href={linkTo('address', { ip: request.ipAddress })}>{request.ipAddress}</a>
                </td>
              )}
              {!own && <td>{request.country && countryName(request.country)}</td>}
              <td class={`status s${String(request.status ?? 0)[0]}`}>{request.status ?? '–'}</td>
              <td class="mono target">
                <b>{request.method}</b>{' '}
                {own ? (
                  <span title={request.query}>{request.path}</span>
                ) : (
                  <a href={linkWith({ path: request.path })} title={request.query}>
                    {request.path}
                  </a>
                )}
              </td>
              <td class="agent muted">{request.userAgent}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}
