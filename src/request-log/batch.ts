import type { FileHandle } from 'node:fs/promises'

const NEWLINE = 0x0a

/** Most bytes of a batch; far more than one line can have. */
const BATCH_BYTES = 2 * 1024 * 1024

/** A part of a segment that is written in one transaction; its bounds are its identity. */
export interface Batch {
  readonly segment: string
  /** Byte offsets in the segment, the end exclusive. */
  readonly from: number
  readonly to: number
  readonly lines: readonly Line[]
}

/** A line without its newline, and the offset behind it. */
export interface Line {
  readonly text: string
  readonly end: number
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
  const lines: Line[] = []
  let start = 0
  while (lines.length < maxLines) {
    const newline = buffer.subarray(0, bytesRead).indexOf(NEWLINE, start)
    if (newline < 0) break
    lines.push({ text: buffer.toString('utf8', start, newline), end: from + newline + 1 })
    start = newline + 1
  }
  // Not one line in a full buffer: not something we wrote. It is passed on as one, to be refused.
  if (lines.length === 0 && bytesRead === BATCH_BYTES) {
    lines.push({ text: buffer.toString('utf8', 0, 1_000), end: from + bytesRead })
  }
  const last = lines.at(-1)
  return last && { segment, from, to: last.end, lines }
}

/** The two halves of a batch of at least two lines. */
export function split(batch: Batch): [Batch, Batch] {
  const middle = batch.lines.length >> 1
  const first = batch.lines.slice(0, middle)
  const between = first.at(-1)!.end
  return [
    { ...batch, to: between, lines: first },
    { ...batch, from: between, lines: batch.lines.slice(middle) },
  ]
}
