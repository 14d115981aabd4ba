import { createHash } from 'node:crypto'
import { inPieces } from '../http/in-pieces'
import { covers, type Network, partsOf } from '../net/network'
import { coalesce } from '../platform/coalesce'
import { inForce, type Listed } from './in-force'

interface Format {
  /** Content type. */
  type: string
  write(list: Listed): Generator<string>
}

/** The active list for other programs, a line of text at a time. */
export const FORMATS = {
  txt: { type: 'text/plain', write: plainText },
  json: { type: 'application/json', write: json },
  nginx: { type: 'text/plain', write: nginxGeo },
  nft: { type: 'text/plain', write: nftSets },
} satisfies Record<string, Format>

/** The list of one moment in one format. */
export interface Exported {
  pieces: Buffer[]
  bytes: number
  /** The same for the same content, on every instance. */
  etag: string
}

/** Makes exports in a format; all who ask while one is made are given the next one together. */
export function exporter({ write }: Format, list: Listed): () => Promise<Exported> {
  return coalesce(() => exportList(write(list)))
}

async function exportList(lines: Generator<string>): Promise<Exported> {
  const hash = createHash('sha256')
  const pieces: Buffer[] = []
  let bytes = 0
  for await (const piece of inPieces(lines)) {
    hash.update(piece)
    bytes += piece.length
    pieces.push(piece)
  }
  return { pieces, bytes, etag: hash.digest('base64url').slice(0, 27) }
}

/** One network per line. */
function* plainText(list: Listed): Generator<string> {
  for (const { ipAddress } of inForce(list)) yield `${ipAddress}\n`
}

function* json(list: Listed): Generator<string> {
  let before = '{"items":['
  for (const { ipAddress, reason, source, expiresAt } of inForce(list)) {
    yield before + JSON.stringify({ ipAddress, reason, source, expiresAt })
    before = ',\n'
  }
  yield before.startsWith('{') ? '{"items":[],"next":null}\n' : '],"next":null}\n'
}

/** The body of a `geo` block, in which the most specific line counts: `geo $blocked { include …; }`. */
function* nginxGeo(list: Listed): Generator<string> {
  yield 'default 0;\n'
  for (const { ipAddress } of list.blocks()) yield `${ipAddress} 1;\n`
  for (const network of list.allowed()) yield `${network} 0;\n`
}

/**
 * A script for `nft -f` that makes two sets, or fills them anew, in one step: packets see the old
 * list or the new one. What else is in the table, the rules that ask the sets, stays as it is.
 */
function* nftSets(list: Listed): Generator<string> {
  yield 'add table inet portcullis\n'
  yield* nftSet(list, 4)
  yield* nftSet(list, 6)
}

function* nftSet(list: Listed, family: 4 | 6): Generator<string> {
  const name = `inet portcullis blocked${family}`
  yield `add set ${name} { type ipv${family}_addr; flags interval; auto-merge; }\nflush set ${name}\n`
  let before = `add element ${name} {\n  `
  let wide: Network | undefined
  for (const { ipAddress } of inForce(list)) {
    // Sets of intervals take no overlaps before nftables 1.0.1, auto-merge or not.
    if (partsOf(ipAddress).family !== family || (wide && covers(wide, ipAddress))) continue
    yield before + ipAddress
    before = ',\n  '
    wide = ipAddress
  }
  if (before.startsWith(',')) yield '\n}\n'
}
