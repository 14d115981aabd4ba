import { useMemo } from 'preact/hooks'
import { AddressFacts } from '../address/address-facts'
import { NetworkFacts } from '../address/network-facts'
import { get } from '../api'
import { useLoad } from '../load'
import { Await } from '../parts/await'
import { Card } from '../parts/card'
import { Chart } from '../parts/chart'
import { TopTable } from '../parts/top-table'
import { go, linkTo, route } from '../route'
import { seriesOf } from '../series'
import type { Top, Traffic } from '../wire'

const WEEK_MS = 7 * 86_400_000

/** One address, network or network operator: who it is, what it did, what was decided about it. */
export function AddressScreen() {
  const { parameters } = route.value
  const ip = parameters.get('ip') ?? undefined
  const asn = parameters.get('asn') ?? undefined
  if (!ip && !asn) return <NobodyYet />
  const of: Record<string, string> = ip ? { ip } : { asn: asn! }
  const key = JSON.stringify(of)
  return (
    <>
      <h2 class="subject mono">{ip ?? `AS${asn}`}</h2>
      {ip && !ip.includes('/') ? (
        <AddressFacts key={key} ip={ip}>
          <Activity key={key} of={of} />
        </AddressFacts>
      ) : (
        <>
          {ip && <NetworkFacts key={key} network={ip} />}
          <Activity key={key} of={of} />
        </>
      )}
    </>
  )
}

function NobodyYet() {
  return (
    <Card title="Look up">
      <p>
        The field at the top takes an address, a network, or an incident: the ten letters and digits
        of a finding, or the sixteen that a refused visitor is told.
      </p>
    </Card>
  )
}

/** A week of it: how much, for what, with which answers. */
function Activity({ of }: { of: Record<string, string> }) {
  const span = useMemo(() => {
    const now = Date.now()
    return { from: new Date(now - WEEK_MS).toISOString(), to: new Date(now).toISOString() }
  }, [])
  const question = { ...span, ...of }
  const key = JSON.stringify(of)
  const loaded = useLoad(`traffic ${key}`, () => get<Traffic>('traffic', question))
  const top = (by: string) => ({
    question: `${by} ${key}`,
    ask: () => get<Top>(`top/${by}`, question),
  })
  const inOverview = (more: Record<string, string>) =>
    linkTo('overview', { range: '7d', ...of, ...more })
  return (
    <>
      <Card title="The last 7 days" aside={<a href={inOverview({})}>In the overview</a>}>
        <Await of={loaded}>{(traffic) => <Timeline traffic={traffic} of={of} />}</Await>
      </Card>
      <div class="three">
        <TopTable
          title="Paths"
          column="path"
          {...top('path')}
          linkTo={(path) => inOverview({ path })}
        />
        <TopTable title="Answers" column="status" {...top('status')} />
        {'ip' in of && !of.ip!.includes('/') ? (
          <TopTable
            title="Agents"
            column="agent"
            {...top('agent')}
            linkTo={(agent) => inOverview({ agent })}
            show={(value) => value || 'none'}
          />
        ) : (
          <TopTable
            title="Addresses"
            column="address"
            {...top('address')}
            linkTo={(ip) => linkTo('address', { ip })}
          />
        )}
      </div>
    </>
  )
}

function Timeline({ traffic, of }: { traffic: Traffic; of: Record<string, string> }) {
  const { times, lines } = useMemo(() => seriesOf(traffic), [traffic])
  const zoom = (from: number, to: number) => {
    const at = (seconds: number) => new Date(seconds * 1_000).toISOString()
    go(linkTo('overview', { ...of, from: at(from), to: at(to) }))
  }
  return <Chart times={times} lines={lines} label="Its requests over a week" onZoom={zoom} />
}
