import { useEffect } from 'preact/hooks'
import { account, get } from '../api'
import { useLoad } from '../load'
import { Await } from '../parts/await'
import { Card } from '../parts/card'
import { linkTo } from '../route'
import { atDay, count, counted } from '../text'
import type { CampaignDetail as Campaign, Hit } from '../wire'
import { collateralOf, shown } from './campaign'
import { Reasons } from './reasons'

/** Rows and addresses that are listed; the others are counted. */
const LISTED = 100

interface Actions {
  onBlock(): void
  onBlockFor(): void
  onDismiss(): void
}

/** A campaign in full: why its members belong together, and whom a block of its networks hits. */
export function CampaignDetail({ id, ...actions }: { id: string } & Actions) {
  const loaded = useLoad(id, () => get<Campaign>(`campaigns/${id}`))
  const campaign = loaded.value?.id === id ? loaded.value : undefined
  useEffect(() => {
    shown.value = campaign
    return () => {
      shown.value = undefined
    }
  }, [campaign])
  return (
    <Card title="Campaign" class="detail">
      <Await of={{ ...loaded, value: campaign }}>
        {({ title, severity, firstSeen, lastSeen, requests, reasons, members, networks }) => (
          <>
            <p class="who">
              <span class={`score ${severity}`}>{severity}</span> <strong>{title}</strong>
            </p>
            <p class="muted">
              From {atDay(firstSeen)} to {atDay(lastSeen)} · {counted(requests, 'request')} ·{' '}
              {counted(members.length, 'member')}
            </p>
            <ActionRow {...actions} />
            <h3>Why they belong together</h3>
            <Reasons reasons={reasons} />
            <h3>Whom a block would shut out</h3>
            <Networks networks={networks} />
            <Members members={members} />
          </>
        )}
      </Await>
    </Card>
  )
}

function ActionRow({ onBlock, onBlockFor, onDismiss }: Actions) {
  if (account.value?.role === 'viewer') return <p class="muted">You may look, and not decide.</p>
  return (
    <div class="actions">
      <button type="button" class="bad" onClick={onBlock}>
        Block the campaign 24 h <kbd>B</kbd>
      </button>
      <button type="button" onClick={onBlockFor}>
        Block the campaign… <kbd>⇧B</kbd>
      </button>
      <button type="button" onClick={onDismiss}>
        Dismiss the campaign… <kbd>D</kbd>
      </button>
    </div>
  )
}

/** What a block of these would hit, in one sentence. */
export function Toll({ networks }: { networks: readonly Hit[] }) {
  if (networks.length === 0) {
    return <p>Nothing can be blocked: the addresses of its members are not known any more.</p>
  }
  const collateral = collateralOf(networks)
  const others =
    collateral === 0
      ? 'nobody else who came in the last day'
      : `${counted(collateral, 'address', 'addresses')} that behaved well in the last day`
  const members = networks.reduce((sum, hit) => sum + hit.members, 0)
  return (
    <p>
      {counted(networks.length, 'network')} with {counted(members, 'member')} and{' '}
      <b class={collateral > 0 ? 'bad' : ''}>{others}</b>.
    </p>
  )
}

function Networks({ networks }: { networks: readonly Hit[] }) {
  const worstFirst = networks.toSorted((a, b) => b.collateral - a.collateral)
  return (
    <>
      <Toll networks={networks} />
      {networks.length > 0 && (
        <table class="hits">
          <thead>
            <tr>
              <th scope="col">network</th>
              <th scope="col" class="number">
                members
              </th>
              <th scope="col" class="number">
                others
              </th>
            </tr>
          </thead>
          <tbody>
            {worstFirst.slice(0, LISTED).map(({ network, members, collateral, addresses }) => (
              <tr key={network}>
                <td class="mono">
                  <a href={linkTo('address', { ip: network })}>{network}</a>
                  {addresses.length > 0 && <div class="muted">{addresses.join(', ')}</div>}
                </td>
                <td class="number">{count(members)}</td>
                <td class="number">{count(collateral)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <More than={networks.length} what="network" />
    </>
  )
}

function Members({ members }: { members: readonly string[] }) {
  return (
    <details>
      <summary>{counted(members.length, 'member')}</summary>
      <ul class="members mono">
        {members.slice(0, LISTED).map((ip) => (
          <li key={ip}>
            <a href={linkTo('address', { ip })}>{ip}</a>
          </li>
        ))}
      </ul>
      <More than={members.length} what="member" />
    </details>
  )
}

function More({ than, what }: { than: number; what: string }) {
  return than > LISTED ? <p class="muted">And {counted(than - LISTED, `more ${what}`)}.</p> : null
}
