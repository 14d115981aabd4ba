import { randomUUID } from 'node:crypto'
import { closeSync, fdatasync, ftruncateSync, openSync, renameSync, writeSync } from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'
import { syncFolder } from './sync-folder'

const datasync = promisify(fdatasync)

/** A segment that is being appended to; every other name below is given by renaming. */
export const OPEN = '.open'
/** A segment that nobody appends to any more: complete, but for a torn end after a crash. */
export const CLOSED = '.spool'
/** A segment whose rows are all written: nothing but its name and its position are left to remove. */
export const DONE = '.done'

/**
 * The spool file that is being appended to, one line per record.
 *
 * Appends are synchronous and go to the page cache (`bench/ingest.ts`): when `append`
 * returns, its lines survive the end of this process, however it comes.
 */
export class Segment {
  readonly #path: string
  readonly #file: number
  #size = 0
  #torn = false
  /** How much is known to be on disk. */
  #synced = 0
  #syncing?: Promise<void> | undefined

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

  /** Appends whole lines, the first `size` of `bytes`: all of them or, when it throws, none. */
  append(bytes: Uint8Array, size: number): void {
    this.#mend()
    const written = writeSync(this.#file, bytes, 0, size)
    if (written === size) {
      this.#size += size
    } else {
      this.#torn = true
      this.#mend()
      throw new Error('the disk took only a part of what was appended')
    }
  }

  /** Takes back the part that a full disk took: the next line must not continue it. */
  #mend(): void {
    if (!this.#torn) return
    ftruncateSync(this.#file, this.#size)
    this.#torn = false
  }

  /**
   * Forces to disk what was appended before: a process may die at any time without it, this is for
   * when the machine does. Off this thread; rejects when the disk refuses.
   */
  sync(): Promise<void> {
    this.#syncing ??= this.#force().finally(() => {
      this.#syncing = undefined
    })
    return this.#syncing
  }

  async #force(): Promise<void> {
    const size = this.#size
    if (this.#synced === size) return
    await datasync(this.#file)
    // The name of a new file, too, is lost with the power.
    if (this.#synced === 0) await syncFolder(path.dirname(this.#path))
    this.#synced = size
  }

  /** Tells the writer that nothing will be added; to be called again when it throws. */
  close(): void {
    renameSync(this.#path + OPEN, this.#path + CLOSED)
    void this.end()
  }

  /** Gives the file up, when what was appended is on disk; never rejects. */
  async end(): Promise<void> {
    await this.#syncing?.catch(() => {}) // Told where it was asked for.
    await this.#force().catch(() => {}) // It is being written to the database meanwhile.
    closeSync(this.#file)
  }
}
