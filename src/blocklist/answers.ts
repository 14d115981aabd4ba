import { z } from 'zod'
import { Time } from '../http/answers'

/** A block as the admin API tells it. */
export const BlockAnswer = z.object({
  id: z.number(),
  ipAddress: z.string(),
  reason: z.string(),
  source: z.enum(['person', 'import', 'detection']),
  sourceName: z.string().nullable(),
  blockedBy: z.string(),
  blockedAt: Time,
  expiresAt: Time.nullable(),
  hits: z.number(),
  lastHitAt: Time.nullable(),
})

/** An allowed network as the admin API tells it. */
export const AllowedAnswer = z.object({
  id: z.number(),
  ipAddress: z.string(),
  reason: z.string(),
  allowedBy: z.string(),
  allowedAt: Time,
})

/** What was added, and what speaks against it. */
export const BlockMade = BlockAnswer.extend({ warning: z.string().optional() })
export const AllowedMade = AllowedAnswer.extend({ warning: z.string().optional() })

const LeftOut = z.object({
  lines: z.number(),
  first: z.array(z.object({ line: z.number(), reason: z.string() })),
})

/** What an import has changed or, with `dryRun`, would change (`list/report.ts`). */
export const ImportAnswer = z.object({
  source: z.string(),
  dryRun: z.boolean(),
  added: z.number(),
  removed: z.number(),
  kept: z.number(),
  blockedByOthers: z.number(),
  firstAdded: z.array(z.string()),
  firstRemoved: z.array(z.string()),
  refusal: z.string().nullable(),
  rejected: LeftOut,
  skipped: LeftOut,
  forced: LeftOut,
})
