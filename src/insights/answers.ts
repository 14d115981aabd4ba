import { z } from 'zod'
import { AllowedAnswer, BlockAnswer } from '../blocklist/answers'
import { CampaignAnswer, FindingAnswer } from '../detection/answers'
import { Time } from '../http/answers'
import { RequestAnswer } from '../request-log/answers'

/** What somebody has written down about an address or a network. */
export const NoteAnswer = z.object({
  id: z.number(),
  ipAddress: z.string(),
  note: z.string(),
  writtenBy: z.string(),
  writtenAt: Time,
})

export const PlaceAnswer = z.object({
  country: z.string().nullable(),
  city: z.string().nullable(),
  latitude: z.number().nullable(),
  longitude: z.number().nullable(),
  asn: z.number().nullable(),
  organisation: z.string().nullable(),
  hosting: z.boolean(),
  reserved: z.string().nullable(),
})

/** A setting that keeps clients from being told apart. */
export const WarningAnswer = z.looseObject({ code: z.string(), summary: z.string(), since: Time })

export const DoctorAnswer = z.object({ warnings: z.array(WarningAnswer) })

export const OverviewAnswer = z.object({
  from: Time,
  to: Time,
  requests: z.number(),
  addresses: z.number(),
  blocked: z.number(),
  limited: z.number(),
  toReview: z.number(),
  hours: z.array(z.object({ hour: Time, requests: z.number(), blocked: z.number() })),
  countries: z.array(
    z.object({ country: z.string().nullable(), requests: z.number(), addresses: z.number() }),
  ),
  topAddresses: z.array(
    z.object({ ipAddress: z.string(), country: z.string().nullable(), requests: z.number() }),
  ),
  topPaths: z.array(z.object({ path: z.string(), requests: z.number() })),
  warnings: z.array(WarningAnswer),
})

const Totals = z.object({
  requests: z.number(),
  limited: z.number(),
  blocked: z.number(),
  addresses: z.number(),
  /** How far off `addresses` may be, as a share of it; 0 when they were counted one by one. */
  addressesWithin: z.number(),
})

export const TrafficAnswer = z.object({
  /** Nothing has come yet but people on their way into the dashboard. */
  isSilent: z.boolean(),
  from: Time,
  to: Time,
  stepSeconds: z.number(),
  /** Above 1: figures are counted from a sample, of which each stands for so many. */
  each: z.number(),
  points: z.array(
    z.object({
      /** Start of the step, seconds since 1970. */
      at: z.number(),
      allowed: z.number(),
      limited: z.number(),
      blocked: z.number(),
    }),
  ),
  totals: Totals,
  before: Totals,
  toReview: z.object({ open: z.number(), added: z.number() }),
})

export const TopAnswer = z.object({
  by: z.string(),
  each: z.number(),
  items: z.array(
    z.object({ value: z.string(), requests: z.number(), name: z.string().nullable().optional() }),
  ),
})

/** Requests per hour around findings, by their ids. */
export const ActivityAnswer = z.object({ items: z.record(z.string(), z.array(z.number())) })

export const NetworkAnswer = z.object({
  network: z.string(),
  /** How many addresses it has: `256`, `2^80`. */
  size: z.string(),
  seen: z.number(),
  seenToday: z.number(),
  /** Of those seen: neither flagged nor blocked. */
  well: z.number(),
  examples: z.array(z.string()),
  /** False when there were too many requests to look at all. */
  complete: z.boolean(),
  /** What a guard says against blocking it. */
  objection: z.string().nullable(),
  coveredBy: z.array(BlockAnswer),
  allowed: z.array(AllowedAnswer),
  notes: z.array(NoteAnswer),
})

export const StorageAnswer = z.object({
  tables: z.array(z.object({ name: z.string(), rows: z.number(), bytes: z.number() })),
  /** The oldest day of the request log. */
  oldest: z.string().nullable(),
})

export const FairnessAnswer = z.object({
  by: z.enum(['country', 'network']),
  from: Time,
  to: Time,
  addresses: z.number(),
  flagged: z.number(),
  refused: z.number(),
  groups: z.array(
    z.object({
      group: z.string().nullable(),
      addresses: z.number(),
      flagged: z.number(),
      refused: z.number(),
      flaggedShare: z.number(),
      flaggedBounds: z.tuple([z.number(), z.number()]),
      timesOverall: z.number().nullable(),
    }),
  ),
  complete: z.boolean(),
})

/** All about one address. */
export const AddressAnswer = z.object({
  ipAddress: z.string(),
  place: PlaceAnswer,
  requestCount: z.number(),
  firstSeen: Time.nullable(),
  lastSeen: Time.nullable(),
  country: z.string().nullable(),
  city: z.string().nullable(),
  asn: z.number().nullable(),
  /** The crawlers that it says it is, and which one it was found to be. */
  crawler: z.object({ claims: z.array(z.string()), verified: z.string().nullable() }),
  campaigns: z.array(
    CampaignAnswer.pick({
      id: true,
      kind: true,
      title: true,
      severity: true,
      status: true,
      firstSeen: true,
      lastSeen: true,
    }),
  ),
  blocks: z.array(BlockAnswer),
  allowed: z.array(AllowedAnswer),
  notes: z.array(NoteAnswer),
  history: z.array(
    z.object({
      at: Time,
      actor: z.string(),
      action: z.string(),
      ipAddress: z.string().nullable(),
      details: z.record(z.string(), z.unknown()),
    }),
  ),
  findings: z.array(
    FindingAnswer.omit({ campaign: true, country: true, city: true }).extend({
      features: z.record(z.string(), z.number()),
    }),
  ),
  requests: z.array(RequestAnswer),
})

/** The names of an address in DNS; `names` is null when they could not be found out. */
export const NamesAnswer = z.object({
  ipAddress: z.string(),
  /** Whether REVERSE_NAMES allows to ask. */
  allowed: z.boolean(),
  names: z.array(z.object({ name: z.string(), confirmed: z.boolean() })).nullable(),
})

export const IncidentAnswer = z.object({
  incident: z.string(),
  ipAddress: z.string(),
  timestamp: Time,
  method: z.string(),
  path: z.string(),
  block: z.object({
    ipAddress: z.string().nullable(),
    prefix: z.number(),
    reason: z.string(),
    source: z.enum(['person', 'import', 'detection']),
    sourceName: z.string().nullable(),
    expiresAt: z.string().nullable(),
  }),
  request: RequestAnswer.omit({ refusal: true }),
})

export const AuditAnswer = z.object({
  id: z.number(),
  at: Time,
  actor: z.string(),
  action: z.string(),
  subject: z.string().nullable(),
  details: z.record(z.string(), z.unknown()),
  ipAddress: z.string().nullable(),
})
