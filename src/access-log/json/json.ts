import type { LogEntry } from '../../request-log/entry'
import type { FormatParser, IsTrusted } from '../format'
import { CADDY } from './caddy'
import { ENVOY } from './envoy'
import { FASTLY } from './fastly'
import { flatten, GENERAL } from './general'
import { NGINX } from './nginx'
import { readRecord } from './record'
import { type Json, readShape, type Shape, valueAt } from './shape'
import { TRAEFIK } from './traefik'

/** Shapes, by a member that only their lines have. */
const SHAPES: readonly [mark: string[], shape: Shape][] = [
  [['DownstreamStatus'], TRAEFIK],
  [['request', 'uri'], CADDY],
  [['response_code'], ENVOY],
  [['response_status'], FASTLY],
  [['remote_addr'], NGINX],
]

/** Where collectors put a line of another program. */
const MESSAGES = ['message', 'log', 'MESSAGE', 'textPayload', 'msg', 'line']

/**
 * A request as an object of JSON in one line: the records of `POST /v1/ingest`, what Traefik, Caddy,
 * Envoy, Fastly and nginx write, and others by the names they give to a client, a time and a target
 * (`GENERAL`). What a collector has put into `message` or `log` is read by `parseMessage`, if the
 * document itself names no client.
 */
export function jsonFormat(isTrusted: IsTrusted, parseMessage: FormatParser): FormatParser {
  return function parseJson(line) {
    if (line[0] !== '{') return undefined
    const document = parseObject(line)
    if (document === undefined) return 'not valid JSON'
    if (isRecord(document)) return readRecord(document)
    for (const [mark, shape] of SHAPES) {
      if (valueAt(document, mark) === undefined) continue
      const entry = readShape(document, shape, isTrusted)
      if (typeof entry !== 'string') return entry
    }
    const entry = readShape(flatten(document), GENERAL, isTrusted)
    return typeof entry === 'string'
      ? (readMessage(document, parseMessage) ?? reason(entry))
      : entry
  }
}

/** Whether a document has what a record of `POST /v1/ingest` needs; other programs say `remote_addr`. */
function isRecord({ ip, ipAddress, timestamp, path, method }: Json): boolean {
  const hasClient = ip !== undefined || ipAddress !== undefined
  return hasClient && timestamp !== undefined && path !== undefined && method !== undefined
}

function readMessage(document: Json, parse: FormatParser): LogEntry | string | undefined {
  for (const name of MESSAGES) {
    const message = document[name]
    if (typeof message !== 'string' || message === '') continue
    const entry = parse(message.trimEnd())
    if (entry !== undefined) return entry
  }
  return undefined
}

function parseObject(line: string): Json | undefined {
  // nginx without `escape=json` writes \x22 for a quote, which is no JSON.
  for (const text of [line, line.replaceAll('\\x', '\\\\x')]) {
    try {
      const document = JSON.parse(text)
      return typeof document === 'object' && document !== null ? document : undefined
    } catch {
      // Perhaps in the other spelling.
    }
  }
  return undefined
}

function reason(text: string): string {
  return `no request is known in this JSON: ${text}`
}
