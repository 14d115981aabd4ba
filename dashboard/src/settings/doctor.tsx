import { get } from '../api'
import { useLoad } from '../load'
import { Await } from '../parts/await'
import { Card } from '../parts/card'
import { Warnings } from '../parts/warnings'

interface Whoami {
  address: string
  peer: string
  because: string
  ignored: string[]
}

/** As whom this very browser is seen: the quickest way to see whether proxies are set up. */
export function Doctor() {
  const loaded = useLoad('whoami', () => get<Whoami>('whoami'))
  return (
    <Card title="As whom you are seen">
      <Await of={loaded}>
        {({ address, peer, because, ignored }) => (
          <>
            <p>
              <strong class="mono">{address}</strong> {because}
            </p>
            {peer !== address && <p class="muted">The connection comes from {peer}.</p>}
            {ignored.length > 0 && (
              <p>
                Not believed: <code>{ignored.join(', ')}</code>. If these are of your proxy, name it
                in <code>TRUSTED_PROXIES</code>.
              </p>
            )}
          </>
        )}
      </Await>
      <Warnings />
    </Card>
  )
}
