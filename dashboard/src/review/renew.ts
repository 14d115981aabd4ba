import { batch, effect, signal } from '@preact/signals'
import { changed } from '../live'
import { counted } from '../text'
import type { Campaign, Finding } from '../wire'
import {
  askCampaigns,
  askForWorst,
  campaignKey,
  campaigns,
  current,
  type Entry,
  failure,
  findingKey,
  findings,
  marked,
  more,
  select,
  unfolded,
  worstFirst,
} from './queue'

/** What has come since somebody looks, to be said aloud. */
export const news = signal('')

/** Changes of the queue that are made here and are on their way. */
let underWay = 0
/** Moves with each of them: an answer to what was asked before is old. */
let turn = 0
let isStale = false
let isRenewing = false

/** Keeps the queue up to date while findings change, until the returned function is called. */
export function keepRenewed(): () => void {
  let heard = changed.findings.peek()
  const stop = effect(() => {
    if (changed.findings.value === heard) return
    heard = changed.findings.value
    void renew()
  })
  return () => {
    stop()
    news.value = ''
  }
}

/** Does what changes the queue; meanwhile nothing renews it, for that would undo what is not stored yet. */
export async function changing<Result>(work: () => Promise<Result>): Promise<Result> {
  underWay++
  turn++
  try {
    return await work()
  } finally {
    underWay--
    if (isStale) void renew()
  }
}

async function renew(): Promise<void> {
  isStale = true
  if (isRenewing) return
  isRenewing = true
  while (isStale && underWay === 0) {
    isStale = false
    const asked = turn
    try {
      news.value = ''
      const [{ items, next }, together] = await Promise.all([
        askForWorst(findings.value?.length ?? 0),
        askCampaigns(),
      ])
      if (turn === asked) show(items, next, together)
      else isStale = true
    } catch (error) {
      failure.value = error as Error
    }
  }
  isRenewing = false
}

/**
 * Takes what is there now. What is current stays so, even when somebody else has decided about it:
 * a key pressed in this moment must not hit its neighbour.
 */
function show(items: Finding[], next: string | null, together: Campaign[]): void {
  const before = findings.value ?? []
  const entry = current.value
  batch(() => {
    if (entry) select(entry.key)
    findings.value = worstFirst(keep(items, before, (one) => findingKey(one.id) === entry?.key))
    campaigns.value = keep(together, campaigns.value, ({ id }) => campaignKey(id) === entry?.key)
    more.value = next
    failure.value = undefined
    const left = findings.value.map(({ id }) => id).filter((id) => marked.value.has(id))
    marked.value = new Set(left)
    if (entry && current.value?.key !== entry.key) unfoldAround(entry)
  })
  const known = new Set(before.map(({ id }) => id))
  const added = items.filter(({ id }) => !known.has(id)).length
  if (added > 0) news.value = `${counted(added, 'new finding')}.`
}

/** Those that are there now, and the one of before that has to stay. */
function keep<Item extends { id: unknown }>(
  now: readonly Item[],
  before: readonly Item[],
  hasToStay: (item: Item) => boolean,
): Item[] {
  const staying = before.filter(hasToStay).filter(({ id }) => !now.some((one) => one.id === id))
  return [...now, ...staying]
}

/** A finding that was found to be part of a campaign stays in sight. */
function unfoldAround(entry: Entry): void {
  if (!('finding' in entry)) return
  const { id } = entry.finding
  const campaign = findings.value?.find((one) => one.id === id)?.campaign
  if (campaign) unfolded.value = new Set([...unfolded.value, campaignKey(campaign.id)])
}
