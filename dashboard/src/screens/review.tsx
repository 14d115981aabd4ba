import { useEffect, useState } from 'preact/hooks'
import { post } from '../api'
import { Await } from '../parts/await'
import { Card } from '../parts/card'
import {
  type CampaignDecision,
  collateralOf,
  decideCampaign,
  namesOf,
  shown,
} from '../review/campaign'
import { CampaignDetail } from '../review/campaign-detail'
import { BlockCampaign, DismissCampaign } from '../review/campaign-dialogs'
import { type Decision, decide } from '../review/decide'
import { Detail } from '../review/detail'
import { BlockFor, Bulk, DismissAs, Help } from '../review/dialogs'
import { QueueList } from '../review/list'
import {
  campaignKey,
  campaigns,
  chosen,
  current,
  type Entry,
  failure,
  findings,
  type Group,
  load,
  marked,
  select,
} from '../review/queue'
import { keepRenewed, news } from '../review/renew'
import { useKeys } from '../review/use-keys'
import { linkTo, route } from '../route'
import { counted } from '../text'
import { say, sayFailure } from '../toast'
import type { CampaignDetail as Campaign, Finding } from '../wire'

/** A dialog stays about what it was opened for, whatever becomes of the queue meanwhile. */
type Open =
  | { kind: 'help' }
  | { kind: 'block' | 'dismiss'; about: readonly Finding[] }
  | { kind: 'bulk'; group: Group }
  | { kind: 'block campaign' | 'dismiss campaign'; campaign: Campaign }

/** What was flagged and waits for a person, the worst first. */
export function Review() {
  const [open, setOpen] = useState<Open | undefined>()
  useEffect(() => {
    const campaign = route.value.parameters.get('campaign')
    if (campaign) select(campaignKey(campaign))
    void load()
    return keepRenewed()
  }, [])
  const close = () => setOpen(undefined)
  const act = (about: readonly Finding[], decision: Decision) => {
    close()
    void decide(about, decision)
  }
  const actTogether =
    ({ id }: Campaign) =>
    (decision: CampaignDecision) => {
      close()
      void decideCampaign(id, decision)
    }
  const together = campaignActions(setOpen)
  const apart = {
    onBlock: () => act(chosen.value, { decision: 'block', for: '24h' }),
    onBlockFor: () => setOpen({ kind: 'block', about: chosen.value }),
    onDismiss: () => act(chosen.value, { decision: 'dismiss' }),
    onDismissAs: () => setOpen({ kind: 'dismiss', about: chosen.value }),
    onAllow: () => act(chosen.value, { decision: 'allow' }),
  }
  useKeys(
    () => (campaignOf(current.value) ? together : apart),
    () => setOpen({ kind: 'help' }),
  )

  const loaded = {
    value: findings.value,
    error: failure.value,
    loading: false,
    reload: () => void load(),
  }
  const actOn = (about: readonly Finding[]) => (decision: Decision) => act(about, decision)
  return (
    <>
      <p class="hidden" role="status">
        {news.value}
      </p>
      <Await of={loaded}>
        {(all) =>
          all.length + campaigns.value.length === 0 ? (
            <NothingToReview />
          ) : (
            <Queue apart={apart} together={together} setOpen={setOpen} />
          )
        }
      </Await>
      {open?.kind === 'help' && <Help onClose={close} />}
      {open?.kind === 'block' && (
        <BlockFor about={open.about} onDecide={actOn(open.about)} onClose={close} />
      )}
      {open?.kind === 'dismiss' && (
        <DismissAs about={open.about} onDecide={actOn(open.about)} onClose={close} />
      )}
      {open?.kind === 'block campaign' && (
        <BlockCampaign
          campaign={open.campaign}
          onDecide={actTogether(open.campaign)}
          onClose={close}
        />
      )}
      {open?.kind === 'dismiss campaign' && (
        <DismissCampaign
          campaign={open.campaign}
          onDecide={actTogether(open.campaign)}
          onClose={close}
        />
      )}
      {open?.kind === 'bulk' && (
        <Bulk
          group={open.group}
          onDecide={act}
          onBlockNetwork={(network) => {
            close()
            void blockNetwork(network, open.group.title)
          }}
          onClose={close}
        />
      )}
    </>
  )
}

/** What can be done about the campaign on the screen; nothing until its networks are there. */
function campaignActions(setOpen: (open: Open) => void) {
  const ask = (kind: 'block campaign' | 'dismiss campaign') => () => {
    if (shown.value) setOpen({ kind, campaign: shown.value })
  }
  const block = () => {
    if (!shown.value) return
    const { id, networks } = shown.value
    // At once only when nobody else is hit; otherwise somebody has to say so.
    if (networks.length === 0 || collateralOf(networks) > 0) ask('block campaign')()
    else void decideCampaign(id, { decision: 'block', networks: namesOf(networks), for: '24h' })
  }
  return {
    onBlock: block,
    onBlockFor: ask('block campaign'),
    onDismiss: ask('dismiss campaign'),
  }
}

function campaignOf(entry: Entry | undefined): string | undefined {
  return entry && 'campaign' in entry ? entry.campaign.campaign : undefined
}

interface QueueProps {
  /** What can be done about findings, and about a campaign. */
  apart: Omit<Parameters<typeof Detail>[0], 'finding'>
  together: Omit<Parameters<typeof CampaignDetail>[0], 'id'>
  setOpen(open: Open): void
}

function Queue({ apart, together, setOpen }: QueueProps) {
  const entry = current.value
  const campaign = campaignOf(entry)
  const help = (
    <button type="button" class="plain" onClick={() => setOpen({ kind: 'help' })}>
      Keys <kbd>?</kbd>
    </button>
  )
  const title =
    marked.value.size > 0 ? `${counted(marked.value.size, 'finding')} marked` : 'To review'
  return (
    <div class="review">
      <Card title={title} aside={help}>
        <QueueList onBulk={(group) => setOpen({ kind: 'bulk', group })} />
      </Card>
      {campaign && <CampaignDetail key={campaign} id={campaign} {...together} />}
      {entry && 'finding' in entry && <Detail finding={entry.finding} {...apart} />}
    </div>
  )
}

function NothingToReview() {
  return (
    <Card title="To review">
      <p class="waiting">Nothing waits for you.</p>
      <p class="muted">
        Every closed hour is judged by itself. <a href={linkTo('detection')}>When it was last</a>
      </p>
    </Card>
  )
}

/** Blocks a network as a person does; its findings stay, for they say what happened. */
async function blockNetwork(network: string, reason: string): Promise<void> {
  try {
    await post('blocks', { ipAddress: network, reason: `network of ${reason}`, for: '24h' })
    say({ text: `Blocked ${network} for 24h. It is on the blocklist.` })
  } catch (error) {
    sayFailure(error)
  }
}
