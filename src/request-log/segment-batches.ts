import { type FileHandle, open } from 'node:fs/promises'
import { type Batch, readBatch } from './batch'
import { CLOSED, DONE } from './segment'
import { ignoreMissing, type SegmentFile } from './spool'

/** What a segment holds behind `position`, up to its last whole line; so many lines at once. */
export async function* batchesOf(
  segment: SegmentFile,
  position: number,
  mostLines: () => number,
): AsyncGenerator<Batch> {
  const { id, state, size } = segment
  if (state === DONE || position >= size) return
  const file = await openSegment(segment)
  if (!file) return
  try {
    for (let from = position; from < size; ) {
      const batch = await readBatch(id, file, from, size, mostLines())
      if (!batch) return
      yield batch
      from = batch.to
    }
  } finally {
    await file.close()
  }
}

/** The segment's file, also when it has been closed since it was listed; undefined when it is gone. */
async function openSegment({ base, state }: SegmentFile): Promise<FileHandle | undefined> {
  const file = await open(base + state, 'r').catch(ignoreMissing)
  return file ?? open(base + CLOSED, 'r').catch(ignoreMissing)
}
