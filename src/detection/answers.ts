import { z } from 'zod'
import { Time } from '../http/answers'
import { RequestAnswer } from '../request-log/answers'

export const SeverityAnswer = z.enum(['info', 'low', 'medium', 'high'])

export const ReasonAnswer = z.object({
  text: z.string(),
  kind: z.enum(['rule', 'learned', 'campaign']),
  weight: z.number(),
})

/** A finding as lists have it. */
export const FindingAnswer = z.object({
  id: z.number(),
  incident: z.string(),
  ipAddress: z.string(),
  /** Start of the hour that was judged. */
  window: Time,
  risk: z.number(),
  severity: SeverityAnswer,
  reason: z.string(),
  reasons: z.array(ReasonAnswer),
  status: z.enum(['open', 'blocked', 'dismissed', 'allowed']),
  flaggedAt: Time,
  reviewedBy: z.string().nullable(),
  reviewedAt: Time.nullable(),
  note: z.string().nullable(),
  campaign: z.object({ id: z.string(), title: z.string() }).nullable(),
  country: z.string().nullable(),
  city: z.string().nullable(),
})

/** One finding, with what was measured, what is usual here, and the last requests of its hour. */
export const FindingDetailAnswer = FindingAnswer.extend({
  features: z.record(z.string(), z.number()),
  /** What was usual at the site; null when nothing had been learned. */
  usual: z.record(z.string(), z.number()).nullable(),
  requests: z.array(RequestAnswer),
})

export const CampaignAnswer = z.object({
  id: z.string(),
  kind: z.enum(['hunt', 'stuffing', 'flood', 'scraping', 'rotation']),
  title: z.string(),
  severity: SeverityAnswer,
  status: z.enum(['open', 'blocked', 'dismissed']),
  reasons: z.array(ReasonAnswer),
  /** Starts of hours. */
  firstSeen: Time,
  lastSeen: Time,
  addresses: z.number(),
  requests: z.number(),
  reviewedBy: z.string().nullable(),
  reviewedAt: Time.nullable(),
  note: z.string().nullable(),
})

/** A network that a block would shut out, and whom that hits. */
export const HitAnswer = z.object({
  network: z.string(),
  members: z.number(),
  /** Well-behaved addresses inside; some of them are named. */
  collateral: z.number(),
  addresses: z.array(z.string()),
})

export const CampaignDetailAnswer = CampaignAnswer.extend({
  members: z.array(z.string()),
  networks: z.array(HitAnswer),
})

export const CampaignReviewedAnswer = CampaignAnswer.extend({ blocked: z.array(HitAnswer) })

export const RunAnswer = z.object({
  hour: Time,
  state: z.enum(['done', 'failed', 'running']),
  startedAt: Time,
  finishedAt: Time.nullable(),
  attempts: z.number(),
  error: z.string().nullable(),
  addresses: z.number().nullable(),
  flagged: z.number().nullable(),
  /** What else is to be told of the run; what that is depends on its settings. */
  facts: z.record(z.string(), z.unknown()),
})

/** What a run that was asked for has done. */
export const RunSummaryAnswer = z.object({
  hour: Time,
  addresses: z.number(),
  flagged: z.number(),
  learned: z.looseObject({}),
  learning: z.looseObject({}),
})

const Model = z.object({ madeAt: Time, trainedOn: z.number(), detectors: z.string() })

export const ModelCardAnswer = z.object({
  detectors: z.array(z.string()),
  /** Null while it is learning. */
  champion: Model.nullable(),
  before: z.array(Model),
  baseline: z.object({ rows: z.number(), from: Time.nullable(), to: Time.nullable() }),
  lastTraining: z.looseObject({ hour: Time }).nullable(),
  features: z.array(
    z.object({
      name: z.string(),
      label: z.string(),
      isShare: z.boolean(),
      usual: z.number().nullable(),
    }),
  ),
  thresholds: z.object({ high: z.number(), medium: z.number(), low: z.number() }),
})

const TrialFlagsAnswer = z.object({
  total: z.number(),
  dismissed: z.number(),
  confirmed: z.number(),
  items: z.array(
    z.object({
      incident: z.string(),
      address: z.string(),
      window: Time,
      risk: z.number(),
      severity: SeverityAnswer,
      reason: z.string(),
      status: FindingAnswer.shape.status.nullable(),
    }),
  ),
})

const BeforeAndAfter = z.object({ before: z.number(), after: z.number() })

export const BacktestAnswer = z.object({
  state: z.enum(['running', 'done', 'failed']),
  trial: z.looseObject({ days: z.number() }),
  startedAt: Time,
  finishedAt: Time.nullable(),
  progress: z.object({ hours: z.number(), of: z.number() }),
  result: z
    .object({
      from: Time,
      to: Time,
      hours: z.number(),
      truncatedHours: z.number(),
      addresses: z.number(),
      flagged: BeforeAndAfter,
      /** Of those flagged after. */
      reviewed: z.object({ dismissed: z.number(), confirmed: z.number() }),
      byHour: z.array(BeforeAndAfter.extend({ hour: Time })),
      added: TrialFlagsAnswer,
      lost: TrialFlagsAnswer,
    })
    .nullable(),
  error: z.string().nullable(),
})

/** What a dismissal has named as normal. */
export const ExceptionAnswer = z.object({
  id: z.number(),
  network: z.string(),
  path: z.string().nullable(),
  agent: z.string().nullable(),
  reason: z.string(),
  finding: z.number().nullable(),
  madeBy: z.string(),
  madeAt: Time,
  expiresAt: Time,
})
