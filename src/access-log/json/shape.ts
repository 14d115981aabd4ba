import { explainAddress } from '../../net/refusal'
import type { LogEntry } from '../../request-log/entry'
import { decimalNumber, known, statusOf, wholeNumber } from '../fields'
import { entryOf, type IsTrusted } from '../format'
import { forwardedClient, loggedClient } from '../logged-client'
import { askedFor, readRequestLine } from '../request-line'
import { implausible, readTime } from '../timestamp'

/** An object of JSON. */
export type Json = Record<string, unknown>

/** Where a value stands: the names of the members that lead to it. */
export type Path = readonly string[]

/** Where a program's JSON lines hold what; of several places the first that holds something counts. */
export interface Shape {
  /** What the program itself takes for the client; behind its own proxies too. */
  client: readonly Path[]
  /** A forwarding header beside it, believed from trusted proxies only. */
  forwarded?: readonly Path[]
  time: readonly Path[]
  /** `GET /a HTTP/1.1` in one; otherwise method, target and perhaps the query. */
  request?: readonly Path[]
  method: readonly Path[]
  target: readonly Path[]
  query?: readonly Path[]
  status: readonly Path[]
  bytes: readonly Path[]
  agent: readonly Path[]
  referer: readonly Path[]
  account?: readonly Path[]
  /** With the milliseconds of its unit. */
  duration?: readonly (readonly [Path, unitMs: number])[]
}

/** The entry of a line of this shape; the reason why there is none. */
export function readShape(document: Json, shape: Shape, isTrusted: IsTrusted): LogEntry | string {
  const text = (paths: readonly Path[] = []) => textAt(document, paths)
  const client = text(shape.client) ?? ''
  const peer = loggedClient(client, isTrusted)
  if (peer === undefined) return explainAddress(client).slice(0, -1)
  const timestamp = readTime(rawAt(document, shape.time))
  const doubt = implausible(timestamp)
  if (doubt) return doubt
  const request = text(shape.request)
  const method = text(shape.method)
  const target = text(shape.target)
  if (request === undefined && target === undefined) return 'there is no request'
  return entryOf({
    address: forwardedClient(peer, text(shape.forwarded) ?? '', isTrusted),
    timestamp,
    ...(target === undefined || method === undefined
      ? readRequestLine(request ?? target!)
      : askedFor(method, withQuery(target, text(shape.query)))),
    status: statusOf(text(shape.status)),
    durationMs: durationAt(document, shape.duration),
    bytes: wholeNumber(text(shape.bytes)),
    userAgent: known(text(shape.agent)),
    referer: refererAt(document, shape.referer),
    account: known(text(shape.account)),
  })
}

/** The value at a path; undefined when there is none. */
export function valueAt(document: Json, path: Path): unknown {
  let value: unknown = document
  for (const name of path) {
    if (typeof value !== 'object' || value === null) return undefined
    value = (value as Json)[name]
  }
  return value
}

/** The names of a path, as they are written in a shape: `request.headers.User-Agent`. */
export function paths(...texts: string[]): Path[] {
  return texts.map((text) => text.split('.'))
}

function rawAt(document: Json, paths: readonly Path[]): unknown {
  for (const path of paths) {
    const value = valueAt(document, path)
    if (value !== undefined && value !== null && value !== '') return value
  }
  return undefined
}

function textAt(document: Json, paths: readonly Path[]): string | undefined {
  for (const path of paths) {
    const value = valueAt(document, path)
    // The values of a header come as a list, one for each of its lines.
    const single = Array.isArray(value) ? value.join(', ') : value
    if (typeof single === 'string' && single !== '') return single
    if (typeof single === 'number') return String(single)
  }
  return undefined
}

/** Empty when the log would have it and has not; undefined when it never has it. */
function refererAt(document: Json, paths: readonly Path[]): string | undefined {
  const text = textAt(document, paths)
  if (text !== undefined) return known(text)
  const isLogged = paths.some((path) => {
    const holder = path.length > 1 ? path.slice(0, -1) : path
    return valueAt(document, holder) !== undefined
  })
  return isLogged ? '' : undefined
}

function withQuery(target: string, query: string | undefined): string {
  if (query === undefined || target.includes('?')) return target
  return `${target}${query.startsWith('?') ? '' : '?'}${query}`
}

function durationAt(document: Json, places: Shape['duration'] = []): number | undefined {
  for (const [path, unitMs] of places) {
    const value = decimalNumber(textAt(document, [path]))
    if (value !== undefined) return value * unitMs
  }
  return undefined
}
