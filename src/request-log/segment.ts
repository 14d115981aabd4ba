import { randomUUID } from 'node:crypto'
import { closeSync, ftruncateSync, openSync, renameSync, writeSync } from 'node:fs'
import path from 'node:path'

/** A segment that is being appended to; every other name below is given by renaming. */
export const OPEN = '.open'
/** A segment that nobody appends to any more: complete, but for a torn end after a crash. */
export const CLOSED = '.spool'
/** A segment whose rows are all written: nothing but its name and its position are left to remove. */
export const DONE = '.done'

/** Twice the longest line that `lineOf` can make. */
const LINE_BYTES = 32 * 1024

/**
 * The spool file that is being appended to, one line per record.
 *
 * Appends are synchronous and go to the page cache (`bench/ingest.ts`): when `append`
 * returns, the line survives the end of this process, however it comes.
 */
export class Segment {
  readonly #path: string
  readonly #file: number
  readonly #buffer = Buffer.allocUnsafe(LINE_BYTES)
  #size = 0
  #torn = false

  /** Starts a segment in `folder`; throws when the disk does not let it. */
  constructor(folder: string) {
    // Names sort by age; the random part is the segment's identity in the database.
    const age = Date.now().toString(36).padStart(9, '0')
    this.#path = path.join(folder, `${age}.${randomUUID()}`)
    this.#file = openSync(this.#path + OPEN, 'ax', 0o600)
  }

  get size(): number {
    return this.#size
  }

  /** Appends the whole line or, when it throws, nothing. */
  append(line: string): void {
    this.#mend()
    const length = this.#buffer.write(line)
    const written = writeSync(this.#file, this.#buffer, 0, length)
    if (written === length) {
      this.#size += length
    } else {
      this.#torn = true
      this.#mend()
      throw new Error('the disk took only a part of a record')
    }
  }

  /** Takes back the part of a line that a full disk took: the next must not continue it. */
  #mend(): void {
    if (!this.#torn) return
    ftruncateSync(this.#file, this.#size)
    this.#torn = false
  }

  /** Tells the writer that nothing will be added. */
  close(): void {
    closeSync(this.#file)
    renameSync(this.#path + OPEN, this.#path + CLOSED)
  }
}
