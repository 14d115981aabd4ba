/** What the admin API answers, as it is written there (docs/api.md). */

export interface List<Item> {
  items: Item[]
  next: string | null
}

export interface Totals {
  requests: number
  limited: number
  blocked: number
  addresses: number
  /** How far off they may be, as a share. */
  addressesWithin: number
}

export interface Traffic {
  from: string
  to: string
  /** Nothing has come yet but people on their way into the dashboard. */
  isSilent: boolean
  stepSeconds: number
  each: number
  points: { at: number; allowed: number; limited: number; blocked: number }[]
  totals: Totals
  before: Totals
  toReview: { open: number; added: number }
}

export interface Top {
  each: number
  items: { value: string; requests: number; name?: string | null }[]
}

export interface Request {
  ipAddress: string
  timestamp: string
  method: string
  path: string
  query: string
  status: number | null
  durationMs: number | null
  userAgent: string
  country: string | null
  city: string | null
  asn: number | null
  account: string | null
  source: string
}

export interface Reason {
  text: string
  kind: 'rule' | 'learned' | 'campaign'
  weight: number
}

export interface Finding {
  id: number
  incident: string
  ipAddress: string
  window: string
  risk: number
  severity: 'info' | 'low' | 'medium' | 'high'
  reason: string
  reasons: Reason[]
  status: 'open' | 'blocked' | 'dismissed' | 'allowed'
  flaggedAt: string
  reviewedBy: string | null
  reviewedAt: string | null
  note: string | null
  country: string | null
  city: string | null
  campaign: { id: string; title: string } | null
}

export interface Campaign {
  id: string
  kind: 'hunt' | 'stuffing' | 'flood' | 'scraping' | 'rotation'
  title: string
  severity: Finding['severity']
  status: 'open' | 'blocked' | 'dismissed'
  reasons: Reason[]
  /** Starts of hours. */
  firstSeen: string
  lastSeen: string
  addresses: number
  requests: number
}

/** A network that a block would shut out, and whom that hits. */
export interface Hit {
  network: string
  members: number
  /** Well-behaved addresses inside; some of them are named. */
  collateral: number
  addresses: string[]
}

export interface CampaignDetail extends Campaign {
  members: string[]
  networks: Hit[]
}

export interface Block {
  id: number
  ipAddress: string
  reason: string
  source: 'person' | 'import' | 'detection'
  sourceName: string | null
  blockedBy: string
  blockedAt: string
  expiresAt: string | null
  hits: number
  lastHitAt: string | null
}

export interface Allowed {
  id: number
  ipAddress: string
  reason: string
  allowedBy: string
  allowedAt: string
}

export interface Place {
  country: string | null
  city: string | null
  asn: number | null
  organisation: string | null
  hosting: boolean
  reserved: string | null
}

export interface Described {
  ipAddress: string
  place: Place
  requestCount: number
  firstSeen: string | null
  lastSeen: string | null
  /** The crawlers that it says it is, and which one it was found to be. */
  crawler: { claims: string[]; verified: string | null }
  campaigns: Pick<Campaign, 'id' | 'title' | 'status' | 'lastSeen'>[]
  blocks: Block[]
  allowed: Allowed[]
  history: { at: string; actor: string; action: string; ipAddress: string; details: object }[]
  notes: Note[]
  findings: Omit<Finding, 'country' | 'city' | 'campaign'>[]
  requests: Request[]
}

export interface Note {
  id: number
  ipAddress: string
  note: string
  writtenBy: string
  writtenAt: string
}

export interface Names {
  /** Whether the settings allow to ask. */
  allowed: boolean
  names: { name: string; confirmed: boolean }[] | null
}

export interface ImportReport {
  source: string
  dryRun: boolean
  added: number
  removed: number
  kept: number
  blockedByOthers: number
  firstAdded: string[]
  firstRemoved: string[]
  refusal: string | null
  rejected: { lines: number; first: { line: number; reason: string }[] }
  skipped: { lines: number; first: { line: number; reason: string }[] }
}

export interface NetworkSeen {
  network: string
  /** How many addresses it has, as a number in words: `256`, `2^80`. */
  size: string
  seen: number
  seenToday: number
  /** Of those seen: neither flagged nor blocked. */
  well: number
  examples: string[]
  /** False when there were too many requests to look at all. */
  complete: boolean
  /** What a guard says against blocking it. */
  objection: string | null
  coveredBy: Block[]
  allowed: Allowed[]
  notes: Note[]
}

export interface Run {
  hour: string
  state: 'done' | 'running' | 'failed'
  startedAt: string
  finishedAt: string | null
  attempts: number
  error: string | null
  addresses: number | null
  flagged: number | null
  facts: Record<string, unknown>
}

export interface Exception {
  id: number
  network: string
  path: string | null
  agent: string | null
  reason: string
  madeBy: string
  expiresAt: string
}

export interface Person {
  id: number
  email: string
  role: 'admin' | 'viewer'
  createdAt: string
}

export interface Session {
  id: string
  email: string
  createdAt: string
  lastSeenAt: string
  ipAddress: string | null
  userAgent: string | null
  isCurrent: boolean
}

export interface Key {
  id: number
  name: string
  prefix: string
  scopes: string[]
  tier: string | null
  createdAt: string
  lastUsedAt: string | null
}

export interface KeyList extends List<Key> {
  /** Those that a key may be bound to, the default one first. */
  tiers: string[]
}

export interface AuditEntry {
  id: number
  at: string
  actor: string
  action: string
  subject: string | null
  ipAddress: string | null
}

export interface Storage {
  tables: { name: string; rows: number; bytes: number }[]
  oldest: string | null
}

/** How much of each kind was erased about an address. */
export interface Erasure {
  ipAddress: string
  requests: number
  rollUps: number
  findings: number
  campaigns: number
  exceptions: number
  notes: number
  baselineRows: number
  /** 1 when it was allowed by itself. */
  allowed: number
  /** Entries of the audit log that named it. */
  decisions: number
  /** A running block, of it or of a network around it, was left. */
  blockKept: boolean
}

export interface Notice {
  addresses: string
  retention: string
  settings: { ipStorage: string; anonymizeAfterHours: number; retentionDays: number }
  attribution: string
  outside?: string
}

export interface TrialFlags {
  total: number
  dismissed: number
  confirmed: number
  items: {
    address: string
    window: string
    risk: number
    severity: Finding['severity']
    reason: string
  }[]
}

export interface BackTest {
  state: 'running' | 'done' | 'failed'
  progress: { hours: number; of: number }
  error: string | null
  result: {
    hours: number
    flagged: { before: number; after: number }
    /** Of those flagged after. */
    reviewed: { dismissed: number; confirmed: number }
    byHour: { hour: string; before: number; after: number }[]
    added: TrialFlags
    lost: TrialFlags
  } | null
}

/** What the learned part of a risk rests on. */
export interface ModelCard {
  detectors: string[]
  /** Null while it is learning. */
  champion: { madeAt: string; trainedOn: number; detectors: string } | null
  before: { madeAt: string; trainedOn: number }[]
  baseline: { rows: number; from: string | null; to: string | null }
  lastTraining: {
    hour: string
    state: 'off' | 'failed' | 'learning' | 'trained'
    needed?: number
    promoted?: boolean
    why?: string
    error?: string
  } | null
  features: { name: string; label: string; isShare: boolean; usual: number | null }[]
  thresholds: Record<'high' | 'medium' | 'low', number>
}

export interface FindingDetail {
  features: Record<string, number>
  /** What was usual at the site; null when nothing had been learned. */
  usual: Record<string, number> | null
  requests: Request[]
}
