import { z } from 'zod'
import { AddressText } from '../../http/schemas'
import { splitTarget } from '../../net/request-path'
import type { LogEntry } from '../../request-log/entry'
import { implausible } from '../timestamp'

const Text = z.string().max(65_536)

/** ISO 8601, or milliseconds since 1970. */
const Timestamp = z
  .union([z.number(), z.iso.datetime({ offset: true })])
  .transform((time, refinement) => {
    const timestamp = new Date(time).getTime()
    const doubt = implausible(timestamp)
    if (doubt) refinement.addIssue({ code: 'custom', message: doubt })
    return timestamp
  })

/** A request as another program reports it. */
const Record = z
  .object({
    ipAddress: AddressText.optional(),
    ip: AddressText.optional(),
    timestamp: Timestamp,
    method: z.string().min(1).max(256),
    /** As the client sent it, query and all. */
    path: Text.min(1),
    status: z.number().int().min(0).max(999),
    bytes: z.number().int().min(0).nullish(),
    userAgent: Text.nullish(),
    durationMs: z.number().min(0).max(1e9).nullish(),
    account: z.string().max(256).nullish(),
    optedOut: z.boolean().default(false),
    hasReferer: z.boolean().optional(),
  })
  .transform((record, refinement): LogEntry => {
    const { timestamp, ipAddress: address = record.ip } = record
    if (address === undefined) {
      refinement.addIssue({ code: 'custom', message: 'there is no ipAddress' })
      return z.NEVER
    }
    return {
      address,
      timestamp,
      method: record.method,
      ...splitTarget(record.path),
      status: record.status,
      durationMs: record.durationMs ?? null,
      bytes: record.bytes ?? null,
      userAgent: record.userAgent ?? '',
      account: record.account ?? null,
      source: 'ingest',
      optedOut: record.optedOut,
      hasReferer: record.hasReferer,
    }
  })

/** The entry of a record, or the reasons why it is none. */
export function readRecord(record: unknown): LogEntry | string {
  const result = Record.safeParse(record)
  if (result.success) return result.data
  return result.error.issues
    .map(({ path, message }) => (path.length > 0 ? `${path.join('.')}: ${message}` : message))
    .join('; ')
}
