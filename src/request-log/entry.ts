import { type Address, parseAddress } from '../net/address'

/** One request that was seen, here or elsewhere. */
export interface LogEntry {
  address: Address
  /** Milliseconds since 1970. */
  timestamp: number
  method: string
  path: string
  /** Behind the `?`; empty when there is none. */
  query: string
  /** Null when the visit was judged for another server, which answered it. */
  status: number | null
  durationMs: number | null
  bytes: number | null
  userAgent: string
  account: string | null
  source: 'service' | 'ingest' | 'check' | 'forward-auth'
  /** A `Refusal` in JSON, when a block was what refused it. */
  refusal?: string | undefined
  /** The one who sent it asked not to be followed: it is judged, and stored without details. */
  optedOut?: boolean | undefined
  /** Whether it told the page it came from; undefined when nobody knows. */
  hasReferer?: boolean | undefined
}

/** How the line of somebody who opted out ends. */
const OPTED_OUT_ENDS = [',true]', ',true,0]', ',true,1]']
const LONGEST_END = 8

const QUOTE = 0x22

/** As a line names who sent what it is about. */
export interface Sender {
  /** The address; of a line that is no record some text. */
  text: string
  optedOut: boolean
}

/** Who sent what a line of `Lines` is about, at a tenth of the cost of reading all of it. */
export function senderOf(line: string): Sender {
  return { text: line.slice(2, line.indexOf('"', 2)), optedOut: endsOptedOut(line) }
}

/** The same of the line that lies in `bytes` between two places, at half of the cost. */
export function senderIn(bytes: Buffer, from: number, to: number): Sender {
  let quote = from + 2
  while (quote < to && bytes[quote] !== QUOTE) quote++
  // Most lines end with the name of their source.
  const isPlain = bytes[to - 2] === QUOTE
  const end = isPlain ? '' : bytes.toString('latin1', Math.max(from, to - LONGEST_END), to)
  return { text: bytes.toString('latin1', from + 2, quote), optedOut: endsOptedOut(end) }
}

function endsOptedOut(line: string): boolean {
  return line !== '' && OPTED_OUT_ENDS.some((end) => line.endsWith(end))
}

/** When what a line of `Lines` is about was seen, in whole milliseconds; NaN of another line. */
export function timeOf(line: string): number {
  return Number.parseInt(line.slice(line.indexOf(',') + 1), 10)
}

/** The entry of a line; throws SyntaxError when the line is not one that `Lines` made. */
export function entryOf(line: string): LogEntry {
  const fields = parse(line)
  if (!Array.isArray(fields) || fields.length < 11 || fields.length > 14)
    throw new SyntaxError('not a record')
  const [text, timestamp, method, path, query, status, durationUs, bytes] = fields
  const address = parseAddress(String(text))
  if (address === undefined) throw new SyntaxError('not a record: it has no address')
  const [userAgent, account, source, refusal, optedOut = false, referer] = fields.slice(8)
  const texts = [method, path, query, userAgent, account ?? '', source, refusal ?? '']
  const numbers = [timestamp, status ?? 0, durationUs ?? 0, bytes ?? 0]
  if (!texts.every((value) => typeof value === 'string') || !numbers.every(Number.isFinite)) {
    throw new SyntaxError('not a record: a field is of the wrong type')
  }
  return {
    address,
    timestamp,
    method,
    path,
    query,
    status,
    durationMs: durationUs === null ? null : durationUs / 1_000,
    bytes,
    userAgent,
    account,
    source,
    refusal: refusal ?? undefined,
    optedOut,
    hasReferer: referer === undefined ? undefined : referer === 1,
  }
}

/** Without the words of `JSON.parse`, which repeat a part of the line: they end up in the service's log. */
function parse(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    throw new SyntaxError('not a record: it is not JSON')
  }
}
