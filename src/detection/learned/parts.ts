const ALIGNMENT = 8
const TYPES = { Float64Array, Float32Array, Int32Array, Uint8Array }

type Numbers = Float64Array | Float32Array | Int32Array | Uint8Array

/** Some facts that JSON can hold, and arrays of numbers. */
export interface Parts<Facts> {
  facts: Facts
  arrays: Record<string, Numbers>
}

/** As bytes: the length of the head, the head in JSON, and the arrays as they lie in memory. */
export function joinParts({ facts, arrays }: Parts<unknown>): Uint8Array {
  const list = Object.entries(arrays)
  const contents = list.map(([name, array]) => [name, array.constructor.name, array.length])
  const head = Buffer.from(JSON.stringify({ facts, contents }))
  const pieces = list.map(([, { buffer, byteOffset, byteLength }]) =>
    Buffer.from(buffer, byteOffset, byteLength),
  )
  const length = Buffer.alloc(ALIGNMENT)
  length.writeUInt32LE(head.length)
  return new Uint8Array(Buffer.concat([length, padded(head), ...pieces.map(padded)]))
}

/** What was joined; throws when it is too short or something else. */
export function splitParts<Facts>(bytes: Uint8Array): Parts<Facts> {
  const given = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const length = given.readUInt32LE()
  const { facts, contents } = JSON.parse(given.toString('utf8', ALIGNMENT, ALIGNMENT + length))
  const arrays: Record<string, Numbers> = {}
  let at = ALIGNMENT + roundUp(length)
  for (const [name, type, count] of contents as [string, keyof typeof TYPES, number][]) {
    const end = at + count * TYPES[type].BYTES_PER_ELEMENT
    if (end > given.length) throw new RangeError(`"${name}" is cut off`)
    // A copy, for arrays of numbers begin at multiples of their size.
    const copy = new Uint8Array(given.subarray(at, end))
    arrays[name] = new TYPES[type](copy.buffer)
    at += roundUp(end - at)
  }
  return { facts, arrays }
}

function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes], roundUp(bytes.length))
}

function roundUp(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT
}
