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
    serializers: { error: pino.stdSerializers.err },
    redact: {
      paths: ['password', 'authorization', 'cookie', '*.password', '*.authorization', '*.cookie'],
      censor: '[secret]',
    },
  }
  // Pino escapes what JSON demands; a terminal obeys more than that.
  return pino(options, { write: (line) => destination.write(visibleJson(line)) })
}
