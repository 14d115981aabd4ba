import { readFile } from 'node:fs/promises'
import type { Address } from '../net/address'
import { readBits } from '../net/bits'
import { isHosting } from './hosting'
import type { Operator } from './source'

const COMMA = 0x2c
const NEWLINE = 0x0a

/** A typed array that can be filled and read by index. */
interface Column<Key> {
  [index: number]: Key
}

/** How the addresses of a family are compared. */
interface Keys<Key> {
  column(length: number): Column<Key>
  /** Of an address that is written as one decimal number, as the files have it. */
  fromDecimal(text: string): Key
  of(address: Address): Key
}

const words = new Uint32Array(4)

export const IPV4: Keys<number> = {
  column: (length) => new Uint32Array(length),
  fromDecimal: Number,
  of(address) {
    readBits(address, words)
    return words[0]!
  },
}

/** IPv6 is told apart down to the /64. */
export const IPV6: Keys<bigint> = {
  column: (length) => new BigUint64Array(length),
  fromDecimal: (text) => BigInt(text) >> 64n,
  of(address) {
    readBits(address, words)
    return (BigInt(words[0]!) << 32n) | BigInt(words[1]!)
  },
}

/** Ranges that do not overlap, sorted by their start. */
interface Ranges<Key> {
  starts: Column<Key>
  ends: Column<Key>
  asns: Uint32Array
  operators: Map<number, Operator>
}

/**
 * A file of lines `first,last,number,"organisation"`, sorted. It is read when it is first asked
 * (412,000 lines of IPv4 ranges) and kept as typed arrays (5 MB). A file that cannot be read makes
 * `find` throw, each time without reading it again.
 */
export class AsnTable<Key extends number | bigint> {
  readonly #path: string
  readonly #keys: Keys<Key>
  #reading?: Promise<Ranges<Key>>
  #ranges?: Ranges<Key>

  constructor(path: string, keys: Keys<Key>) {
    this.#path = path
    this.#keys = keys
  }

  find(address: Address): Operator | null | Promise<Operator | null> {
    if (this.#ranges) return search(this.#ranges, this.#keys.of(address))
    this.#reading ??= readRanges(this.#path, this.#keys)
    return this.#reading.then((ranges) => {
      this.#ranges = ranges
      return search(ranges, this.#keys.of(address))
    })
  }
}

function search<Key extends number | bigint>(ranges: Ranges<Key>, key: Key): Operator | null {
  const { starts, ends, asns, operators } = ranges
  let low = 0
  let high = asns.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (starts[middle]! <= key) low = middle + 1
    else high = middle
  }
  const candidate = low - 1
  if (candidate < 0 || ends[candidate]! < key) return null
  return operators.get(asns[candidate]!) ?? null
}

/** Works on bytes: as text cut into lines, such a file takes several times its size. */
async function readRanges<Key extends number | bigint>(
  path: string,
  keys: Keys<Key>,
): Promise<Ranges<Key>> {
  const file = await readFile(path)
  const count = countLines(file)
  const starts = keys.column(count)
  const ends = keys.column(count)
  const asns = new Uint32Array(count)
  const operators = new Map<number, Operator>()
  let at = 0
  const field = () => {
    const comma = file.indexOf(COMMA, at)
    const text = file.toString('latin1', at, comma)
    at = comma + 1
    return text
  }

  for (let line = 0; line < count; line++) {
    starts[line] = keys.fromDecimal(field())
    ends[line] = keys.fromDecimal(field())
    const asn = Number(field())
    asns[line] = asn
    const end = endOfLine(file, at)
    if (!operators.has(asn)) operators.set(asn, operatorOf(asn, file.toString('utf8', at, end)))
    at = end + 1
  }
  return { starts, ends, asns, operators }
}

function countLines(file: Buffer): number {
  let count = 0
  for (let at = 0; at < file.length; at = endOfLine(file, at) + 1) count++
  return count
}

function endOfLine(file: Buffer, from: number): number {
  const newline = file.indexOf(NEWLINE, from)
  return newline < 0 ? file.length : newline
}

function operatorOf(asn: number, field: string): Operator {
  const organisation = field.startsWith('"') ? field.slice(1, -1).replaceAll('""', '"') : field
  return Object.freeze({ asn, organisation, hosting: isHosting(asn, organisation) })
}
