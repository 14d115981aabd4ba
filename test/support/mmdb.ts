import fs from 'node:fs'
import { readBits } from '../../src/net/bits'
import { partsOf, requireNetwork } from '../../src/net/network'

type Value = string | number | boolean | Value[] | { [key: string]: Value }

interface Mmdb {
  /** Records by network; later ones inside earlier ones. */
  rows: Record<string, Value>
  type?: string
  ipVersion?: 4 | 6
}

/** An empty half of a node, before the tree is numbered. */
const EMPTY = null
type Half = Node | { offset: number } | typeof EMPTY
interface Node {
  halves: [Half, Half]
}

/** Writes a small file in MaxMind's format (MaxMind DB File Format Specification 2.0). */
export function writeMmdb(path: string, { rows, type = 'Test-City', ipVersion = 6 }: Mmdb): void {
  const root: Node = { halves: [EMPTY, EMPTY] }
  const data: Buffer[] = []
  let offset = 0
  for (const [network, record] of Object.entries(rows)) {
    const encoded = encode(record)
    insert(root, bitsOf(network, ipVersion), { offset })
    data.push(encoded)
    offset += encoded.length
  }
  const nodes = numbered(root)
  const tree = Buffer.alloc(nodes.length * 8)
  nodes.forEach((node, i) => {
    node.halves.forEach((half, side) => {
      tree.writeUInt32BE(recordOf(half, nodes), i * 8 + side * 4)
    })
  })
  const metadata = encode({
    binary_format_major_version: 2,
    binary_format_minor_version: 0,
    build_epoch: Math.floor(Date.now() / 1_000),
    database_type: type,
    description: { en: 'for a test' },
    ip_version: ipVersion,
    languages: ['en'],
    node_count: nodes.length,
    record_size: 32,
  })
  const marker = Buffer.from('abcdef4d61784d696e642e636f6d', 'hex')
  fs.writeFileSync(path, Buffer.concat([tree, Buffer.alloc(16), ...data, marker, metadata]))
}

/** The bits of the network, in a tree of IPv6 addresses with those of IPv4 at `::/96`. */
function bitsOf(text: string, ipVersion: 4 | 6): number[] {
  const { address, prefix, family } = partsOf(requireNetwork(text))
  const words = new Uint32Array(4)
  readBits(address, words)
  const bits = Array.from({ length: prefix }, (_, i) => (words[i >> 5]! >>> (31 - (i & 31))) & 1)
  return family === 4 && ipVersion === 6 ? [...Array(96).fill(0), ...bits] : bits
}

function insert(root: Node, bits: number[], leaf: { offset: number }): void {
  let node = root
  bits.forEach((bit, i) => {
    if (i === bits.length - 1) {
      node.halves[bit as 0 | 1] = leaf
      return
    }
    const half = node.halves[bit as 0 | 1]
    const next: Node = half && 'halves' in half ? half : { halves: [half, half] }
    node.halves[bit as 0 | 1] = next
    node = next
  })
}

function numbered(root: Node): Node[] {
  const nodes = [root]
  for (const node of nodes) {
    for (const half of node.halves) if (half && 'halves' in half) nodes.push(half)
  }
  return nodes
}

function recordOf(half: Half, nodes: Node[]): number {
  if (half === EMPTY) return nodes.length
  return 'halves' in half ? nodes.indexOf(half) : nodes.length + 16 + half.offset
}

const TYPES = { string: 2, double: 3, uint32: 6, map: 7, array: 11, boolean: 14 }

function encode(value: Value): Buffer {
  if (typeof value === 'string') {
    const text = Buffer.from(value)
    return Buffer.concat([control(TYPES.string, text.length), text])
  }
  if (typeof value === 'boolean') return control(TYPES.boolean, Number(value))
  if (typeof value === 'number') return encodeNumber(value)
  if (Array.isArray(value)) {
    return Buffer.concat([control(TYPES.array, value.length), ...value.map(encode)])
  }
  const entries = Object.entries(value)
  const encoded = entries.flatMap(([key, item]) => [encode(key), encode(item)])
  return Buffer.concat([control(TYPES.map, entries.length), ...encoded])
}

function encodeNumber(value: number): Buffer {
  const isWhole = Number.isInteger(value) && value >= 0
  const bytes = Buffer.alloc(isWhole ? 4 : 8)
  if (isWhole) bytes.writeUInt32BE(value)
  else bytes.writeDoubleBE(value)
  return Buffer.concat([control(isWhole ? TYPES.uint32 : TYPES.double, bytes.length), bytes])
}

/** Type and size; types above 7 are extended, sizes above 28 take a byte more (up to 284). */
function control(type: number, size: number): Buffer {
  const first = (type > 7 ? 0 : type << 5) | Math.min(size, 29)
  return Buffer.from([first, ...(type > 7 ? [type - 7] : []), ...(size >= 29 ? [size - 29] : [])])
}
