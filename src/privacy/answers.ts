import { z } from 'zod'
import { Time } from '../http/answers'

/** What is stored, why, and for how long. */
export const NoticeAnswer = z.object({
  what: z.array(z.string()),
  why: z.string(),
  legalBasis: z.string(),
  addresses: z.string(),
  retention: z.string(),
  settings: z.object({
    ipStorage: z.enum(['full', 'truncated', 'hashed']),
    anonymizeAfterHours: z.number(),
    retentionDays: z.number(),
  }),
  decisions: z.string(),
  rights: z.string(),
  contact: z.string().nullable(),
  optOut: z.object({ how: z.string(), signals: z.array(z.string()), page: z.string() }),
  outside: z.string().optional(),
  attribution: z.string(),
  paragraph: z.string(),
})

/** Rows as they are stored: a copy for the person that they are about. */
const Rows = z.array(z.record(z.string(), z.unknown()))

/** All that is stored about an address. */
export const SubjectAnswer = z.looseObject({
  ipAddress: z.string(),
  exportedAt: Time,
  requests: Rows,
  requestsComplete: z.boolean(),
  rollUps: Rows,
  findings: Rows,
  notes: Rows,
  /** Records that the database has refused, with the reason, and when. */
  quarantined: Rows,
  note: z.string(),
})

/** How much was erased. */
export const ErasureAnswer = z.object({
  ipAddress: z.string(),
  requests: z.number(),
  rollUps: z.number(),
  findings: z.number(),
  campaigns: z.number(),
  exceptions: z.number(),
  notes: z.number(),
  baselineRows: z.number(),
  /** 1 when it was allowed by itself. */
  allowed: z.number(),
  /** Entries of the audit log that named it. */
  decisions: z.number(),
  /** A running block, of it or of a network around it, was left. */
  blockKept: z.boolean(),
})
