import { createReadStream } from 'node:fs'
import { unlink } from 'node:fs/promises'
import { CLOSED, DONE } from './segment'
import { ignoreMissing, listSegments, type SegmentFile } from './spool'

const NEWLINE = 0x0a

/** What one round of upkeep found and did. */
export interface Upkeep {
  /** Bytes that wait in the folder. */
  bytes: number
  /** Records that were given up because the folder was past its cap. */
  dropped: number
}

/**
 * Keeps a folder of segments small: past the cap the oldest records are given up, because what
 * happens now matters more. Those `inHand` are none of them: a record is written or counted as
 * given up, and never both.
 */
export async function limitSpool(
  folder: string,
  capBytes: number,
  inHand: Set<string>,
): Promise<Upkeep> {
  const segments = await listSegments(folder)
  const waiting = segments.filter(({ state }) => state !== DONE)
  const bytes = waiting.reduce((sum, { size }) => sum + size, 0)
  return { bytes, dropped: await dropOldest(waiting, bytes - capBytes, inHand) }
}

/**
 * Removes the oldest segments, whose records are given up. Of their positions in the database
 * nothing is known, and the database may be away, which is why the spool is full; a position that
 * stays behind names nothing.
 */
async function dropOldest(
  segments: SegmentFile[],
  excessBytes: number,
  inHand: Set<string>,
): Promise<number> {
  // The first one may be written in part.
  const candidates = segments.filter(({ state }) => state === CLOSED).slice(1)
  let dropped = 0
  for (let excess = excessBytes; excess > 0; ) {
    const segment = candidates.shift()
    if (!segment) break
    if (inHand.has(segment.id)) continue
    inHand.add(segment.id)
    dropped += await drop(segment.base + CLOSED).finally(() => inHand.delete(segment.id))
    excess -= segment.size
  }
  return dropped
}

/** Answers how many lines are lost by it: none when it has been written since it was listed. */
async function drop(name: string): Promise<number> {
  try {
    const lines = await countLines(name)
    await unlink(name)
    return lines
  } catch (error) {
    ignoreMissing(error as NodeJS.ErrnoException)
    return 0
  }
}

async function countLines(name: string): Promise<number> {
  let lines = 0
  for await (const chunk of createReadStream(name)) {
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, at + 1)) lines++
  }
  return lines
}
