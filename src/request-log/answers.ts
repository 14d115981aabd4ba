import { z } from 'zod'
import { Time } from '../http/answers'

/** A request of the log as the admin API tells it. */
export const RequestAnswer = z.object({
  ipAddress: z.string(),
  timestamp: Time,
  method: z.string(),
  path: z.string(),
  query: z.string(),
  /** Null when it was judged for another server, which answered it. */
  status: z.number().nullable(),
  durationMs: z.number().nullable(),
  bytes: z.number().nullable(),
  userAgent: z.string(),
  country: z.string().nullable(),
  city: z.string().nullable(),
  asn: z.number().nullable(),
  account: z.string().nullable(),
  source: z.enum(['service', 'ingest', 'check', 'forward-auth']),
  /** What refused it, when it was refused for a block. */
  refusal: z
    .object({
      incident: z.string(),
      prefix: z.number(),
      reason: z.string(),
      source: z.enum(['person', 'import', 'detection']),
      sourceName: z.string().nullable(),
      expiresAt: z.string().nullable(),
    })
    .nullable(),
  optedOut: z.boolean(),
})
