import type { FileHandle } from 'node:fs/promises'
import { type Sender, senderIn } from './entry'

const NEWLINE = 0x0a

/** Most bytes of a batch; far more than one line can have. */
const BATCH_BYTES = 2 * 1024 * 1024
/** Most bytes that are read of a line; ours are shorter. */
const LINE_BYTES = 64 * 1024

/** A part of a segment that is written in one transaction; its bounds are its identity. */
export class Batch {
  readonly segment: string
  /** Byte offset in the segment. */
  readonly from: number
  readonly #bytes: Buffer
  /** Where its lines end in `#bytes`, newlines included. */
  readonly #ends: number[]

  constructor(segment: string, from: number, bytes: Buffer, ends: number[]) {
    this.segment = segment
    this.from = from
    this.#bytes = bytes
    this.#ends = ends
  }

  /** Byte offset in the segment behind its last line. */
  get to(): number {
    return this.from + this.#ends.at(-1)!
  }

  get lines(): number {
    return this.#ends.length
  }

  /** The nth line, without its newline. Made when asked for: as bytes the lines wait more cheaply. */
  line(nth: number): string {
    const start = nth === 0 ? 0 : this.#ends[nth - 1]!
    const end = Math.min(this.#ends[nth]! - 1, start + LINE_BYTES)
    return this.#bytes.toString('utf8', start, end)
  }

  /** Who sent what the nth line is about; the rest of the line is not read. */
  sender(nth: number): Sender {
    const start = nth === 0 ? 0 : this.#ends[nth - 1]!
    return senderIn(this.#bytes, start, this.#ends[nth]! - 1)
  }

  /** The two halves of a batch of at least two lines. */
  split(): [Batch, Batch] {
    const middle = this.#ends.length >> 1
    const between = this.#ends[middle - 1]!
    const later = this.#ends.slice(middle).map((end) => end - between)
    return [
      new Batch(this.segment, this.from, this.#bytes, this.#ends.slice(0, middle)),
      new Batch(this.segment, this.from + between, this.#bytes.subarray(between), later),
    ]
  }
}

/**
 * The next whole lines of a segment between two offsets, `maxLines` at most; undefined when there
 * are none.
 *
 * What stands behind the last newline is left alone: in an open segment it may be a line that is
 * being appended, in a closed one it is what a crash left of one.
 */
export async function readBatch(
  segment: string,
  file: FileHandle,
  from: number,
  end: number,
  maxLines: number,
): Promise<Batch | undefined> {
  const buffer = Buffer.allocUnsafe(Math.min(end - from, BATCH_BYTES))
  const { bytesRead } = await file.read(buffer, 0, buffer.length, from)
  const ends: number[] = []
  while (ends.length < maxLines) {
    const newline = buffer.subarray(0, bytesRead).indexOf(NEWLINE, ends.at(-1) ?? 0)
    if (newline < 0) break
    ends.push(newline + 1)
  }
  // Not one line in a full buffer: not something we wrote. It is passed on as one, to be refused.
  if (ends.length === 0 && bytesRead === BATCH_BYTES) ends.push(bytesRead)
  return ends.length > 0 ? new Batch(segment, from, buffer, ends) : undefined
}
