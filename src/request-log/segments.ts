import type { Logger } from '../platform/logger'
import { Segment } from './segment'

/**
 * The segments that one process writes in its folder: the one that is appended to, and those to
 * which nothing will be added. Past `maxBytes` a segment is closed and the next begun.
 */
export class Segments {
  readonly #folder: string
  readonly #maxBytes: number
  readonly #log: Pick<Logger, 'warn' | 'error'>
  #open?: Segment | undefined
  /** More than one only while the disk refuses a new name. */
  readonly #closing = new Set<Segment>()

  constructor(folder: string, maxBytes: number, log: Pick<Logger, 'warn' | 'error'>) {
    this.#folder = folder
    this.#maxBytes = maxBytes
    this.#log = log
  }

  /**
   * Appends whole lines, the first `size` of `bytes`, or nothing when it throws: the disk does not
   * take them.
   */
  append(bytes: Uint8Array, size: number): void {
    this.#open ??= new Segment(this.#folder)
    this.#open.append(bytes, size)
    if (this.#open.size >= this.#maxBytes) this.close()
  }

  /** Hands what was appended to the writer; what cannot be handed over now is the next time. */
  close(): void {
    if (this.#open?.size) {
      this.#closing.add(this.#open)
      this.#open = undefined
    }
    for (const segment of this.#closing) {
      try {
        segment.close()
        this.#closing.delete(segment)
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') this.#leave(segment, error)
        else this.#log.warn({ error }, 'request log: a segment cannot be closed now')
      }
    }
  }

  /** Nobody can write what lay in a file that is gone. */
  #leave(segment: Segment, error: unknown): void {
    this.#closing.delete(segment)
    void segment.end()
    this.#log.error({ error }, 'request log: somebody has removed a segment, its records are lost')
  }

  /** Forces what was appended to disk; never rejects. */
  async sync(): Promise<void> {
    try {
      await this.#open?.sync()
    } catch (error) {
      this.#log.warn({ error }, 'request log: the disk does not confirm what it was given')
    }
  }
}
