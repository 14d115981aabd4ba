import type { LogEntry } from './entry'

/** Answers with which this service refuses. */
const REFUSALS = [403, 429]

type Answered = Pick<LogEntry, 'source' | 'status' | 'account'>

/**
 * Whether a request says something about its address. One that this service refused does not, as
 * opposed to one refused by a server whose log was read: who keeps knocking at a closed door is not
 * flagged anew for it. Nor does one of a person or an application that is signed in here, for
 * reviewing findings is not asking for `/admin`.
 */
export function isEvidence({ source, status, account }: Answered): boolean {
  const refused = source !== 'ingest' && status !== null && REFUSALS.includes(status)
  return !refused && (source !== 'service' || account === null)
}
