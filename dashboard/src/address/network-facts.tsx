import { get } from '../api'
import { useLoad } from '../load'
import { Await } from '../parts/await'
import { Card } from '../parts/card'
import { linkTo } from '../route'
import { count } from '../text'
import type { NetworkSeen } from '../wire'
import { Notes } from './notes'

/** Who comes from a network, and what lists say of it. */
export function NetworkFacts({ network }: { network: string }) {
  const loaded = useLoad(network, () => get<NetworkSeen>('networks', { network }))
  return (
    <Await of={loaded}>
      {({ size, seen, seenToday, well, examples, coveredBy, allowed, notes, complete }) => (
        <>
          <Card title="Who comes from it">
            <p>
              {size} addresses, {complete ? '' : 'at least '}
              {count(seen)} seen in a week and {count(seenToday)} today; {count(well)} behaved well.
            </p>
            {examples.length > 0 && <p class="mono">{examples.join(', ')}</p>}
            {allowed.map(({ id, ipAddress, reason }) => (
              <p key={id}>
                <b>Never blocked</b>, by {ipAddress}: {reason}
              </p>
            ))}
            {coveredBy.map(({ id, ipAddress, reason }) => (
              <p key={id}>
                <b>Blocked</b> by {ipAddress}: {reason}
              </p>
            ))}
            <p>
              <a class="button" href={linkTo('blocklist', { block: network })}>
                Block…
              </a>
            </p>
          </Card>
          <Notes of={network} notes={notes} onChange={loaded.reload} />
        </>
      )}
    </Await>
  )
}
