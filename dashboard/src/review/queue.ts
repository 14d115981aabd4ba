import { computed, signal } from '@preact/signals'
import { get, Problem, post } from '../api'
import { networkOf } from '../text'
import { say, sayFailure, toast } from '../toast'
import type { Campaign, Finding, List } from '../wire'

const PAGE = 100

/** What a person decides, with what goes with it (docs/api.md, Reviews). */
export interface Decision {
  decision: 'block' | 'dismiss' | 'allow'
  for?: string
  note?: string
  force?: boolean
  normal?: { path?: string; agent?: string; network?: string; for?: string }
}

/** Findings that belong together: of one campaign, or of one network. */
export interface Group {
  key: string
  title: string
  /** The campaign's id. */
  campaign?: string
  findings: Finding[]
}

/** What one moves through: the head of a campaign, which is decided about as a whole, or a finding. */
export type Entry = { key: string; campaign: Group } | { key: string; finding: Finding }

const DONE = { block: 'Blocked', dismiss: 'Dismissed', allow: 'Allowed' }
const STATUS = { block: 'blocked', dismiss: 'dismissed', allow: 'allowed' }

/** Open findings, the worst first, as far as they were asked for. */
export const findings = signal<Finding[] | undefined>(undefined)
/** Behind which cursor there are more. */
export const more = signal<string | null>(null)
export const failure = signal<Error | undefined>(undefined)

/** Open campaigns, the last seen first. */
export const campaigns = signal<Campaign[]>([])

const currentKey = signal<string | undefined>(undefined)
/** Those that the next decision is about, when there are any. */
export const marked = signal<ReadonlySet<number>>(new Set())
/** Keys of the campaigns whose findings are shown below their heads. */
export const unfolded = signal<ReadonlySet<string>>(new Set())

/** The worst group first; campaigns of which no finding was asked for yet come last. */
export const groups = computed<Group[]>(() => {
  const found = new Map<string, Group>()
  for (const finding of findings.value ?? []) {
    const group = groupOf(finding)
    const known = found.get(group.key)
    if (known) known.findings.push(finding)
    else found.set(group.key, group)
  }
  for (const { id, title } of campaigns.value) {
    const key = campaignKey(id)
    const group = found.get(key) ?? { key, campaign: id, findings: [], title }
    found.set(key, { ...group, title })
  }
  return [...found.values()]
})

function groupOf(finding: Finding): Group {
  const { campaign, ipAddress } = finding
  if (!campaign) {
    const network = networkOf(ipAddress)
    return { key: network, title: network, findings: [finding] }
  }
  const { id, title } = campaign
  return { key: campaignKey(id), title, campaign: id, findings: [finding] }
}

export function campaignKey(id: string): string {
  return `campaign-${id}`
}

export function findingKey(id: number): string {
  return `finding-${id}`
}

/** In the order in which they are shown, without what is folded. */
export const entries = computed<Entry[]>(() => groups.value.flatMap(entriesOf))

function entriesOf(group: Group): Entry[] {
  const inside = group.findings.map((finding) => ({ key: findingKey(finding.id), finding }))
  if (!group.campaign) return inside
  const head = { key: group.key, campaign: group }
  return unfolded.value.has(group.key) ? [head, ...inside] : [head]
}

export const current = computed(
  () => entries.value.find(({ key }) => key === currentKey.value) ?? entries.value[0],
)

/** What the next decision about findings is about: the marked ones, or the current one. */
export const chosen = computed<Finding[]>(() => {
  const all = (findings.value ?? []).filter(({ id }) => marked.value.has(id))
  if (all.length > 0) return all
  return current.value && 'finding' in current.value ? [current.value.finding] : []
})

export async function load(): Promise<void> {
  try {
    const [{ items, next }, together] = await Promise.all([ask(), askCampaigns()])
    campaigns.value = together
    findings.value = items
    more.value = next
    failure.value = undefined
  } catch (error) {
    failure.value = error as Error
  }
}

export async function loadMore(): Promise<void> {
  if (!more.value) return
  try {
    const { items, next } = await ask(more.value)
    const known = new Set(findings.value?.map(({ id }) => id))
    findings.value = [...(findings.value ?? []), ...items.filter(({ id }) => !known.has(id))]
    more.value = next
  } catch (error) {
    sayFailure(error)
  }
}

function ask(cursor?: string): Promise<List<Finding>> {
  return get('suspicious', { status: 'open', sort: 'worst', limit: PAGE, cursor })
}

async function askCampaigns(): Promise<Campaign[]> {
  const { items } = await get<List<Campaign>>('campaigns', { waiting: 'true', limit: PAGE })
  return items
}

/** A campaign leaves with the last of its findings, and comes back with the first. */
async function renewCampaigns(about: readonly Finding[]): Promise<void> {
  if (!about.some(({ campaign }) => campaign)) return
  campaigns.value = await askCampaigns().catch(() => campaigns.value)
}

export function select(key: string): void {
  currentKey.value = key
}

/** Moves to what is below or above. */
export function move(by: 1 | -1): void {
  const all = entries.value
  const at = all.indexOf(current.value!)
  const next = all[Math.max(0, Math.min(all.length - 1, at + by))]
  if (next) currentKey.value = next.key
}

/** Shows the findings of the current campaign below its head, or hides them again. */
export function fold(): void {
  const entry = current.value
  if (!entry || !('campaign' in entry)) return
  const next = new Set(unfolded.value)
  if (!next.delete(entry.key)) next.add(entry.key)
  unfolded.value = next
}

export function mark(ids: readonly number[]): void {
  const next = new Set(marked.value)
  const isOn = ids.every((id) => next.has(id))
  for (const id of ids) isOn ? next.delete(id) : next.add(id)
  marked.value = next
}

export function unmark(): void {
  marked.value = new Set()
}

/**
 * Decides about findings: they leave the queue at once, and come back when the service refuses.
 * For ten seconds the decision can be taken back.
 */
export async function decide(about: readonly Finding[], decision: Decision): Promise<void> {
  if (about.length === 0) return
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
  if (why) sayFailure(why)
  if (done.length === 0) return
  const what = done.length === 1 ? done[0]!.ipAddress : `${done.length} findings`
  const length = decision.for ? ` for ${decision.for}` : ''
  if (!why)
    say({
      text: `${DONE[decision.decision]} ${what}${length}.`,
      undo: () => void undo(done, decision),
    })
}

/** Somebody else was quicker: it is in nobody's queue any more. */
function isDecided(error: unknown): boolean {
  return error instanceof Problem && error.code === 'reviewed_meanwhile'
}

async function undo(done: readonly Finding[], { decision }: Decision): Promise<void> {
  toast.value = undefined
  try {
    for (const { id } of done) {
      await post(`suspicious/${id}/review`, { decision: 'reopen', was: STATUS[decision] })
    }
    putBack(done)
    await renewCampaigns(done)
    currentKey.value = findingKey(done[0]!.id)
    say({ text: 'Taken back.' }, 4_000)
  } catch (error) {
    sayFailure(error)
    await load()
  }
}

function take(about: readonly Finding[]): void {
  const gone = new Set(about.map(({ id }) => id))
  const next = neighbour((entry) => 'finding' in entry && gone.has(entry.finding.id))
  findings.value = findings.value?.filter(({ id }) => !gone.has(id))
  if (next) currentKey.value = next.key
  unmark()
}

/** Takes a campaign that was decided about out of the queue, with its findings. */
export function takeCampaign(id: string): void {
  const next = neighbour((entry) =>
    'campaign' in entry ? entry.campaign.campaign === id : entry.finding.campaign?.id === id,
  )
  campaigns.value = campaigns.value.filter((campaign) => campaign.id !== id)
  findings.value = findings.value?.filter(({ campaign }) => campaign?.id !== id)
  if (next) currentKey.value = next.key
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
  findings.value = [...rest, ...about].toSorted((a, b) => b.risk - a.risk || b.id - a.id)
}
