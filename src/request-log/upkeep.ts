import { createReadStream } from 'node:fs'
import { open, unlink } from 'node:fs/promises'
import { CLOSED, DONE, OPEN } from './segment'
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
 * Keeps a folder of segments safe and small: what was appended since the last round is forced to
 * disk (a process may die at any time without it; this is for when the machine does), and past
 * the cap the oldest records are given up, because what happens now matters more.
 */
export class SpoolUpkeep {
  readonly #folder: string
  readonly #capBytes: number
  #synced = new Map<string, number>()

  constructor(folder: string, capBytes: number) {
    this.#folder = folder
    this.#capBytes = capBytes
  }

  async round(): Promise<Upkeep> {
    const segments = await listSegments(this.#folder)
    const waiting = segments.filter(({ state }) => state !== DONE)
    const bytes = waiting.reduce((sum, { size }) => sum + size, 0)
    const dropped = await dropOldest(waiting, bytes - this.#capBytes)
    await this.#sync(waiting)
    return { bytes, dropped }
  }

  async #sync(segments: SegmentFile[]): Promise<void> {
    const synced = new Map<string, number>()
    for (const { base, id, size } of segments) {
      if (this.#synced.get(id) !== size) await syncFile(base)
      synced.set(id, size)
    }
    // Names, too, are lost with the power: of new segments, and of closed ones.
    if (segments.some(({ id }) => !this.#synced.has(id))) await syncFolder(this.#folder)
    this.#synced = synced
  }
}

/** Forces a segment to disk, also when it has been closed since it was listed. */
async function syncFile(base: string): Promise<void> {
  for (const state of [OPEN, CLOSED]) {
    const file = await open(base + state, 'r').catch(ignoreMissing)
    if (!file) continue
    try {
      return await file.datasync()
    } finally {
      await file.close()
    }
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
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
