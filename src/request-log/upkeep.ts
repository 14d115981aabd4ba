import { createReadStream } from 'node:fs'
import { open, rename } from 'node:fs/promises'
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
    await this.#sync(segments)
    const waiting = segments.filter(({ state }) => state !== DONE)
    const bytes = waiting.reduce((sum, { size }) => sum + size, 0)
    return { bytes, dropped: await dropOldest(waiting, bytes - this.#capBytes) }
  }

  async #sync(segments: SegmentFile[]): Promise<void> {
    const synced = new Map<string, number>()
    for (const { base, state, id, size } of segments) {
      if (state !== DONE && this.#synced.get(id) !== size) await syncFile(base + state)
      synced.set(id, size)
    }
    this.#synced = synced
  }
}

async function syncFile(name: string): Promise<void> {
  const file = await open(name, 'r+').catch(ignoreMissing)
  try {
    await file?.datasync()
  } finally {
    await file?.close()
  }
}

async function dropOldest(segments: SegmentFile[], excessBytes: number): Promise<number> {
  // The first one is in the writer's hands.
  const candidates = segments.filter(({ state }) => state === CLOSED).slice(1)
  let dropped = 0
  for (let excess = excessBytes; excess > 0; ) {
    const segment = candidates.shift()
    if (!segment) break
    dropped += await countLines(segment.base + CLOSED)
    await rename(segment.base + CLOSED, segment.base + DONE).catch(ignoreMissing)
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
