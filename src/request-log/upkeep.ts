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
 * happens now matters more.
 */
export async function limitSpool(folder: string, capBytes: number): Promise<Upkeep> {
  const segments = await listSegments(folder)
  const waiting = segments.filter(({ state }) => state !== DONE)
  const bytes = waiting.reduce((sum, { size }) => sum + size, 0)
  return { bytes, dropped: await dropOldest(waiting, bytes - capBytes) }
}

/**
 * Removes the oldest segments, whose records are given up. Of their positions in the database
 * nothing is known, and the database may be away, which is why the spool is full; a position that
 * stays behind names nothing.
 */
async function dropOldest(segments: SegmentFile[], excessBytes: number): Promise<number> {
  // The first one is in the writer's hands.
  const candidates = segments.filter(({ state }) => state === CLOSED).slice(1)
  let dropped = 0
  for (let excess = excessBytes; excess > 0; ) {
    const segment = candidates.shift()
    if (!segment) break
    dropped += await countLines(segment.base + CLOSED)
    await unlink(segment.base + CLOSED).catch(ignoreMissing)
    excess -= segment.size
  }
  return dropped
}

async function countLines(name: string): Promise<number> {
  let lines = 0
  for await (const chunk of createReadStream(name)) {
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, at + 1)) lines++
  }
  return lines
}
