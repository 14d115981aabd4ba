import { type Address, parseAddress } from './address'

const LAST_PORT = 65_535

/** Where the walk through a forwarding header ended. */
export interface Walk {
  /** The last address that somebody trusted vouches for. */
  address: Address
  /** Why it went no further: an untrusted address, something that is no address, or the header's end. */
  end: 'untrusted' | 'not an address' | 'all trusted'
}

/**
 * Who a request comes from, when the peer of the socket is a trusted proxy.
 *
 * Each proxy writes behind what it was sent, so the header is read from its right end, as long as
 * those who wrote it are trusted: `peer` vouches for the last element, a trusted last element for
 * the one before it. The first element that is no address (`unknown`, `_hidden`, nonsense, nothing)
 * stops the walk. What a client wrote stands on the left and cannot change how the rest reads.
 *
 * `header` is the lower-case name; `x-forwarded-for` and `forwarded` (RFC 7239) are lists, every
 * other one holds a single address.
 */
export function walkForwarded(
  peer: Address,
  header: string,
  value: string,
  isTrusted: (address: Address) => boolean,
): Walk {
  let address = peer
  for (const element of elementsFromRight(header, value)) {
    const hop = readHop(element)
    if (hop === undefined) return { address, end: 'not an address' }
    address = hop
    if (!isTrusted(hop)) return { address, end: 'untrusted' }
  }
  return { address, end: 'all trusted' }
}

function elementsFromRight(header: string, value: string): Iterable<string | undefined> {
  if (header === 'x-forwarded-for') return splitFromRight(value)
  if (header === 'forwarded') return forwardedFromRight(value)
  return [withoutBlanks(value)]
}

/** Without the blanks that RFC 9110 allows around a value; others are part of it. */
function withoutBlanks(text: string): string {
  return text.replace(/^[ \t]+|(?<![ \t])[ \t]+$/g, '')
}

function* splitFromRight(list: string): Generator<string> {
  let end = list.length
  while (end >= 0) {
    const comma = end === 0 ? -1 : list.lastIndexOf(',', end - 1)
    yield withoutBlanks(list.slice(comma + 1, end))
    end = comma
  }
}

/** Commas inside quotes separate nothing; which those are can be told from the right as well. */
function* forwardedFromRight(list: string): Generator<string | undefined> {
  let end = list.length
  let quoted = false
  for (let i = list.length - 1; i >= -1; i--) {
    if (list[i] === '"' && !isEscaped(list, i)) quoted = !quoted
    if (i >= 0 && (list[i] !== ',' || quoted)) continue
    yield forOf(list.slice(i + 1, end))
    end = i
  }
}

/** Whether an odd number of backslashes stands in front of a character. */
function isEscaped(text: string, index: number): boolean {
  let backslashes = 0
  while (text[index - 1 - backslashes] === '\\') backslashes++
  return backslashes % 2 === 1
}

/** `name=value` or nothing, up to the next semicolon; the value is a token or a quoted string. */
const PAIR = /[ \t]*(?:([!#$%&'*+\-.^`|~\w]+)=("(?:[^"\\]|\\.)*"|[^\s;",]*)[ \t]*)?(?:;|$)/y

/** The `for` of one element of RFC 7239, undefined unless there is exactly one. */
function forOf(element: string): string | undefined {
  let node: string | undefined
  PAIR.lastIndex = 0
  while (PAIR.lastIndex < element.length) {
    const pair = PAIR.exec(element)
    if (pair === null) return undefined
    const [, name, value = ''] = pair
    if (name?.toLowerCase() !== 'for') continue
    if (node !== undefined) return undefined
    node = value.startsWith('"') ? value.slice(1, -1).replace(/\\(.)/g, '$1') : value
  }
  return node
}

/** An IPv6 address in brackets, or an IPv4 address in front of a port; each may have a port. */
const DECORATED = /^(?:\[([\da-f.]*:[\da-f:.]*)\]|([\d.]+)(?=:))(?::(\d{1,5}|_[\w.-]+))?$/i

/**
 * The address of an element: as it is, in brackets, or with a port, which is a number up to 65535
 * or, as RFC 7239 section 6.3 allows, a name such as `_hidden`.
 */
export function readHop(element: string | undefined): Address | undefined {
  if (element === undefined) return undefined
  const [, inBrackets, beforePort, port = ''] = DECORATED.exec(element) ?? []
  return Number(port) > LAST_PORT ? undefined : parseAddress(inBrackets ?? beforePort ?? element)
}
