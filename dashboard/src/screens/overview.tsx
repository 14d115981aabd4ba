import { useMemo } from 'preact/hooks'
import { get } from '../api'
import { isFixed, query, rangeName, span } from '../filters'
import { useLoad } from '../load'
import { Await } from '../parts/await'
import { Card } from '../parts/card'
import { Chart } from '../parts/chart'
import { FilterBar } from '../parts/filter-bar'
import { FirstEvent } from '../parts/first-event'
import { LiveTail } from '../parts/live-tail'
import { TopRows, TopTable } from '../parts/top-table'
import { Warnings } from '../parts/warnings'
import { WorldMap } from '../parts/world-map'
import { go, linkTo, linkWith, route } from '../route'
import { seriesOf } from '../series'
import { change, count, countryName } from '../text'
import type { Top, Traffic } from '../wire'

const EVERY_MS = 60_000

/** What came, from where, and what became of it; every value narrows the view to itself. */
export function Overview() {
  const question = route.value.parameters.toString()
  const ask = () => get<Traffic>('traffic', { ...span(), ...query.value })
  const loaded = useLoad(question, ask, isFixed() ? undefined : EVERY_MS)
  return (
    <>
      <FilterBar />
      <Warnings />
      <Await of={loaded}>
        {(traffic) =>
          traffic.isSilent && question === '' ? (
            <FirstEvent look={loaded.reload} />
          ) : (
            <Figures traffic={traffic} question={question} />
          )
        }
      </Await>
    </>
  )
}

function Figures({ traffic, question }: { traffic: Traffic; question: string }) {
  return (
    <>
      <Tiles traffic={traffic} />
      <TrafficChart traffic={traffic} />
      <Origins question={question} />
      <div class="three">
        <Tops question={question} />
      </div>
      <LiveTail />
    </>
  )
}

function Tiles({ traffic }: { traffic: Traffic }) {
  const { totals, before, toReview, each } = traffic
  const about = each > 1 ? '≈ ' : ''
  // From a sample of rows there are at least so many; from a sketch, about so many.
  const aboutAddresses = each > 1 ? '≥ ' : totals.addressesWithin > 0 ? '≈ ' : ''
  const figure = (
    title: string,
    name: 'requests' | 'addresses' | 'limited' | 'blocked',
    link?: string,
  ) => (
    <Tile
      title={title}
      value={(name === 'addresses' ? aboutAddresses : about) + count(totals[name])}
      note={told(totals[name], before[name])}
      link={link}
    />
  )
  return (
    <section class="tiles" aria-label="Figures">
      {figure('Requests', 'requests')}
      {figure('Addresses', 'addresses')}
      {figure('Blocked', 'blocked', linkWith({ outcome: 'blocked' }))}
      {figure('Limited', 'limited', linkWith({ outcome: 'limited' }))}
      <Tile
        title="To review"
        value={toReview.open >= 1_000 ? '1,000+' : count(toReview.open)}
        note={toReview.added === 0 ? 'none of them new' : `${count(toReview.added)} of them new`}
        link={linkTo('review')}
      />
    </section>
  )
}

function told(now: number, before: number): string {
  const percent = change(now, before)
  const name = isFixed() ? 'the span before' : `the ${rangeName()} before`
  if (percent === undefined) return now === 0 ? `none in ${name} either` : `none in ${name}`
  if (percent === 0) return `as in ${name}`
  return `${percent > 0 ? '+' : '−'}${count(Math.abs(percent))}% on ${name}`
}

function Tile({
  title,
  value,
  note,
  link,
}: {
  title: string
  value: string
  note: string
  link?: string | undefined
}) {
  const inside = (
    <>
      <span class="muted">{title}</span>
      <strong>{value}</strong>
      <small class="muted">{note}</small>
    </>
  )
  return link ? (
    <a class="card tile" href={link}>
      {inside}
    </a>
  ) : (
    <div class="card tile">{inside}</div>
  )
}

function TrafficChart({ traffic }: { traffic: Traffic }) {
  const { times, lines } = useMemo(() => seriesOf(traffic), [traffic])
  const zoom = (from: number, to: number) => {
    const at = (seconds: number) => new Date(Math.round(seconds) * 1_000).toISOString()
    // Narrower than a few minutes there is nothing more to see.
    if (to - from >= 120) go(linkWith({ from: at(from), to: at(to), range: undefined }))
  }
  return (
    <Card title="Traffic" aside={<span class="muted">drag to zoom</span>}>
      <Chart
        times={times}
        lines={lines}
        label="Requests over time: allowed, limited and blocked"
        onZoom={zoom}
      />
    </Card>
  )
}

function Origins({ question }: { question: string }) {
  const loaded = useLoad(`country ${question}`, () => askTop('country'))
  const link = (country: string) => linkWith({ country })
  return (
    <Card title="Origins">
      <Await of={loaded}>
        {(top) => (
          <div class="origins">
            <WorldMap
              counts={new Map(top.items.map(({ value, requests }) => [value, requests]))}
              linkTo={link}
            />
            <TopRows top={top} column="country" linkTo={link} show={countryName} most={12} />
          </div>
        )}
      </Await>
    </Card>
  )
}

function askTop(by: string): Promise<Top> {
  return get<Top>(`top/${by}`, { ...span(), ...query.value })
}

function Tops({ question }: { question: string }) {
  const of = (by: string) => ({ question: `${by} ${question}`, ask: () => askTop(by) })
  const operator = (value: string, name?: string | null) =>
    value === '-' ? 'unknown' : `${name ?? ''} AS${value}`.trim()
  return (
    <>
      <TopTable
        title="Network operators"
        column="operator"
        {...of('asn')}
        linkTo={(asn) => linkWith({ asn })}
        show={operator}
      />
      <TopTable
        title="Networks"
        column="network"
        {...of('network')}
        linkTo={(ip) => linkWith({ ip })}
      />
      <TopTable
        title="Addresses"
        column="address"
        {...of('address')}
        linkTo={(ip) => linkTo('address', { ip })}
      />
      <TopTable title="Paths" column="path" {...of('path')} linkTo={(path) => linkWith({ path })} />
      <TopTable
        title="Agents"
        column="agent"
        {...of('agent')}
        linkTo={(agent) => linkWith({ agent })}
        show={(value) => value || 'none'}
      />
      <TopTable title="Reasons" column="why flagged" {...of('rule')} unit="findings" />
    </>
  )
}
