import pino from 'pino'
import { visibleJson } from '../net/visible'

export type Logger = pino.Logger

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const

/**
 * The service's own log: JSON lines, on standard output unless told otherwise, without secrets.
 * Requests are not logged here; they have their own log.
 */
export function createLogger(
  level: (typeof LOG_LEVELS)[number],
  destination: NodeJS.WritableStream = process.stdout,
): Logger {
  const options = {
    level,
    base: undefined,
    timestamp: pino.stdTimeFunctions.isoTime,
    serializers: { error: describeError },
    redact: {
      paths: ['password', 'authorization', 'cookie', '*.password', '*.authorization', '*.cookie'],
      censor: '[secret]',
    },
  }
  // Pino escapes what JSON demands; a terminal obeys more than that.
  return pino(options, { write: (line) => destination.write(visibleJson(line)) })
}

/** What is told of an error. Postgres' other words repeat rows: addresses, hashes, who signed in. */
const TOLD = ['type', 'message', 'stack', 'code', 'constraint', 'table', 'column']

function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  // Objection wraps what pg has thrown.
  const { nativeError = error } = error as { nativeError?: Error }
  const described = pino.stdSerializers.err(nativeError)
  const several = described.aggregateErrors?.map(describeError)
  const told = Object.entries(described).filter(([name]) => TOLD.includes(name))
  return { ...Object.fromEntries(told), ...(several && { several }) }
}
