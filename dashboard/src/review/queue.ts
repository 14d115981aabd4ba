import { computed, signal } from '@preact/signals'
import { get, Problem, post } from '../api'
import { networkOf } from '../text'
import { say, sayFailure, toast } from '../toast'
import type { Finding, List } from '../wire'

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
  kind: 'campaign' | 'network'
  findings: Finding[]
}

const DONE = { block: 'Blocked', dismiss: 'Dismissed', allow: 'Allowed' }
const STATUS = { block: 'blocked', dismiss: 'dismissed', allow: 'allowed' }

/** Open findings, the worst first, as far as they were asked for. */
export const findings = signal<Finding[] | undefined>(undefined)
/** Behind which cursor there are more. */
export const more = signal<string | null>(null)
export const failure = signal<Error | undefined>(undefined)

const currentId = signal<number | undefined>(undefined)
/** Those that the next decision is about, when there are any. */
export const marked = signal<ReadonlySet<number>>(new Set())

/** The worst group first; a network is a group when it has several findings. */
export const groups = computed<Group[]>(() => {
  const found = new Map<string, Group>()
  for (const finding of findings.value ?? []) {
    const { campaign, ipAddress } = finding
    const network = networkOf(ipAddress)
    const [id, name] =
      typeof campaign === 'string' ? [campaign, campaign] : [campaign?.id, campaign?.title]
    const key = id ? `campaign ${id}` : network
    const group = found.get(key) ?? {
      key,
      title: name ?? network,
      kind: id ? 'campaign' : 'network',
      findings: [],
    }
    group.findings.push(finding)
    found.set(key, group)
  }
  return [...found.values()]
})

/** In the order in which they are shown. */
export const ordered = computed(() => groups.value.flatMap((group) => group.findings))

export const current = computed(
  () => ordered.value.find(({ id }) => id === currentId.value) ?? ordered.value[0],
)

/** What the next decision is about: the marked ones, or the current one. */
export const chosen = computed(() => {
  const all = ordered.value.filter(({ id }) => marked.value.has(id))
  if (all.length > 0) return all
  return current.value ? [current.value] : []
})

export async function load(): Promise<void> {
  try {
    const { items, next } = await ask()
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

export function select(id: number): void {
  currentId.value = id
}

/** Moves to the finding below or above. */
export function move(by: 1 | -1): void {
  const all = ordered.value
  const at = all.indexOf(current.value!)
  const next = all[Math.max(0, Math.min(all.length - 1, at + by))]
  if (next) currentId.value = next.id
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
    currentId.value = done[0]!.id
    say({ text: 'Taken back.' }, 4_000)
  } catch (error) {
    sayFailure(error)
    await load()
  }
}

function take(about: readonly Finding[]): void {
  const gone = new Set(about.map(({ id }) => id))
  const all = ordered.value
  const at = all.findIndex(({ id }) => gone.has(id))
  const next =
    all.slice(at).find(({ id }) => !gone.has(id)) ?? all.findLast(({ id }) => !gone.has(id))
  findings.value = findings.value?.filter(({ id }) => !gone.has(id))
  currentId.value = next?.id
  unmark()
}

function putBack(about: readonly Finding[]): void {
  if (about.length === 0) return
  const back = new Set(about.map(({ id }) => id))
  const rest = (findings.value ?? []).filter(({ id }) => !back.has(id))
  findings.value = [...rest, ...about].toSorted((a, b) => b.risk - a.risk || b.id - a.id)
}
