import { Late } from './patience'

/**
 * SQLSTATE classes (and single states) by which Postgres says that it cannot serve anybody now:
 * connection failures, resources used up, shutting down, not up yet.
 */
const STATES = ['08', '53', '57P01', '57P02', '57P03', '57P05', '25P03']

/** States that a person has to mend: password, user or database are not what the server knows. */
const REFUSALS = ['28', '3D000']

/** What pg and knex say without a code when nothing comes back, or nobody is there. */
const SILENCES = [
  'Query read timeout',
  'timeout expired',
  'Connection terminated',
  'Client has encountered a connection error',
  'Client was closed',
]

/** The database does not answer now: told as 503, without details. */
export class Unavailable extends Error {
  override name = 'Unavailable'
  readonly status = 503
  readonly code = 'unavailable'
  readonly headers = { 'Retry-After': '5' }

  constructor(options?: ErrorOptions) {
    super('The database does not answer now. Try again in a few seconds.', options)
  }
}

/** The same error, or an `Unavailable` for one that says that the database cannot be used now. */
export function asUnavailable(error: unknown): unknown {
  if (error instanceof Unavailable) return error
  return isAway(error) || isRefusedByServer(error) ? new Unavailable({ cause: error }) : error
}

/** Whether an error means that the database cannot be reached, or does not answer, for now. */
export function isAway(error: unknown): boolean {
  if (error instanceof Unavailable || error instanceof Late) return true
  const { code = '', message = '', name } = natureOf(error)
  return (
    name === 'KnexTimeoutError' ||
    // Node names failures of sockets by E and capitals.
    /^E[A-Z_]{3,}$/.test(code) ||
    isOneOf(STATES, code) ||
    SILENCES.some((silence) => message.includes(silence))
  )
}

/** Whether the server is there and does not let us in: only a person can mend that. */
export function isRefusedByServer(error: unknown): boolean {
  return isOneOf(REFUSALS, natureOf(error).code ?? '')
}

function isOneOf(states: string[], code: string): boolean {
  return code.length === 5 && states.some((state) => code.startsWith(state))
}

/** Objection wraps what pg has thrown. */
function natureOf(error: unknown): { code?: string; message?: string; name?: string } {
  const { nativeError } = (error ?? {}) as { nativeError?: unknown }
  return (nativeError ?? error ?? {}) as Error
}
