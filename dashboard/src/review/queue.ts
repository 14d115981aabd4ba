import { computed, signal } from '@preact/signals'
import { get } from '../api'
import { networkOf } from '../text'
import { sayFailure } from '../toast'
import type { Campaign, Finding, List } from '../wire'

const PAGE = 100

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

/** The worst `least` of them or some more, as they are now, and behind which cursor there are others. */
export async function askForWorst(least: number): Promise<List<Finding>> {
  let { items, next } = await ask()
  while (next && items.length < least) {
    const page = await ask(next)
    items = [...items, ...page.items]
    next = page.next
  }
  return { items, next }
}

function ask(cursor?: string): Promise<List<Finding>> {
  return get('suspicious', { status: 'open', sort: 'worst', limit: PAGE, cursor })
}

export async function askCampaigns(): Promise<Campaign[]> {
  const { items } = await get<List<Campaign>>('campaigns', { waiting: 'true', limit: PAGE })
  return items
}

export function worstFirst(these: readonly Finding[]): Finding[] {
  return these.toSorted((a, b) => b.risk - a.risk || b.id - a.id)
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
