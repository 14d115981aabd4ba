import { z } from 'zod'
import { Time } from '../http/answers'
import { PlaceAnswer } from '../insights/answers'

/** May it pass? With the place of the address, and whose data that is, when it was asked for. */
export const VerdictAnswer = z.object({
  ipAddress: z.string(),
  verdict: z.enum(['allow', 'block', 'limit']),
  reason: z.string().nullable(),
  expiresAt: Time.nullable(),
  retryAfter: z.number().nullable(),
  limit: z
    .object({
      name: z.string(),
      quota: z.number(),
      window: z.number(),
      remaining: z.number(),
      reset: z.number(),
    })
    .nullable(),
  place: PlaceAnswer.optional(),
  attribution: z.string().optional(),
})

/** How much of a batch was taken. */
export const IngestAnswer = z.object({
  accepted: z.number(),
  rejected: z.number(),
  /** The first of them: the number of the line, counted from 1, why, and how it begins. */
  firstRejected: z.array(z.object({ line: z.number(), reason: z.string(), text: z.string() })),
})

/** A decision in the words of CrowdSec's local API. */
const DecisionAnswer = z.object({
  id: z.number(),
  origin: z.string(),
  type: z.literal('ban'),
  scope: z.enum(['Ip', 'Range']),
  value: z.string(),
  scenario: z.string(),
  duration: z.string(),
})

export const DecisionsAnswer = z.array(DecisionAnswer).nullable()

/** What has changed since the same key asked last. */
export const DecisionStreamAnswer = z.object({
  new: z.array(DecisionAnswer),
  deleted: z.array(DecisionAnswer),
})
