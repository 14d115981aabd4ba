import { Problem, post } from '../api'
import { say, sayFailure, toast } from '../toast'
import type { Finding } from '../wire'
import {
  askCampaigns,
  campaigns,
  type Entry,
  entries,
  findingKey,
  findings,
  load,
  select,
  unmark,
  worstFirst,
} from './queue'
import { changing } from './renew'

/** What a person decides, with what goes with it (docs/api.md, Reviews). */
export interface Decision {
  decision: 'block' | 'dismiss' | 'allow'
  for?: string
  note?: string
  force?: boolean
  normal?: { path?: string; agent?: string; network?: string; for?: string }
}

const DONE = { block: 'Blocked', dismiss: 'Dismissed', allow: 'Allowed' }
const STATUS = { block: 'blocked', dismiss: 'dismissed', allow: 'allowed' }

/**
 * Decides about findings: they leave the queue at once, and come back when the service refuses.
 * For ten seconds the decision can be taken back.
 */
export async function decide(about: readonly Finding[], decision: Decision): Promise<void> {
  if (about.length === 0) return
  const { done, why } = await changing(() => review(about, decision))
  if (why) sayFailure(why)
  if (why || done.length === 0) return
  const what = done.length === 1 ? done[0]!.ipAddress : `${done.length} findings`
  const length = decision.for ? ` for ${decision.for}` : ''
  say({
    text: `${DONE[decision.decision]} ${what}${length}.`,
    undo: () => void undo(done, decision),
  })
}

/** Which of them were decided about, and what went wrong last. */
async function review(about: readonly Finding[], decision: Decision) {
  take(about)
  const done: Finding[] = []
  const refused: Finding[] = []
  let why: unknown
  for (const finding of about) {
    try {
      await post(`suspicious/${finding.id}/review`, { ...decision, was: finding.status })
      done.push(finding)
    } catch (error) {
      if (!isDecided(error)) refused.push(finding)
      why = error
    }
  }
  putBack(refused)
  await renewCampaigns(done)
  return { done, why }
}

/** Somebody else was quicker: it is in nobody's queue any more. */
function isDecided(error: unknown): boolean {
  return error instanceof Problem && error.code === 'reviewed_meanwhile'
}

async function undo(done: readonly Finding[], decision: Decision): Promise<void> {
  toast.value = undefined
  try {
    await changing(() => reopen(done, decision))
    select(findingKey(done[0]!.id))
    say({ text: 'Taken back.' }, 4_000)
  } catch (error) {
    sayFailure(error)
    await load()
  }
}

async function reopen(done: readonly Finding[], { decision }: Decision): Promise<void> {
  for (const { id } of done) {
    await post(`suspicious/${id}/review`, { decision: 'reopen', was: STATUS[decision] })
  }
  putBack(done)
  await renewCampaigns(done)
}

/** A campaign leaves with the last of its findings, and comes back with the first. */
async function renewCampaigns(about: readonly Finding[]): Promise<void> {
  if (!about.some(({ campaign }) => campaign)) return
  campaigns.value = await askCampaigns().catch(() => campaigns.value)
}

function take(about: readonly Finding[]): void {
  const gone = new Set(about.map(({ id }) => id))
  const next = neighbour((entry) => 'finding' in entry && gone.has(entry.finding.id))
  findings.value = findings.value?.filter(({ id }) => !gone.has(id))
  if (next) select(next.key)
  unmark()
}

/** Takes a campaign that was decided about out of the queue, with its findings. */
export function takeCampaign(id: string): void {
  const next = neighbour((entry) =>
    'campaign' in entry ? entry.campaign.campaign === id : entry.finding.campaign?.id === id,
  )
  campaigns.value = campaigns.value.filter((campaign) => campaign.id !== id)
  findings.value = findings.value?.filter(({ campaign }) => campaign?.id !== id)
  if (next) select(next.key)
  unmark()
}

/** What comes to stand where the first of those that go has stood. */
function neighbour(goes: (entry: Entry) => boolean): Entry | undefined {
  const all = entries.value
  const at = all.findIndex(goes)
  const stays = (entry: Entry) => !goes(entry)
  return all.slice(Math.max(0, at)).find(stays) ?? all.findLast(stays)
}

function putBack(about: readonly Finding[]): void {
  if (about.length === 0) return
  const back = new Set(about.map(({ id }) => id))
  const rest = (findings.value ?? []).filter(({ id }) => !back.has(id))
  findings.value = worstFirst([...rest, ...about])
}
