import { crc32 } from 'node:zlib'
import type { IndexBuffers } from '../net/network-index'
import { Snapshot } from './snapshot'

/** Says what the file is; read in the wrong byte order it is another number. */
const MAGIC = 0x50_43_42_4c
const VERSION = 1
/** Magic, version, the length of the contents, and the two times of `Known`. */
const HEAD_BYTES = 32
const CHECKSUM_BYTES = 4

/** A snapshot that is kept for a start without the database. */
export interface Known {
  snapshot: Snapshot
  /** The revision it is of. */
  revision: number
  /** When it was what the database said: milliseconds since 1970. */
  asOf: number
}

/** What comes behind the head: the bytes of each part, in the order in which they follow. */
interface Contents {
  texts: number
  ends: number
  blocked: Record<keyof IndexBuffers, number[]>
  allowed: Record<keyof IndexBuffers, number[]>
}

/**
 * A snapshot as bytes, for a file or for Redis, piece by piece: a head, the contents, the origins,
 * the leaves as they lie in memory, and the CRC-32 of all of it. A million networks take 24 MB.
 */
export function* pack({ snapshot, revision, asOf }: Known): Generator<Uint8Array> {
  const { blocked, allowed, origins } = snapshot.buffers
  const contents = Buffer.from(
    JSON.stringify({
      texts: origins.texts.byteLength,
      ends: origins.ends.byteLength,
      blocked: { ipv4: blocked.ipv4.map(lengthOf), ipv6: blocked.ipv6.map(lengthOf) },
      allowed: { ipv4: allowed.ipv4.map(lengthOf), ipv6: allowed.ipv6.map(lengthOf) },
    } satisfies Contents),
  )
  const head = new ArrayBuffer(HEAD_BYTES)
  new Uint32Array(head).set([MAGIC, VERSION, contents.length])
  new Float64Array(head).set([revision, asOf], 2)

  let checksum = 0
  const checked = (piece: Uint8Array) => {
    // Of nothing, zlib starts anew.
    if (piece.length > 0) checksum = crc32(piece, checksum)
    return piece
  }
  yield checked(new Uint8Array(head))
  yield checked(contents)
  yield checked(origins.texts)
  yield checked(new Uint8Array(origins.ends.buffer))
  for (const leaves of [blocked.ipv4, blocked.ipv6, allowed.ipv4, allowed.ipv6]) {
    for (const leaf of leaves) yield checked(new Uint8Array(leaf))
  }
  yield new Uint8Array(Uint32Array.of(checksum).buffer)
}

/** What the first `HEAD_BYTES` say; undefined when they are not the head of a snapshot of ours. */
export function readHead(bytes: Uint8Array) {
  if (bytes.length < HEAD_BYTES) return undefined
  const head = copyOf(bytes, 0, HEAD_BYTES)
  const [magic, version, contents] = new Uint32Array(head)
  const [, , revision, asOf] = new Float64Array(head)
  if (magic !== MAGIC || version !== VERSION) return undefined
  return { contents: contents!, revision: revision!, asOf: asOf! }
}

/** The snapshot in `bytes`; throws, with a sentence, when they are not exactly what `pack` made. */
export function unpack(bytes: Uint8Array): Known {
  const head = readHead(bytes)
  if (!head) throw new Error('This is not a snapshot of the blocklist, or one of another version.')
  const end = bytes.length - CHECKSUM_BYTES
  if (end < HEAD_BYTES || crc32(bytes.subarray(0, end)) !== checksumAt(bytes, end)) {
    throw new Error('The snapshot of the blocklist is torn: its checksum is wrong.')
  }
  let at = HEAD_BYTES
  const take = (length: number) => {
    at += length
    return copyOf(bytes, at - length, length)
  }
  const contents: Contents = JSON.parse(Buffer.from(take(head.contents)).toString())
  const origins = {
    texts: new Uint8Array(take(contents.texts)),
    ends: new Uint32Array(take(contents.ends)),
  }
  const takeIndex = ({ ipv4, ipv6 }: Contents['blocked']): IndexBuffers => {
    return { ipv4: ipv4.map(take), ipv6: ipv6.map(take) }
  }
  const blocked = takeIndex(contents.blocked)
  const allowed = takeIndex(contents.allowed)
  const { revision, asOf } = head
  return { snapshot: Snapshot.from({ blocked, allowed, origins }), revision, asOf }
}

function lengthOf({ byteLength }: ArrayBuffer): number {
  return byteLength
}

function checksumAt(bytes: Uint8Array, at: number): number {
  return new Uint32Array(copyOf(bytes, at, CHECKSUM_BYTES))[0]!
}

/** In memory of its own, at a place where words may be read; a Buffer's `slice` copies nothing. */
function copyOf(bytes: Uint8Array, from: number, length: number): ArrayBuffer {
  return new Uint8Array(bytes.subarray(from, from + length)).buffer
}
